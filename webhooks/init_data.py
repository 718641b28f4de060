"""What a Mini App proves its person with: `initData`, signed by Telegram with our bot's token.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

# https://core.telegram.org/bots/webapps#validating-data-for-third-party-use
TELEGRAM_KEY = "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d"
TELEGRAM_TEST_KEY = "40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A Mini App that was opened by somebody. No other opening has the same `proof`."""

    user: MiniAppUser
    proof: str


def verify(data: str, *, token: str, now: datetime) -> Opening:
    """Who opened the Mini App. Raises Forged."""
    fields = _fields(data)
    given = fields.pop("hash", "")
    key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
    ours = hmac.digest(key, _lines(fields), hashlib.sha256).hex()
    if not hmac.compare_digest(ours.encode(), given.encode(errors="surrogatepass")):
        raise Forged("initData is not signed by Telegram for this bot")
    return _opening(fields, given, now)


def verify_as_a_third_party(
    data: str, *, bot: int, now: datetime, key: str = TELEGRAM_KEY
) -> Opening:
    """The same for whoever does not have the bot's token, but its number: by the signature that
    Telegram makes with its own key (Ed25519). Raises Forged, and ImportError without the library
    cryptography.

    https://core.telegram.org/bots/webapps#validating-data-for-third-party-use
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - not for everybody
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    fields = _fields(data)
    proof, given = fields.pop("hash", ""), fields.pop("signature", "")
    try:
        signature = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(signature, f"{bot}:WebAppData\n".encode() + _lines(fields))
    except (ValueError, InvalidSignature) as error:
        raise Forged("initData is not signed by Telegram for this bot") from error
    return _opening(fields, proof or given, now)


def _lines(fields: Mapping[str, str]) -> bytes:
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return lines.encode(errors="surrogatepass")


def _opening(fields: Mapping[str, str], proof: str, now: datetime) -> Opening:
    _check_age(fields.get("auth_date", ""), now)
    return Opening(user=_user(fields.get("user", "")), proof=proof)


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
