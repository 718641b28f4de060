"""Carrying one task on, whatever breaks on the way: what every worker does when a task is due."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.life import Vanished
from bot.pipeline import Pipeline

log = logging.getLogger(__name__)

# Where not even the stumble can be written the task stays due, and this keeps us from spinning.
_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    pipeline: Pipeline
    clock: Callable[[], datetime]

    async def carry(self, task_id: str) -> None:
        """Do what is due for this task; whatever breaks counts as an attempt."""
        began = self.clock()
        try:
            await self.pipeline.advance(task_id)
        except Vanished:
            log.info("vanished", extra={"task": task_id})
        except Exception:
            log.exception("stumbled", extra={"task": task_id})
            await self._count_stumble(task_id)
        finally:
            took = (self.clock() - began).total_seconds()
            log.debug("moved", extra={"task": task_id, "seconds": took})

    async def carry_far(self, task_id: str) -> datetime | None:
        """Like `carry`, as long as something is due; returns when it is again.

        What has happened and could not be written is remembered by this process alone, so the
        task is not handed to another before it is.
        """
        while True:
            await self.carry(task_id)
            while self.pipeline.journal.owes(task_id):
                await asyncio.sleep(_PAUSE)
                await self.carry(task_id)
            task = await self.pipeline.store.get(task_id)
            due = task.next_due if task else None
            if due is None or due > self.clock():
                return due

    async def _count_stumble(self, task_id: str) -> None:
        try:
            await self.pipeline.stumbled(task_id)
        except Exception:
            log.exception("cannot note the stumble", extra={"task": task_id})
            await asyncio.sleep(_PAUSE)
