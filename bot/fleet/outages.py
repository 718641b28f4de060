"""Procrastinate's dealings with its tables, such that they outlast a server that is away.

Its worker would end there, and cut off some seconds later what is under way. But what has just
been sent, or begun at the generator, and could not be written yet is known to this process alone,
so that has to go on.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from itertools import pairwise

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback

log = logging.getLogger(__name__)

_PAUSE = 1.0
# More heartbeats than any errand lasts.
_REMEMBERED = 1_000
# What PostgreSQL calls them: a row that is referred to is not there, and what a function raises.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNKNOWN_WORKER, _NO_SUCH_JOB = "23503", "P0001"


class OutlastingManager(JobManager):
    """Whoever has it calls `end_owed` every so often."""

    def __init__(self, connector: BaseConnector) -> None:
        super().__init__(connector)
        # Jobs that have ended, which could not be written: they are in the way of others like them.
        self._owed: dict[int | None, tuple[Job, Status]] = {}
        self._beats: deque[float] = deque([time.monotonic()], maxlen=_REMEMBERED)

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """None, too, while there is no server, or where somebody was quicker. Raises
        ConnectorException when this worker has been forgotten and has to begin anew.
        """
        try:
            return await super().fetch_job(queues, worker_id)
        except ConnectorException as error:
            if _code(error) == _UNKNOWN_WORKER:
                raise
            log.warning("cannot take jobs", extra={"detail": in_one_line(error)})
            return None

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001, ARG002
        """Notes it later where it cannot be noted now."""
        try:
            await self.end(job, status)
        except ConnectorException as error:
            self._owed[job.id] = (job, status)
            log.warning("job not ended", extra={"detail": in_one_line(error)})

    async def end(self, job: Job, status: Status) -> None:
        """Raises ConnectorException."""
        try:
            await super().finish_job(job, status, delete_job=True)
        except ConnectorException as error:
            if _code(error) != _NO_SUCH_JOB:
                raise
            log.info("job was gone", extra={"detail": in_one_line(error)})

    async def end_owed(self) -> None:
        """Raises ConnectorException."""
        for number, (job, status) in list(self._owed.items()):
            await self.end(job, status)
            del self._owed[number]

    async def register_worker(self) -> int:
        number = await super().register_worker()
        # However long it took until there was something to work for, this is a heartbeat.
        self._beats.append(time.monotonic())
        return number

    async def update_heartbeat(self, worker_id: int) -> None:
        try:
            await super().update_heartbeat(worker_id)
            self._beats.append(time.monotonic())
        except ConnectorException as error:
            log.info("heartbeat not heard", extra={"detail": in_one_line(error)})

    def heard_since(self, began: float, silent: float) -> bool:
        """Whether our workers were never silent for so many seconds since then, by the clock that
        never goes back. They may have been given up otherwise.
        """
        gaps = pairwise((*self._beats, time.monotonic()))
        return not any(later > began and later - earlier >= silent for earlier, later in gaps)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        while True:
            try:
                await super().listen_for_jobs(on_notification=on_notification, queues=queues)
            except ConnectorException as error:
                log.info("calls not heard", extra={"detail": in_one_line(error)})
            await asyncio.sleep(_PAUSE)

    async def defer_periodic_job(
        self, job: Job, periodic_id: str, defer_timestamp: int
    ) -> int | None:
        while True:
            try:
                return await super().defer_periodic_job(job, periodic_id, defer_timestamp)
            except ConnectorException as error:
                about = {"round": job.task_name, "detail": in_one_line(error)}
                log.info("round put off", extra=about)
            await asyncio.sleep(_PAUSE)


def in_one_line(error: ConnectorException) -> str:
    return " ".join(str(error.__cause__ or error).split())


def _code(error: ConnectorException) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
