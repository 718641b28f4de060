"""Between the people and a process that others may have given up: what is no longer ours to do is
not done.

A machine that stood still for a while does not know it. What it was about has been taken over,
and it would send the same pictures again.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from bot.errors import Reason, Transient
from bot.neighbours import People, Sent
from bot.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """Fits `neighbours.People`. `ours` tells whether what is being done is still ours to do."""

    people: People
    ours: Callable[[], bool]

    async def fetch(self, source: str) -> bytes:
        return await self.people.fetch(source)

    async def deliver(self, task: Task) -> AsyncIterator[list[Sent]]:
        """Raises Transient, too, before anything that others may be sending by now."""
        self._check()
        async for sent in self.people.deliver(task):
            yield sent
            self._check()

    async def report(self, task: Task) -> None:
        self._check()
        await self.people.report(task)

    async def fill(self, task: Task) -> None:
        self._check()
        await self.people.fill(task)

    def _check(self) -> None:
        if not self.ours():
            raise Transient(Reason.INTERNAL, "others may have taken this over")
