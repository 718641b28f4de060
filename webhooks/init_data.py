"""What a Mini App proves its person with: `initData`, signed by Telegram with our bot's token.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

HOLDS = timedelta(hours=1)
# Telegram's clock and ours are not the same.
_AHEAD_MAX = timedelta(seconds=30)
_LENGTH_MAX = 8192
_PERSON_MAX = 2**52


class Forged(ValueError):
    """Not signed by Telegram for this bot, or no longer. The text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniAppUser:
    id: int
    name: str
    language: str | None = None


def verify(data: str, *, token: str, now: datetime) -> MiniAppUser:
    """Who opened the Mini App. Raises Forged."""
    fields = _fields(data)
    given = fields.pop("hash", "")
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
    ours = hmac.digest(key, lines.encode(errors="surrogatepass"), hashlib.sha256).hex()
    if not hmac.compare_digest(ours.encode(), given.encode(errors="surrogatepass")):
        raise Forged("initData is not signed by Telegram for this bot")
    _check_age(fields.get("auth_date", ""), now)
    return _user(fields.get("user", ""))


def _fields(data: str) -> dict[str, str]:
    if len(data) > _LENGTH_MAX:
        raise Forged("initData is too long")
    try:
        pairs = parse_qsl(data, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError as error:
        raise Forged("initData is not a query string") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Forged("initData names a field twice")
    return fields


def _check_age(auth_date: str, now: datetime) -> None:
    if not (auth_date.isascii() and auth_date.isdecimal() and len(auth_date) <= 12):
        raise Forged("initData has no auth_date")
    age = now.timestamp() - int(auth_date)
    if age > HOLDS.total_seconds():
        raise Forged("initData is older than an hour: open the page anew")
    if age < -_AHEAD_MAX.total_seconds():
        raise Forged("initData is from the future")


def _user(text: str) -> MiniAppUser:
    try:
        user = json.loads(text)
        number, name, language = user["id"], user.get("first_name"), user.get("language_code")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Forged("initData names no user") from error
    if type(number) is not int or not 0 < number < _PERSON_MAX:
        raise Forged("initData names no user")
    return MiniAppUser(
        id=number,
        name=name if isinstance(name, str) else "",
        language=language if isinstance(language, str) else None,
    )
