"""Who watches a task hears of each change as it is saved: at once in this process, and a moment
later where another one has saved it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import Transient
from bot.task import Task

log = logging.getLogger(__name__)

# Who reads slower than a task changes gets the newest; those in between are worth nothing then.
_WAITING_MAX = 32
# Others want to read from the store, too.
_READ_AT_ONCE = 3

# The ids of tasks that others have saved; None: any may have changed.
Heard = Callable[[Collection[str] | None], None]


class Others(Protocol):
    """The other processes that keep the same tasks. It is a courtesy: who is not reached looks
    again by themselves after a while.
    """

    def tell(self, task_id: str) -> None:
        """We have saved it. Waits for nothing."""

    async def run(self, heard: Heard) -> None:
        """Tell others and hear what they tell, for ever. Our own is not heard again."""


class Hub:
    """`tell` is called for every task that was saved."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[Task]]] = {}

    def tell(self, task: Task) -> None:
        for queue in self._watchers.get(task.id, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(task)

    @contextmanager
    def watching(self, task_id: str) -> Iterator[asyncio.Queue[Task]]:
        """The changes from now on, in the order in which they were saved."""
        queue: asyncio.Queue[Task] = asyncio.Queue(_WAITING_MAX)
        self._watchers.setdefault(task_id, set()).add(queue)
        try:
            yield queue
        finally:
            watchers = self._watchers[task_id]
            watchers.discard(queue)
            if not watchers:
                del self._watchers[task_id]

    @property
    def watched(self) -> Collection[str]:
        """The ids of the tasks that somebody watches."""
        return self._watchers.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearsay:
    """Lets whoever watches here see what others have saved. What nobody watches is not read, and
    what many watch is read once. `pause` is in seconds, after the disk was in trouble.
    """

    hub: Hub
    others: Others
    read: Callable[[str], Awaitable[Task | None]]
    pause: float = 1.0
    _to_read: dict[str, None] = field(default_factory=dict)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.others.run(self._hear))
            for _ in range(_READ_AT_ONCE):
                group.create_task(self._read_on())

    def _hear(self, ids: Collection[str] | None) -> None:
        watched = self.hub.watched
        changed = watched if ids is None else [one for one in ids if one in watched]
        self._to_read.update(dict.fromkeys(changed))
        if self._to_read:
            self._some.set()

    async def _read_on(self) -> None:
        while True:
            while not self._to_read:
                self._some.clear()
                await self._some.wait()
            # Out of the list before it is read: what is saved meanwhile is read again.
            task_id = next(iter(self._to_read))
            del self._to_read[task_id]
            if task_id in self.hub.watched:
                await self._read(task_id)

    async def _read(self, task_id: str) -> None:
        try:
            task = await self.read(task_id)
        except Transient as failure:
            log.warning("news not read", extra={"task": task_id, "detail": str(failure)})
            self._to_read[task_id] = None
            await asyncio.sleep(self.pause)
            return
        if task is not None:
            self.hub.tell(task)
