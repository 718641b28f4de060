"""What Telegram's errors mean: the one place that knows their texts.

The texts are those of the Bot API server's source and are compared in lower case, because
python-telegram-bot capitalises them. https://github.com/tdlib/telegram-bot-api
"""

import re
from datetime import timedelta
from enum import Enum, auto

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.errors import Reason, Transient, Unclear
from bot.telegram.transport import NotSent


class Trouble(Enum):
    """What to change before trying again."""

    REPLY_GONE = auto()
    TOPIC_GONE = auto()
    NOT_A_PHOTO = auto()
    TOO_BIG = auto()
    UNCHANGED = auto()
    MESSAGE_GONE = auto()
    TOO_OLD = auto()
    NO_RIGHTS = auto()
    MOVED = auto()
    CLOSED = auto()
    FILE_GONE = auto()
    PASSING = auto()
    OURS = auto()


_TEXTS: tuple[tuple[str, Trouble], ...] = (
    ("message to be replied not found", Trouble.REPLY_GONE),
    ("message to reply not found", Trouble.REPLY_GONE),
    ("quote_text_invalid", Trouble.REPLY_GONE),
    ("message thread not found", Trouble.TOPIC_GONE),
    ("topic_closed", Trouble.TOPIC_GONE),
    ("topic_deleted", Trouble.TOPIC_GONE),
    ("message is not modified", Trouble.UNCHANGED),
    ("message to edit not found", Trouble.MESSAGE_GONE),
    ("message can't be edited", Trouble.MESSAGE_GONE),
    # A message that was sent through inline mode, and deleted.
    ("message_id_invalid", Trouble.MESSAGE_GONE),
    ("message to delete not found", Trouble.MESSAGE_GONE),
    ("message can't be deleted", Trouble.TOO_OLD),
    ("photo_invalid_dimensions", Trouble.NOT_A_PHOTO),
    ("unsupported extension", Trouble.NOT_A_PHOTO),
    ("image_process_failed", Trouble.NOT_A_PHOTO),
    ("wrong file identifier", Trouble.FILE_GONE),
    ("wrong file_id", Trouble.FILE_GONE),
    ("file is too big", Trouble.TOO_BIG),
    ("request entity too large", Trouble.TOO_BIG),
    # The same status without JSON, as Python 3.13 and later call it.
    ("content too large", Trouble.TOO_BIG),
    ("not enough rights", Trouble.NO_RIGHTS),
    ("have no write access", Trouble.NO_RIGHTS),
    ("chat_write_forbidden", Trouble.NO_RIGHTS),
    ("chat_restricted", Trouble.NO_RIGHTS),
    ("chat not found", Trouble.CLOSED),
    ("chat was deleted", Trouble.CLOSED),
    ("user is deactivated", Trouble.CLOSED),
)
# A flood wait inside an album comes as a plain 400 with the wait in its text.
_HIDDEN_WAIT = re.compile(r"too many requests: retry after (\d+)")


def trouble(error: TelegramError) -> Trouble:
    """What kind of trouble an error is."""
    text = error.message.casefold()
    if isinstance(error, ChatMigrated):
        return Trouble.MOVED
    if isinstance(error, RetryAfter) or _HIDDEN_WAIT.search(text):
        return Trouble.PASSING
    known = next((kind for words, kind in _TEXTS if words in text), None)
    if known:
        return known
    if isinstance(error, Forbidden):
        return Trouble.CLOSED
    # A wrong token and a second consumer are the operator's to mend; what waits for it keeps.
    return Trouble.OURS if isinstance(error, BadRequest) else Trouble.PASSING


def backoff(failures: int, *, first: float, longest: float) -> float:
    """The wait in seconds after so many failures in a row: `first`, and twice as long each time."""
    # Beyond some doublings a float overflows, and an outage of hours comes to that many.
    return min(first * 2.0 ** min(failures - 1, 30), longest)


def passing(error: TelegramError) -> Transient:
    """An error that passes, as the pipeline knows it; with the wait Telegram names, if it does."""
    detail = f"{type(error).__name__}: {error.message}"
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return Transient(Reason.UNDELIVERABLE, detail, retry_after=seconds)
    if hidden := _HIDDEN_WAIT.search(error.message.casefold()):
        return Transient(Reason.UNDELIVERABLE, detail, retry_after=float(hidden[1]))
    refused = isinstance(error, BadRequest | Forbidden | InvalidToken)
    refused = refused or "too many requests" in error.message.casefold()
    if not refused and not isinstance(error, NotSent):
        # The request went out, and whether it took effect is anybody's guess: no answer, an
        # answer nobody can read, a gateway that speaks for somebody else.
        return Unclear(Reason.UNDELIVERABLE, detail)
    return Transient(Reason.UNDELIVERABLE, detail)
