"""Errands as Procrastinate's jobs.

One job for each key whose turn it is: `queueing_lock` keeps it at one, `lock` keeps two processes
from doing the same. A job for later has its own queueing lock, so that news need not wait for it.
Of jobs with the same lock only the most urgent can start, whenever the others are due, so the
sooner a job is due the higher its priority.
https://procrastinate.readthedocs.io/en/stable/howto/advanced/queueing_locks.html
"""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Self

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from bot.errors import Reason, Transient
from bot.fleet.errands import Kind, Lane

log = logging.getLogger(__name__)

# Its lines say again what ours say, and name chats and people in passing.
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)

_NOW = 0
# Priorities are whole numbers of four bytes: these are seconds since then, which lasts until 2094.
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_CONNECTIONS = 4
_WITHIN = 5.0
# After that whoever needs one asks anew: the server may be back at any moment.
_RECONNECTING = 4.0


class _Ends(JobManager):
    """Notes the end of jobs. Where that fails nobody else is in the way, and it is taken over as
    if its worker had died.
    """

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as error:
            log.warning("job not ended", extra={"detail": _detail(error)})


class Jobs:
    """`address` is what psycopg connects with."""

    def __init__(self, address: Mapping[str, Any]) -> None:
        connector = PsycopgConnector(
            kwargs=dict(address),
            min_size=0,
            max_size=_CONNECTIONS,
            timeout=_WITHIN,
            reconnect_timeout=_RECONNECTING,
        )
        self.app = App(connector=connector)
        self.app.job_manager = _Ends(connector)

    @classmethod
    @asynccontextmanager
    async def opened(cls, address: Mapping[str, Any]) -> AsyncIterator[Self]:
        """Connects when there is something to do."""
        jobs = cls(address)
        await jobs.app.open_async()
        try:
            yield jobs
        finally:
            await jobs.app.close_async()

    async def put(self, kind: Kind, key: str, at: datetime | None = None) -> None:
        """It is this key's turn, now or at a moment. Adds nothing to a job that says the same.

        Raises Transient.
        """
        lock = f"{kind} {key}"
        job = self.app.configure_task(
            kind,
            lock=lock,
            queueing_lock=lock if at is None else f"{lock} at {at.isoformat()}",
            queue=kind.lane,
            schedule_at=at,
            priority=_NOW if at is None else -max(1, int(at.timestamp() - _EPOCH)),
        )
        with in_our_words(), suppress(AlreadyEnqueued):
            await job.defer_async(key=key)

    async def put_round(self, name: str) -> None:
        """A round is due now, beside those that are made every so often. Raises Transient."""
        job = self.app.configure_task(name, lock=name, queueing_lock=name, queue=Lane.MAIN)
        with in_our_words(), suppress(AlreadyEnqueued):
            await job.defer_async()

    async def give_back(self, silent: float) -> int:
        """Forget the jobs of workers that have been silent for so many seconds: what they were
        about still stands in our tables, and is handed out again. Returns how many these were.

        Raises Transient.
        """
        manager = self.app.job_manager
        with in_our_words():
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silent))
            for job in stalled:
                await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        return len(stalled)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises Transient for whatever the server minds."""
    try:
        yield
    except ConnectorException as error:
        raise Transient(Reason.INTERNAL, f"jobs: {_detail(error)}") from error


def _detail(error: ConnectorException) -> str:
    return " ".join(str(error.__cause__ or error).split())
