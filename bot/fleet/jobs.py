"""Errands as Procrastinate's jobs.

One job for each key whose turn it is: `queueing_lock` keeps it at one, `lock` keeps two processes
from doing the same. A job for later has its own queueing lock, so that news need not wait for it.
Of jobs with the same lock only the most urgent can start, whenever the others are due, so the
sooner a job is due the higher its priority.
https://procrastinate.readthedocs.io/en/stable/howto/advanced/queueing_locks.html
"""

import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Self

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status

from bot.errors import Reason, Transient
from bot.fleet.errands import Kind, Lane
from bot.fleet.outages import OutlastingManager, in_one_line

# Its lines say again what ours say, and name chats and people in passing.
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)

_NOW = 0
# When the errand began that is being done.
_BEGAN: ContextVar[float | None] = ContextVar("began", default=None)
# Our clock, and what is under way, may differ by as much.
_SOONER = 0.8
# Priorities are whole numbers of four bytes: these are seconds since then, which lasts until 2094.
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_CONNECTIONS = 4
_WITHIN = 5.0
# After that whoever needs one asks anew: the server may be back at any moment.
_RECONNECTING = 4.0
# A machine that is gone is known to be gone within half a minute, and nobody waits for it longer.
_SESSION = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET lock_timeout = '10s'"
)


class Jobs:
    """`address` is what psycopg connects with."""

    def __init__(self, address: Mapping[str, Any]) -> None:
        connector = PsycopgConnector(
            kwargs=dict(address),
            min_size=0,
            max_size=_CONNECTIONS,
            timeout=_WITHIN,
            reconnect_timeout=_RECONNECTING,
            configure=_begin,
        )
        self.app = App(connector=connector)
        self.app.job_manager = self._manager = OutlastingManager(connector)

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

    def begin(self) -> None:
        """From here on this task of asyncio's, and those it makes, do an errand."""
        _BEGAN.set(time.monotonic())

    def ours(self, silent: float) -> bool:
        """Whether the errand that is being done cannot have been taken over, which others do when
        its worker has been silent for so many seconds. True for what is no errand.
        """
        began = _BEGAN.get()
        return began is None or self._manager.heard_since(began, _SOONER * silent)

    async def stalled(self, silent: float) -> Sequence[Job]:
        """The jobs of workers that have been silent for so many seconds. What has ended here and
        could not be noted is noted first. Raises Transient.
        """
        with in_our_words():
            await self._manager.end_owed()
            return list(await self._manager.get_stalled_jobs(seconds_since_heartbeat=silent))

    async def give_back(self, stalled: Iterable[Job]) -> None:
        """Forget jobs: what they were about still stands in our tables, and is handed out again.

        Raises Transient.
        """
        with in_our_words():
            for job in stalled:
                await self._manager.end(job, Status.FAILED)


async def _begin(connection: Any) -> None:
    # Who stands still between a statement and its end would keep its job, and with it all who have
    # to do with that one, waiting.
    await connection.set_autocommit(True)
    await connection.execute(_SESSION)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises Transient for whatever the server minds."""
    try:
        yield
    except ConnectorException as error:
        raise Transient(Reason.INTERNAL, f"jobs: {in_one_line(error)}") from error
