"""What there is to do, in our own words. Pure.

An errand is done for one thing at a time (a task, a chat, a person), and for each of them by one
process at a time. A round is made every so often, by whichever process is first.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Lane(StrEnum):
    """What takes long for no fault of ours keeps to a lane of its own."""

    MAIN = "main"
    CALLS = "calls"


class Kind(StrEnum):
    """What an errand is about; in brackets, what its keys are. The values stand in jobs."""

    TASK = "task"  # (its id)
    INBOX = "inbox"  # (the queue of its updates)
    ALBUM = "album"  # (chat and number)
    LINE = "line"
    BROADCAST = "broadcast"
    NOTICES = "notices"  # (the person)

    @property
    def lane(self) -> Lane:
        return Lane.CALLS if self is Kind.NOTICES else Lane.MAIN


Due = Sequence[tuple[str, datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """`do` gets a key and returns when it is this key's turn again, or None. `waiting` tells the
    keys that are due until a moment, from what is on disk. Both raise Transient.
    """

    kind: Kind
    do: Callable[[str], Awaitable[datetime | None]]
    waiting: Callable[[datetime], Awaitable[Due]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """`cron` has five columns, or six with the seconds last."""

    name: str
    do: Callable[[], Awaitable[object]]
    cron: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """In seconds. `look`: between two looks for jobs whose time has come, which nobody calls out.
    `sweep`: between two looks for work nobody has made a job of. `horizon`: jobs are made for
    what is due so soon; the sweep brings the rest. `beat` and `silent`: how often a worker says
    that it lives, and after which silence others take over what it was doing.
    """

    look: float = 0.5
    sweep: int = 5
    horizon: float = 30.0
    beat: float = 2.0
    silent: float = 15.0
