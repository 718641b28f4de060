"""What operators ask of the books, and the one thing they change there: giving credits back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.credits import Movement
from bot.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Credits that moved at one moment for one reason."""

    at: datetime
    movement: Movement
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Where the credits of one task are, and how they came there, oldest first."""

    held: int = 0
    spent: int = 0
    refunded: int = 0
    entries: tuple[Entry, ...] = ()

    @property
    def refundable(self) -> bool:
        """Credits of a task are given back once and as a whole."""
        return self.spent > 0 and not self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """Credits that were given by operators, sold and spent; less what went back."""

    given: int = 0
    sold: int = 0
    spent: int = 0


class Bookkeeping(Protocol):
    """On disk. Raises Transient."""

    async def of_task(self, task_id: str) -> Money: ...

    async def refund(self, task: Task, now: datetime) -> int:
        """Give back what was spent for a task, once; returns how many credits that were.

        What came out of an account that lasts goes back there; what came out of a day, which may
        be over, goes to the person to keep.
        """

    async def turnover(
        self, since: datetime, until: datetime, step: timedelta
    ) -> Sequence[Turnover]:
        """Of this time in pieces as long as `step`, of which the last may be shorter."""
