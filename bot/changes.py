"""Who watches a task hears of each change as it is saved. Within this process, and at once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.task import Task

# Who reads slower than a task changes gets the newest; those in between are worth nothing then.
_WAITING_MAX = 32


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
