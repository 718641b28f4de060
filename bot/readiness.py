"""What is wrong with a bot that runs, in words. Pure.

Nothing is wrong that passes by itself: each trouble has to last before it is one.
"""

from collections.abc import Callable
from dataclasses import dataclass

# Telegram and the disk hiccup; an operator who is called for that stops listening.
TELEGRAM_AWAY = 90.0
UNWRITABLE = 45.0
INBOX_STANDS = 180.0
# Nothing a worker does for a task takes longer, not even the upload of many pictures.
WORKER_STANDS = 600.0
LINE_STANDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How long what has gone on, in seconds; None: it does not.

    `telegram_away`: no call got an answer. `unwritable`: nothing could be written to the
    database. `update_waits`: the oldest update in the inbox; `handled`: since one was handled;
    `put_off`: how many wait on purpose. `overdue`: the worker has something to do; `moved`: since
    it did anything. `line_stands`: somebody stands in line and nobody is at the generator.
    """

    telegram_away: float | None = None
    unwritable: float | None = None
    update_waits: float | None = None
    handled: float = 0.0
    put_off: int = 0
    overdue: float | None = None
    moved: float = 0.0
    line_stands: float | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong. `what` is a stable name for programs."""

    what: str
    detail: str


def wrong(signs: Signs) -> list[Wrong]:
    """Everything that is wrong by now."""
    return [Wrong(what, say(signs)) for what, holds, say in _TROUBLES if holds(signs)]


def _over(seconds: float | None, limit: float) -> bool:
    return seconds is not None and seconds > limit


def _inbox_stands(signs: Signs) -> bool:
    if signs.put_off:
        # Those tell by themselves why they wait; the rest is handled beside them.
        return False
    return _over(signs.update_waits, INBOX_STANDS) and signs.handled > INBOX_STANDS


def _worker_stands(signs: Signs) -> bool:
    return _over(signs.overdue, WORKER_STANDS) and signs.moved > WORKER_STANDS


_TROUBLES: tuple[tuple[str, Callable[[Signs], bool], Callable[[Signs], str]], ...] = (
    (
        "telegram",
        lambda signs: _over(signs.telegram_away, TELEGRAM_AWAY),
        lambda signs: f"Telegram has not answered for {_time(signs.telegram_away)}",
    ),
    (
        "database",
        lambda signs: _over(signs.unwritable, UNWRITABLE),
        lambda signs: f"the database could not be written for {_time(signs.unwritable)}",
    ),
    (
        "inbox",
        _inbox_stands,
        lambda signs: f"an update has waited for {_time(signs.update_waits)} and none is handled",
    ),
    (
        "worker",
        _worker_stands,
        lambda signs: f"a task has been due for {_time(signs.overdue)} and none moves",
    ),
    (
        "line",
        lambda signs: _over(signs.line_stands, LINE_STANDS),
        lambda signs: f"for {_time(signs.line_stands)} nobody in line went to the generator",
    ),
)


NAMES = tuple(what for what, _, _ in _TROUBLES)


def _time(seconds: float | None) -> str:
    minutes = (seconds or 0.0) / 60
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{seconds or 0.0:.0f} seconds"
