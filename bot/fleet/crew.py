"""The workers of one process: they take jobs, do what is to be done, and say when it is due again."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException

from bot.errors import Transient
from bot.fleet.calling import Calling
from bot.fleet.errands import Errand, Lane, Rhythm, Round
from bot.fleet.jobs import Jobs

log = logging.getLogger(__name__)

# What is due so soon is waited for: a job more would cost as much.
_WAITED_FOR = timedelta(seconds=0.5)
# Whose clock is behind the server's must not do the same job over and over.
_EARLY_MAX = 10.0
_PAUSE, _PAUSE_MAX = 1.0, 60.0
# Together with the rest it stays under the ten seconds most platforms give a process to end.
_RESTS_WITHIN = 4.0
_CALLS_AT_ONCE = 8
# A worker that is still known may go on, however long it was silent.
_FORGOTTEN_AFTER = 86_400.0


@dataclass(slots=True, kw_only=True)
class Crew:
    """`concurrency` is how many errands this process does at the same time."""

    jobs: Jobs
    calling: Calling
    errands: Sequence[Errand]
    rounds: Sequence[Round]
    clock: Callable[[], datetime]
    concurrency: int
    rhythm: Rhythm = field(default_factory=Rhythm)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _resting: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._resting.set()
        for errand in self.errands:
            self._teach(errand)
        every = f"* * * * * */{self.rhythm.sweep}"
        for one in (*self.rounds, Round(name="sweep", do=self.sweep, cron=every)):
            self._teach_round(one)

    async def run(self) -> None:
        """Work until `stop` is called, also after trouble with the database. What is done every so
        often is also done at the start.
        """
        self._resting.clear()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._begin_rounds())
                group.create_task(self._take_over())
                group.create_task(self._work(Lane.MAIN, self.concurrency))
                group.create_task(self._work(Lane.CALLS, _CALLS_AT_ONCE))
        finally:
            self._resting.set()

    async def stop(self) -> None:
        """Take no more jobs; those under way may end within some seconds, or are cut off. What is
        cut off is on disk, and another worker's then.
        """
        self._stopping.set()
        await self._resting.wait()

    async def sweep(self) -> None:
        """Make jobs of what is due and has none: what was called out by a process that is gone,
        and what is due later than anybody calls out. Raises Transient.
        """
        until = self.clock() + timedelta(seconds=2 * self.rhythm.sweep)
        for errand in self.errands:
            for key, due in await errand.waiting(until):
                await self.jobs.put(errand.kind, key, due if due > self.clock() else None)

    async def _take_over(self) -> None:
        """Look for workers that are gone. Not as a job: that would go with the worker that has it.

        Where the server was away, or this machine stood still, those who live could not say so.
        """
        loop, rhythm = asyncio.get_running_loop(), self.rhythm
        looked = steady_since = loop.time()
        while not self._stopping.is_set():
            try:
                stalled = await self.jobs.stalled(rhythm.silent)
                if loop.time() - looked > 2 * rhythm.beat:
                    steady_since = loop.time()
                elif stalled and loop.time() - steady_since > rhythm.silent:
                    log.warning("taken over", extra={"jobs": len(stalled)})
                    await self.jobs.give_back(stalled)
                looked = loop.time()
            except Transient as failure:
                log.warning("cannot look for jobs left behind", extra={"detail": str(failure)})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rhythm.beat):
                    await self._stopping.wait()

    async def _work(self, lane: Lane, concurrency: int) -> None:
        while not self._stopping.is_set():
            working = asyncio.create_task(self._until_trouble(lane, concurrency))
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # It lets what is under way end first.
                stopping.cancel()
                working.cancel()
            try:
                await working
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
            except (ConnectorException, Transient) as error:
                detail = " ".join(str(error.__cause__ or error).split())
                log.warning("cannot take jobs", extra={"lane": lane.value, "detail": detail})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await self._stopping.wait()

    async def _begin_rounds(self) -> None:
        for one in self.rounds:
            try:
                await self.jobs.put_round(one.name)
            except Transient as failure:
                log.warning("round not made", extra={"round": one.name, "detail": str(failure)})

    async def _until_trouble(self, lane: Lane, concurrency: int) -> None:
        await self.jobs.app.run_worker_async(
            queues=[lane],
            name=lane.value,
            concurrency=concurrency,
            fetch_job_polling_interval=self.rhythm.look,
            abort_job_polling_interval=60.0,
            shutdown_graceful_timeout=_RESTS_WITHIN,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=self.rhythm.beat,
            stalled_worker_timeout=_FORGOTTEN_AFTER,
        )

    # --- what a job does -----------------------------------------------------------------

    def _teach(self, errand: Errand) -> None:
        async def do(context: JobContext, key: str) -> None:
            early = context.job.scheduled_at and context.job.scheduled_at - self.clock()
            if early and early > timedelta():
                await asyncio.sleep(min(early.total_seconds(), _EARLY_MAX))
            self.jobs.begin()
            again = await self._do(errand, key)
            if again is not None and again - self.clock() < timedelta(seconds=self.rhythm.horizon):
                self.calling.call(errand.kind, key, again)

        self.jobs.app.task(name=errand.kind, queue=errand.kind.lane, pass_context=True)(do)

    async def _do(self, errand: Errand, key: str) -> datetime | None:
        """Do it as long as it is due, or nearly so; returns when it is again."""
        while True:
            try:
                again = await errand.do(key)
            except Transient as failure:
                log.warning("put off", extra={"errand": errand.kind, "detail": str(failure)})
                wait = min(max(failure.retry_after or 0.0, _PAUSE), _PAUSE_MAX)
                return self.clock() + timedelta(seconds=wait)
            except Exception:
                # It stays due on disk. Nothing is lost by waiting; everything is by ending.
                log.exception("errand broke", extra={"errand": errand.kind})
                return self.clock() + timedelta(seconds=_PAUSE)
            if again is None or again - self.clock() > _WAITED_FOR or self._stopping.is_set():
                return again
            await asyncio.sleep(max(0.0, (again - self.clock()).total_seconds()))

    def _teach_round(self, one: Round) -> None:
        async def do(timestamp: int | None = None) -> None:
            del timestamp
            try:
                await one.do()
            except Transient as failure:
                log.warning("round not made", extra={"round": one.name, "detail": str(failure)})
            except Exception:
                log.exception("round broke", extra={"round": one.name})

        task = self.jobs.app.task(
            name=one.name, queue=Lane.MAIN, lock=one.name, queueing_lock=one.name
        )(do)
        self.jobs.app.periodic(cron=one.cron)(task)
