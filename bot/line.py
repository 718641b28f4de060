"""The line in front of the generator: who is next, when more is asked for than it takes.

Nobody is turned away. Chats take turns, and in a chat its people do, whatever each has asked
for; a turn already at the generator counts as one that was had. The line is what is on disk,
so it is the same after a restart.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.errors import Transient
from bot.journal import Journal
from bot.life import OddMove
from bot.neighbours import Wake
from bot.patience import LOOK_AGAIN
from bot.task import Task

log = logging.getLogger(__name__)

# One round of admissions takes along whatever came in this time.
_ROUND = 0.02
_LONGEST_ROUND = 2.0
# After the disk was in trouble.
_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many jobs there may be at once: of a person, of a chat, and in all; `ahead` is how
    many leave the line before the generator has taken them, about ten seconds' worth.
    """

    person: int = 8
    chat: int = 16
    overall: int = 100
    ahead: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """A picture that stands in line."""

    picture: str
    task: str


class Queue(Protocol):
    """The line on disk. Raises Transient."""

    async def next(self, room: Room) -> tuple[list[InLine], int]:
        """Who may go to the generator now, the fairest first, and how many stand in line."""

    async def length(self) -> int:
        """How many pictures stand in line."""

    async def order(self) -> list[InLine]:
        """Everybody who stands in line, the next one first."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One process lets people in by `run`; where many do, `came` hears when a round is due, and
    whoever's turn it is makes it by `admit`.
    """

    journal: Journal
    queue: Queue
    clock: Callable[[], datetime]
    wake: Wake
    room: Room = field(default_factory=Room)
    came: Callable[[], None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _admitting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _rounds: int = 0
    _crowded: bool = False
    _stopping: bool = False

    def nudge(self) -> None:
        """Somebody has left the generator."""
        self._news.set()
        if self.came:
            self.came()

    async def joined(self) -> None:
        """Somebody stands in line now. Whoever there is room for goes straight through."""
        if self._crowded:
            self.nudge()
            return
        try:
            await self.admit()
        except Transient as failure:
            log.warning("cannot read the line", extra={"detail": failure.detail})
            asyncio.get_running_loop().call_later(_PAUSE, self.nudge)

    async def run(self) -> None:
        """Let people in until `stop` is called."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            self._news.clear()
            began = loop.time()
            try:
                await self.admit()
            except Transient as failure:
                log.warning("cannot read the line", extra={"detail": failure.detail})
                await asyncio.sleep(_PAUSE)
                continue
            # A long line takes long to read, and others want to read too.
            pause = min(max(_ROUND, 4 * (loop.time() - began)), _LONGEST_ROUND)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._news.wait()
            await asyncio.sleep(pause)

    def stop(self) -> None:
        """Begin no other round."""
        self._stopping = True
        self._news.set()

    async def admit(self) -> int:
        """Let in whoever there is room for; returns how many pictures that were.

        Those who ask while a round is made share the one after it.
        """
        before = self._rounds
        async with self._admitting:
            if self._rounds > before:
                return 0
            self._rounds += 1
            chosen, waiting = await self.queue.next(self.room)
            self._crowded = waiting > len(chosen)
            tasks: dict[str, set[str]] = {}
            for one in chosen:
                tasks.setdefault(one.task, set()).add(one.picture)
            async with asyncio.TaskGroup() as group:
                for task, pictures in tasks.items():
                    group.create_task(self._let_in(task, pictures))
        return len(chosen)

    async def _let_in(self, task_id: str, pictures: set[str]) -> None:
        now = self.clock()

        def alter(task: Task) -> Task:
            for picture in task.pictures:
                if picture.id in pictures and picture.queued:
                    task = task.with_picture(replace(picture, due_at=now))
            return task

        try:
            await self.journal.change(task_id, alter)
        except (Transient, OddMove) as failure:
            # They keep their place for the next round.
            log.warning("not let in", extra={"task": task_id, "detail": str(failure)})
            asyncio.get_running_loop().call_later(_PAUSE, self.nudge)
            return
        self.wake(task_id)
