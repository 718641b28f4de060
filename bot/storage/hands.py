"""Threads that work for event loops: jobs go in one by one, what came of them comes back in groups.

An executor of the standard library wakes the loop for each job, and takes several locks on the
way; under load that costs more than most of our statements.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

# Whoever is done does not wait longer than this for those who came after.
_LONGEST_TOGETHER = 0.001


@dataclass(slots=True, eq=False)
class Job:
    """Work for the thread, and who waits for it, if anybody does."""

    work: Callable[[Any], Any]
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Any] | None = None
    result: Any = None
    error: BaseException | None = None

    def do(self, means: Any) -> None:
        try:
            self.result = self.work(means)
        except Exception as error:  # noqa: BLE001 - it is told to whoever waits
            self.error = error


class Doing(Protocol):
    """What the thread does, all of it in the thread."""

    def do(self, group: list[Job]) -> None:
        """Do what waits together; each has a result or an error afterwards."""

    def close(self) -> None: ...


class Hand:
    """One thread that takes up to `most` jobs at a time; it ends when it is closed."""

    def __init__(self, name: str, doing: Doing, *, most: int) -> None:
        self._doing = doing
        self._most = most
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def give(self, work: Callable[[Any], Any]) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put(Job(work, loop, future))
        return future

    def tell(self, work: Callable[[Any], Any]) -> None:
        """Nobody waits for this; from any thread."""
        self._jobs.put(Job(work))

    async def close(self) -> None:
        """Everything that was given before is done."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            group, open_for_more = self._next_group()
            if group:
                self._doing.do(group)
                answer(group)
        self._doing.close()

    def _next_group(self) -> tuple[list[Job], bool]:
        """Wait for one job and take along all others that are waiting too."""
        group: list[Job] = []
        item = self._jobs.get()
        while item is not None:
            group.append(item)
            if len(group) >= self._most:
                return group, True
            try:
                item = self._jobs.get_nowait()
            except queue.Empty:
                return group, True
        return group, False


def one_by_one(group: list[Job], means: Any) -> None:
    """Do each for itself. Those that are done do not wait for one that takes long."""
    done: list[Job] = []
    began = time.monotonic()
    for job in group:
        job.do(means)
        done.append(job)
        if time.monotonic() - began > _LONGEST_TOGETHER:
            answer(done)
            done, began = [], time.monotonic()


def answer(jobs: list[Job]) -> None:
    """Tell those who wait, once for each loop. To be told twice does no harm."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.loop is not None:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, theirs in by_loop.items():
        # The loop is closed: nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, theirs)


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future is None or job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
