"""How long it will take: from the line, and from how long such pictures took lately."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.line import Queue
from bot.patience import Patience
from bot.task import Task

# What a card says may be this old: many cards ask at the same time.
_LINE_HOLDS = timedelta(seconds=2)
_TYPICAL_HOLDS = timedelta(seconds=30)


class Experience(Protocol):
    async def typical(self, model: str) -> float | None:
        """Seconds a picture of this model took lately, None when none was drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`place` in the line (1 is next; None when it is not in line), `expected` seconds from
    asking to the picture, `elapsed` seconds since; `slow`: longer than anybody should wait in
    silence.
    """

    place: int | None = None
    expected: float | None = None
    elapsed: float = 0.0
    slow: bool = False


@dataclass(slots=True, kw_only=True)
class Forecast:
    queue: Queue
    experience: Experience
    patience: Patience
    clock: Callable[[], datetime]
    # The generator takes 20 jobs in 10 seconds.
    seconds_per_job: float = 0.5
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _places: tuple[dict[str, int], datetime] | None = None
    _typical: dict[str, tuple[float | None, datetime]] = field(default_factory=dict)

    async def of(self, task: Task) -> Outlook:
        """Raises Transient."""
        queued = any(picture.queued for picture in task.pictures)
        # Many cards ask at the same moment, and one answer is for all of them.
        async with self._reading:
            place = (await self._line()).get(task.id) if queued else None
            typical = await self._usual(task.order.model)
        expected = None
        if typical is not None:
            expected = typical + (place or 0) * self.seconds_per_job
        elapsed = (self.clock() - task.created_at).total_seconds()
        return Outlook(
            place=place,
            expected=expected,
            elapsed=elapsed,
            slow=elapsed >= self.patience.slow,
        )

    async def _line(self) -> dict[str, int]:
        """The place of each task: that of its first picture."""
        now = self.clock()
        if self._places is None or self._places[1] < now:
            places: dict[str, int] = {}
            for place, one in enumerate(await self.queue.order(), start=1):
                places.setdefault(one.task, place)
            self._places = places, now + _LINE_HOLDS
        return self._places[0]

    async def _usual(self, model: str) -> float | None:
        now, kept = self.clock(), self._typical.get(model)
        if kept is None or kept[1] < now:
            kept = await self.experience.typical(model), now + _TYPICAL_HOLDS
            self._typical[model] = kept
        return kept[0]
