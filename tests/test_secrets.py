"""The bot token and the keys never leave: not in logs, rows, files, or requests to the generator."""

import json
from pathlib import Path

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.jobs import Fault
from bot.sandbox.process import BotProcess
from tests.conftest import API_KEY, TOKEN, Studio, photo
from tests.test_kill import Killed, killed  # noqa: F401 - a fixture
from webhooks.keys import Keys

WEBHOOK_SECRET = Keys(TOKEN).for_telegram()


def everything_on_disk(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_no_secret_gets_anywhere(killed: Killed, webhook: bool) -> None:  # noqa: F811
    """A run with pictures and much trouble, at the most talkative log level."""
    variables = {**killed.variables(), "LOG_LEVEL": "DEBUG", "TASK_RESUBMIT_SECONDS": "4"}
    if not webhook:
        del variables["WEBHOOK_BASE_URL"]
    bot = killed.bot = BotProcess(variables, killed.folder)
    killed.generator.faults.add(
        Fault(where="create", kind="html"),
        Fault(where="record", kind="code", code=401),
        Fault(where="result", kind="status", code=404),
    )
    for method in ("getMe", "sendPhoto", "sendMessage", "deleteMessage", "file", "getUpdates"):
        killed.telegram.faults.add(TelegramFault(method=method, close=True))
    await bot.start()
    killed.telegram.send_photo(killed.ann, photo(), caption="make it blue")
    await killed.picture(killed.chat(killed.ann), "make it blue", seconds=60)
    assert await bot.terminate() == 0

    secrets = (TOKEN, TOKEN.partition(":")[2], API_KEY, WEBHOOK_SECRET)
    log = "\n".join(json.dumps(line) for line in bot.lines)
    assert "submitted" in log
    disk = everything_on_disk(killed.folder)
    assert b"make it blue" in disk
    for secret in secrets:
        assert secret not in log
        assert secret.encode() not in disk
    # The generator gets its own key as a header, and nothing else of ours.
    asked = "\n".join(f"{one.path} {one.text} {one.fields}" for one in killed.generator.requests)
    assert "make it blue" in asked
    for secret in secrets:
        assert secret not in asked
    headers = [str(one.headers) for one in killed.generator.requests]
    assert not any(TOKEN.partition(":")[2] in header for header in headers)
    assert any(API_KEY in header for header in headers)


async def test_what_a_photo_tells_about_its_maker_does_not_reach_the_generator(
    studio: Studio,
) -> None:
    from io import BytesIO  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    image, out = Image.new("RGB", (64, 64), "red"), BytesIO()
    exif = image.getexif()
    exif[0x010F] = "Ann's secret camera"
    image.save(out, "JPEG", exif=exif)
    assert b"secret camera" in out.getvalue()
    await studio.start()
    studio.telegram.send_document(
        studio.ann, out.getvalue(), filename="me.jpg", mime_type="image/jpeg", caption="older"
    )
    await studio.picture(studio.chat(studio.ann), "older")
    (job,) = studio.generator.jobs.values()
    assert b"secret camera" not in job.references[0]
