"""What the operator asks: how things stand now, and what became of what people asked for.

Everything is counted at the moment it was asked for, so that the parts of a time add up to the
whole, however late a picture came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.life import PictureState, TaskState

DELIVERED = TaskState.DELIVERED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How things stand. `oldest` is when the unfinished task was asked for that waits longest;
    `overdue` is since when the worker could do something and `oldest_update` since when the inbox
    could, None where nothing waits. `undelivered`: drawn and not with the person. `delivered_at`:
    when pictures were last brought to anybody, None where that is not known.
    """

    tasks: Mapping[TaskState, int]
    pictures: Mapping[PictureState, int]
    in_line: int
    at_generator: int
    undelivered: int
    oldest: datetime | None
    overdue: datetime | None
    delivered_at: datetime | None = None
    updates_waiting: int
    updates_parked: int
    oldest_update: datetime | None

    @property
    def unfinished(self) -> int:
        """Tasks that have not ended."""
        return self.tasks[TaskState.CREATED] + self.tasks[TaskState.WORKING]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """What one model drew, and its seconds at the generator, to a tenth: half the pictures were
    quicker than `median`, nineteen of twenty quicker than `p95`. None: it drew nothing.
    """

    drawn: int
    credits: float
    median: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of what was asked for from `since` until before `until`.

    `tasks` and `pictures` were asked for, `drawn` by the generator, `delivered` to people.
    `endings` are tasks by `delivered` or the reason why not; those that go on are in none.
    `failures` are pictures by reason. Of what was drawn, the generator called us for `heard`, and
    we found out about the rest (`looked_up`) by asking. `models` holds those that were asked for;
    `credits` are what the generator took.
    """

    since: datetime
    until: datetime
    tasks: int
    pictures: int
    drawn: int
    delivered: int
    heard: int
    endings: Mapping[str, int]
    failures: Mapping[str, int]
    models: Mapping[str, ModelReport]

    @property
    def looked_up(self) -> int:
        return self.drawn - self.heard

    @property
    def failed(self) -> int:
        """Tasks that ended without anything for the person, whatever the reason."""
        return sum(self.endings.values()) - self.endings.get(DELIVERED, 0)

    @property
    def credits(self) -> float:
        return sum(one.credits for one in self.models.values())


class Statistics(Protocol):
    """Asking holds nobody up. Raises Transient."""

    async def snapshot(self) -> Snapshot: ...

    async def report(self, since: datetime, until: datetime) -> Report: ...

    async def buckets(self, since: datetime, until: datetime, step: timedelta) -> Sequence[Report]:
        """The same, cut into pieces as long as `step`, of which the last may be shorter."""


def quantile(counts: Mapping[float, int], share: float) -> float | None:
    """The smallest value that at least `share` of all do not exceed; None of nothing.

    `counts` says how often each value was seen.
    """
    wanted = share * sum(counts.values())
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return None
