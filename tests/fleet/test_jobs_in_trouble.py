"""Jobs while the server is away, or a worker: nothing is cut off, stuck, or done by two at once."""

import asyncio
import signal
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from bot.fleet.errands import Due, Kind, Rhythm
from bot.fleet.jobs import Jobs
from bot.storage.engines import engine_of
from tests.conftest import eventually
from tests.fleet.office import BRISK, Desk, Office, now, waiting
from tests.postgres import PostgresServer

_DEAD = """
WITH dead AS (
    INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id
)
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)
SELECT 'main', %(task)s, %(lock)s, %(lock)s, %(args)s, 'doing', id FROM dead
"""
_FULL = """
CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_ BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION full_();
"""


def died_with(url: str, task: str, lock: str, args: str = "{}") -> None:
    """A worker has ended without a word while it did this job."""
    with psycopg.connect(url) as connection:
        connection.execute(_DEAD, {"task": task, "lock": lock, "args": args})


async def test_a_worker_that_dies_while_it_sweeps_is_in_nobodys_way(
    jobs: Jobs, postgres_url: str
) -> None:
    desk = Desk()
    desk.left = [("a", now())]
    died_with(postgres_url, "sweep", "sweep")
    died_with(postgres_url, "task", "task a", '{"key": "a"}')
    async with Office(jobs, desk):
        await eventually(lambda: desk.done == ["a"])


async def test_a_job_whose_end_could_not_be_noted_is_in_nobodys_way(
    jobs: Jobs, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(_FULL)
        async with Office(jobs, desk):
            await jobs.put(Kind.TASK, "a")
            # A sweep is another that does not end.
            owed = jobs._manager._owed
            await eventually(lambda: any(job.lock == "task a" for job, _ in owed.values()))
            assert "job not ended" in caplog.messages
            await jobs.put(Kind.TASK, "a")
            connection.execute("DROP TRIGGER full_ ON procrastinate_jobs")
            await eventually(lambda: desk.done == ["a", "a"])
            await eventually(lambda: waiting(postgres_url) == [])


async def test_what_is_under_way_while_the_server_is_away_is_not_cut_off(
    jobs: Jobs,
    postgres_url: str,
    postgres_server: PostgresServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Twice(Desk):
        """What is due stands in our own tables: a job that is lost with the server is made again."""

        async def waiting(self, until: datetime) -> Due:
            del until
            return [("a", now())] if len(self.done) < 2 else []

    # A pool that has lost the server tries again every few seconds: those who live are silent for
    # longer than that.
    desk, rhythm = Twice(), Rhythm(look=0.05, sweep=1, beat=0.2, silent=6.0)
    desk.hold = asyncio.Event()
    address = engine_of(postgres_url).address
    assert address is not None
    async with (
        Jobs.opened(address) as others,
        Office(jobs, desk, rhythm=rhythm),
        Office(others, desk, rhythm=rhythm),
    ):
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: desk.at_once)
        postgres_server.stop(signal.SIGQUIT)
        # Two lanes of each, twice: more than ten seconds.
        await eventually(lambda: caplog.messages.count("cannot take jobs") > 4)
        postgres_server.start()
        # Longer than the other one waits before it takes over what is left.
        await jobs.put(Kind.TASK, "a")
        enough = now() + timedelta(seconds=1.5 * rhythm.silent)
        await eventually(lambda: now() > enough)
        assert desk.at_once == desk.most == 1
        desk.hold.set()
        await eventually(lambda: len(desk.done) >= 2)
    assert desk.most == 1
    assert desk.cut_off == 0
    assert "taken over" not in caplog.messages


async def test_a_worker_that_nobody_knows_any_more_makes_itself_known(
    jobs: Jobs, postgres_url: str
) -> None:
    desk = Desk()
    async with Office(jobs, desk):
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: desk.done == ["a"])
        with psycopg.connect(postgres_url) as connection:
            connection.execute("DELETE FROM procrastinate_workers")
        await jobs.put(Kind.TASK, "b")
        await eventually(lambda: desk.done == ["a", "b"])


async def test_a_process_that_stands_still_between_two_statements_keeps_nobody_waiting(
    jobs: Jobs,
) -> None:
    await jobs.put(Kind.TASK, "a")
    connector: Any = jobs.app.connector
    async with connector.pool.connection() as still:
        await still.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        async with asyncio.timeout(10):
            await jobs.put(Kind.TASK, "a")
        # Nor does it wait for others like that itself.
        asked = await still.execute("SHOW lock_timeout")
        assert await asked.fetchone() == ("10s",)


async def test_a_process_that_stood_still_knows_that_its_errand_may_be_anybodys(
    jobs: Jobs,
) -> None:
    seen: list[bool] = []
    patient = replace(BRISK, silent=4.0)

    class Standing(Desk):
        async def do(self, key: str) -> None:
            seen.append(jobs.ours(patient.silent))
            if key == "stands":
                # As SIGSTOP does, or a machine that is put to sleep.
                time.sleep(4.2)  # noqa: ASYNC251 - all of it stands
                seen.append(jobs.ours(patient.silent))
                # Heard again, but not since the errand began.
                await asyncio.sleep(1.0)
                seen.append(jobs.ours(patient.silent))

    async with Office(jobs, Standing(), rhythm=patient):
        await jobs.put(Kind.TASK, "stands")
        await eventually(lambda: len(seen) == 3)
        await jobs.put(Kind.TASK, "goes")
        await eventually(lambda: len(seen) == 4)
    assert seen == [True, False, False, True]
    assert jobs.ours(0.0)


async def test_who_begins_to_work_late_was_not_silent(jobs: Jobs) -> None:
    # As long as Telegram could not be reached, say.
    await asyncio.sleep(4.1)
    seen: list[bool] = []

    class Looking(Desk):
        async def do(self, key: str) -> None:
            del key
            seen.append(jobs.ours(4.0))

    await jobs.put(Kind.TASK, "a")
    async with Office(jobs, Looking(), rhythm=replace(BRISK, beat=60.0, silent=4.0)):
        await eventually(lambda: seen)
    assert seen == [True]
