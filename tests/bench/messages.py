"""What people say, as Telegram hands it over, and a picture of the size Nano Banana draws."""

import io
import json
from typing import Any

from PIL import Image

# Nobody here is a person of the tests.
PERSON = 7_000_000
# What stands for the number of an update in a template, for the script of wrk.
NUMBER = 987_654_321


def message_update(number: int, person: int, text: str) -> dict[str, Any]:
    """One update: somebody writes in their private chat."""
    sender = {"id": person, "is_bot": False, "first_name": "Ann", "username": f"ann{person}"}
    chat = {"id": person, "type": "private", "first_name": "Ann", "username": f"ann{person}"}
    message = {
        "message_id": number,
        "from": {**sender, "language_code": "en"},
        "chat": chat,
        "date": 1_790_000_000,
        "text": text,
    }
    return {"update_id": number, "message": message}


def template() -> str:
    """The same with `NUMBER` for the update and whoever writes."""
    return json.dumps(message_update(NUMBER, NUMBER, f"a red fox number {NUMBER} in the snow"))


def picture(side: int = 1024) -> bytes:
    """A PNG of 1.4 MB, or of 12 MB with a side of 2,048: three times as much in each pixel."""
    bands = [Image.effect_noise((side, side), 20)] * 3
    if side > 1024:
        bands = [Image.effect_noise((side, side), 60) for _ in range(3)]
    out = io.BytesIO()
    Image.merge("RGB", bands).save(out, "PNG", compress_level=1)
    return out.getvalue()
