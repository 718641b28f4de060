"""WHEN a task moves, on one machine.

The worker asks the store what is due and carries it on, a bounded number of tasks at a time
and each task once at a time. The alarm only hurries it: whatever it misses is still due.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from bot.carrying import Carrying
from bot.neighbours import Schedule
from bot.patience import LOOK_AGAIN
from bot.pipeline import Pipeline

log = logging.getLogger(__name__)


class Alarm:
    """Tasks with news. Whoever has news rings, the worker wakes up."""

    def __init__(self) -> None:
        self._ringing = asyncio.Event()
        self._news: set[str] = set()

    def ring(self, task_id: str) -> None:
        """This task should move now rather than when it is due."""
        self._news.add(task_id)
        self._ringing.set()

    def nudge(self) -> None:
        """Nothing in particular is new, but there is reason to look."""
        self._ringing.set()

    def take(self) -> set[str]:
        """The tasks that rang since the last time."""
        self._ringing.clear()
        news, self._news = self._news, set()
        return news

    def put_back(self, task_id: str) -> None:
        """Keep the news of a task for the next time, without ringing."""
        self._news.add(task_id)

    async def wait(self, seconds: float) -> None:
        """Sleep until it rings, `seconds` at the longest."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ringing.wait()


class Worker:
    """Runs until it is stopped; `concurrency` is how many tasks move at the same time."""

    def __init__(
        self,
        pipeline: Pipeline,
        schedule: Schedule,
        alarm: Alarm,
        clock: Callable[[], datetime],
        *,
        concurrency: int = 256,
    ) -> None:
        self._carrying = Carrying(pipeline=pipeline, clock=clock)
        self._schedule = schedule
        self._alarm = alarm
        self._clock = clock
        self._concurrency = concurrency
        self._moving: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def run(self) -> None:
        """Move tasks until `stop` is called."""
        while not self._stopping:
            news = self._alarm.take()
            try:
                wait = await self._move_due(news)
            except Exception:
                # The store is in trouble. Nothing is lost by waiting; everything is by ending.
                log.exception("cannot ask what is due")
                wait = 1.0
            await self._alarm.wait(wait)

    async def stop(self, *, within: float) -> None:
        """Begin nothing new, let what moves come to rest for `within` seconds, then cut it off.

        What is cut off is on disk and goes on after the next start.
        """
        self._stopping = True
        self._alarm.nudge()
        moving = list(self._moving.values())
        if moving:
            await asyncio.wait(moving, timeout=within)
        for task in moving:
            task.cancel()
        await asyncio.gather(*moving, return_exceptions=True)

    async def _move_due(self, news: set[str]) -> float:
        """Start what is due; returns the seconds until something else is."""
        for task_id in news:
            self._start(task_id)
        if len(self._moving) >= self._concurrency:
            return LOOK_AGAIN
        now = self._clock()
        # Tasks that are moving may still stand there as due, so ask for as many more.
        due, next_at = await self._schedule.due(now, self._concurrency)
        for task_id in due:
            if task_id not in self._moving:
                self._start(task_id)
        if next_at is None:
            return LOOK_AGAIN
        return min(max((next_at - now).total_seconds(), 0.0), LOOK_AGAIN)

    def _start(self, task_id: str) -> None:
        if self._stopping:
            return
        if task_id in self._moving or len(self._moving) >= self._concurrency:
            self._alarm.put_back(task_id)
        else:
            self._moving[task_id] = asyncio.create_task(self._move(task_id))

    async def _move(self, task_id: str) -> None:
        try:
            await self._carrying.carry(task_id)
        finally:
            del self._moving[task_id]
            self._alarm.nudge()
