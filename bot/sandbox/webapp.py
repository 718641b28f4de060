"""How Telegram opens a Mini App: its address with signed launch parameters behind the #.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from bot.sandbox.chats import Chat, Person
from bot.sandbox.updates import LOOPBACK

VERSION = "9.1"
THEME = {"bg_color": "#ffffff", "text_color": "#000000", "button_color": "#2481cc",
         "button_text_color": "#ffffff", "hint_color": "#999999", "link_color": "#2481cc",
         "secondary_bg_color": "#efeff3"}  # fmt: skip


def allowed(address: str) -> bool:
    """Mini Apps are opened from this machine only: no request leaves it."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def launch(address: str, *, token: str, person: Person, chat: Chat, now: float) -> str:
    """The address to open in the frame."""
    data = init_data(token=token, person=person, chat=chat, now=now)
    fields = {
        "tgWebAppData": data,
        "tgWebAppVersion": VERSION,
        "tgWebAppPlatform": "web",
        "tgWebAppThemeParams": json.dumps(THEME),
    }
    joint = "&" if "#" in address else "#"
    return f"{address}{joint}{urlencode(fields)}"


def init_data(*, token: str, person: Person, chat: Chat, now: float) -> str:
    """`initData` as it stands in the address: a query string with `hash`."""
    user = {key: value for key, value in person.user.items() if key != "is_bot"}
    fields = {
        "query_id": f"AAH{secrets.token_urlsafe(15)}",
        "user": json.dumps(user | {"allows_write_to_pm": True}, ensure_ascii=False),
        "auth_date": str(int(now)),
        # Telegram's own Ed25519 key is nowhere to be had: this only has the right form.
        "signature": secrets.token_urlsafe(64),
    }
    if chat.person is None:
        fields |= {"chat_type": chat.type, "chat_instance": str(-chat.id * 7919)}
    return urlencode(fields | {"hash": data_hash(fields, token)})


def data_hash(fields: Mapping[str, str], token: str) -> str:
    """`hash`: HMAC-SHA256 over the sorted fields with a key made of the bot's token."""
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
