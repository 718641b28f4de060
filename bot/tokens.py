"""The tokens programs use the HTTP API with: `name:token` or `name:token:500`, credits a day."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

LENGTH_MIN = 20
ALLOWANCE_MAX = 1_000_000

# What Telegram gives out has at most 52 significant bits: no person, group or channel has a
# number as large as this. https://core.telegram.org/bots/api#chat
_NUMBERS_BEGIN = 2**62

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
# https://www.rfc-editor.org/rfc/rfc6750#section-2.1
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LIKE = "must look like name:token, other:token:500"


class _Usual(Enum):
    USUAL = "usual"


# The allowance of everybody.
USUAL: Final = _Usual.USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A program that may ask. `allowance` is in credits a day; None: it does not have to pay."""

    name: str
    secret: str = field(repr=False)
    allowance: int | Literal[_Usual.USUAL] | None = USUAL

    @property
    def person(self) -> int:
        """Its number, in the place of a Telegram id. It hangs on the name alone, so that another
        token under the same name finds the same tasks and credits.
        """
        return number_of(self.name)


def number_of(name: str) -> int:
    digest = hashlib.sha256(f"api token {name}".encode()).digest()
    return _NUMBERS_BEGIN + int.from_bytes(digest[:7], "big")


def holder(tokens: Iterable[ApiToken], given: str) -> ApiToken | None:
    """Whose token this is. Takes the same time whichever it is, or none."""
    theirs = hashlib.sha256(given.encode(errors="surrogatepass")).digest()
    found = None
    for token in tokens:
        ours = hashlib.sha256(token.secret.encode()).digest()
        if hmac.compare_digest(ours, theirs):
            found = token
    return found


def read(value: object) -> object:
    """Raises ValueError, which names the token at fault but does not repeat it."""
    if not isinstance(value, str):
        return value
    tokens = tuple(_token(word) for word in value.replace(",", " ").split())
    for what, ours in (
        ("name", [one.name for one in tokens]),
        ("token", [one.secret for one in tokens]),
    ):
        if len(set(ours)) < len(ours):
            raise ValueError(f"must not name the same {what} twice")
    return tokens


def _token(word: str) -> ApiToken:
    name, *rest = word.split(":")
    if not _NAME.fullmatch(name) or not 1 <= len(rest) <= 2:
        raise ValueError(f"{_LIKE} (names: letters, digits, _ and -, 32 at most)")
    if not _TOKEN.fullmatch(rest[0]):
        raise ValueError(f"{_LIKE}; the token of {name} may hold letters, digits and ._~+/-")
    if len(rest[0]) < LENGTH_MIN:
        raise ValueError(f"the token of {name} must have at least {LENGTH_MIN} characters")
    if len(rest) == 1:
        return ApiToken(name=name, secret=rest[0])
    if rest[1] == "unlimited":
        return ApiToken(name=name, secret=rest[0], allowance=None)
    if not re.fullmatch(r"[0-9]{1,7}", rest[1]) or int(rest[1]) > ALLOWANCE_MAX:
        raise ValueError(f"the credits a day of {name} must be 0-{ALLOWANCE_MAX} or unlimited")
    return ApiToken(name=name, secret=rest[0], allowance=int(rest[1]))
