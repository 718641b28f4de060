"""Calling out whose turn it is, without making whoever has news wait for it."""

import asyncio
import logging
from datetime import datetime
from itertools import islice

from bot.errors import Transient
from bot.fleet.errands import Kind
from bot.fleet.jobs import Jobs

log = logging.getLogger(__name__)

_AT_ONCE = 4
_PAUSE = 1.0


class Calling:
    """What is called here and cannot be put into the queue is tried again; what is lost with the
    process is found by the sweep.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._called: dict[tuple[Kind, str, datetime | None], None] = {}
        self._news = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()

    def call(self, kind: Kind, key: str, at: datetime | None = None) -> None:
        """It is this key's turn, now or at a moment."""
        self._called[kind, key, at] = None
        self._silent.clear()
        self._news.set()

    async def run(self) -> None:
        """Put what is called into the queue, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while called := list(islice(self._called, _AT_ONCE)):
                try:
                    async with asyncio.TaskGroup() as group:
                        for one in called:
                            group.create_task(self._jobs.put(*one))
                except* Transient as failures:
                    log.warning("cannot call", extra={"detail": str(failures.exceptions[0])})
                    await asyncio.sleep(_PAUSE)
                else:
                    for one in called:
                        del self._called[one]
            self._silent.set()

    async def stop(self, *, within: float) -> None:
        """Wait until everything is in the queue, or until it is left to the sweep."""
        try:
            async with asyncio.timeout(within):
                await self._silent.wait()
        except TimeoutError:
            log.warning("left to the sweep", extra={"count": len(self._called)})
