"""Errands as jobs: one for each key and moment, the most urgent first, none for two at once."""

import asyncio
import signal
from datetime import timedelta

import psycopg
import pytest

from bot.errors import Reason, Transient
from bot.fleet.calling import Calling
from bot.fleet.errands import Kind, Round
from bot.fleet.jobs import Jobs
from bot.storage.engines import engine_of
from tests.conftest import eventually
from tests.fleet.office import Desk, Office, listening, now, waiting
from tests.postgres import PostgresServer


async def test_whose_turn_it_is_already_gets_no_second_job(jobs: Jobs, postgres_url: str) -> None:
    soon = now() + timedelta(seconds=40)
    for at in (None, soon, None, soon):
        await jobs.put(Kind.TASK, "a", at)
    await jobs.put(Kind.TASK, "b")
    assert waiting(postgres_url) == [
        ("task a", False, "todo"), ("task a", True, "todo"), ("task b", False, "todo"),
    ]  # fmt: skip


def test_whether_a_job_may_begin_is_seen_without_looking_at_all_jobs(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock)"
            " SELECT 'main', 'task', 'task ' || n FROM generate_series(1, 2000) AS n"
        )
        connection.execute("ANALYZE procrastinate_jobs")
        # As `procrastinate_fetch_job_v2` asks it of each.
        plan = connection.execute(
            "EXPLAIN SELECT 1 FROM procrastinate_jobs WHERE lock = 'task 7'"
            " AND (status = 'doing' OR (status = 'todo' AND (priority > 0 OR (priority = 0 AND id < 7))))"
        ).fetchall()
    assert "jobs_by_lock" in str(plan)
    assert "Index Cond: (lock = 'task 7'::text)" in str(plan).replace("\\", "")


async def test_news_do_not_wait_behind_a_job_for_later(jobs: Jobs) -> None:
    desk = Desk()
    await jobs.put(Kind.TASK, "a", now() + timedelta(hours=1))
    async with Office(jobs, desk):
        await jobs.put(Kind.TASK, "a", now() + timedelta(seconds=0.1))
        await eventually(lambda: desk.done == ["a"])
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: desk.done == ["a", "a"])


async def test_one_key_is_never_done_twice_at_once(jobs: Jobs, postgres_url: str) -> None:
    desk, address = Desk(), engine_of(postgres_url).address
    assert address is not None
    async with Jobs.opened(address) as others, Office(jobs, desk), Office(others, desk):
        for number in range(20):
            await jobs.put(Kind.TASK, "a", now() + timedelta(milliseconds=number))
        await eventually(lambda: waiting(postgres_url) == [])
    assert len(desk.done) == 20
    assert desk.most == 1


async def test_it_is_done_again_when_it_says_so(jobs: Jobs) -> None:
    desk = Desk()
    desk.again["a"] = [now(), now() + timedelta(seconds=0.1), now() + timedelta(seconds=1)]
    async with Office(jobs, desk):
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: len(desk.done) == 4)


async def test_what_is_due_late_is_left_to_the_sweep(jobs: Jobs, postgres_url: str) -> None:
    desk = Desk()
    desk.again["a"] = [now() + timedelta(hours=1)]
    async with Office(jobs, desk):
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: desk.done == ["a"])
        await eventually(lambda: waiting(postgres_url) == [])


async def test_the_sweep_finds_what_nobody_has_called_out(jobs: Jobs) -> None:
    desk = Desk()
    desk.left = [("late", now() - timedelta(hours=1)), ("soon", now() + timedelta(seconds=1.5))]
    async with Office(jobs, desk):
        await eventually(lambda: desk.done[:2] == ["late", "soon"])


async def test_an_errand_that_breaks_is_done_again_and_ends_nothing(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    desk.breaks = [Transient(Reason.INTERNAL, "the disk"), ValueError("nobody thought of this")]
    async with Office(jobs, desk):
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: desk.done == ["a"])
    assert {"errand broke", "put off"} <= set(caplog.messages)


async def test_rounds_are_made_at_the_start_and_by_one_of_many(
    jobs: Jobs, postgres_url: str
) -> None:
    made: list[str] = []

    async def round_() -> None:
        made.append("round")

    async def breaks() -> None:
        made.append("broken")
        raise ValueError("nobody thought of this")

    rounds = (
        Round(name="often", do=round_, cron="* * * * * */1"),
        Round(name="breaks", do=breaks, cron="0 0 1 1 *"),
    )
    address = engine_of(postgres_url).address
    assert address is not None
    began = now()
    async with (
        Jobs.opened(address) as others,
        Office(jobs, Desk(), rounds),
        Office(others, Desk(), rounds),
    ):
        await eventually(lambda: made.count("round") >= 4)
        assert made.count("broken") in (1, 2)
    passed = (now() - began).total_seconds()
    # One a second, and one of each at the start.
    assert made.count("round") <= passed + 4


async def test_what_a_silent_worker_was_doing_is_handed_out_again(
    jobs: Jobs, postgres_url: str
) -> None:
    desk = Desk()
    desk.left = [("a", now())]
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        )
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status,"
            " worker_id) SELECT 'main', 'task', 'task a', 'task a', '{\"key\": \"a\"}', 'doing', id"
            " FROM procrastinate_workers"
        )
    async with Office(jobs, desk):
        await eventually(lambda: desk.done == ["a"])


async def test_it_goes_on_when_the_server_is_back(
    jobs: Jobs, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    async with Office(jobs, desk) as office:
        office.calling.call(Kind.TASK, "a")
        await eventually(lambda: desk.done == ["a"])
        postgres_server.stop(signal.SIGQUIT)
        office.calling.call(Kind.TASK, "b")
        await eventually(lambda: "cannot take jobs" in caplog.messages)
        postgres_server.start()
        await eventually(lambda: desk.done == ["a", "b"])


async def test_at_the_end_what_is_under_way_ends_and_nothing_new_begins(
    jobs: Jobs, postgres_url: str
) -> None:
    desk = Desk()
    desk.hold = asyncio.Event()
    async with Office(jobs, desk) as office:
        await jobs.put(Kind.TASK, "a")
        await eventually(lambda: desk.at_once)
        stopping = asyncio.create_task(office.crew.stop())
        # Who begins nothing new does not listen either.
        await eventually(lambda: not listening(postgres_url))
        await jobs.put(Kind.TASK, "b")
        desk.hold.set()
        await stopping
    assert desk.done == ["a"]
    # A sweep may have been due at the last moment.
    left = [one for one in waiting(postgres_url) if one[0] != "sweep"]
    assert left == [("task b", False, "todo")]


async def test_what_cannot_be_called_in_time_is_left_to_the_sweep(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    calling = Calling(jobs)
    calling.call(Kind.TASK, "a")
    await calling.stop(within=0.01)
    assert "left to the sweep" in caplog.messages
    running = asyncio.create_task(calling.run())
    await calling.stop(within=30)
    running.cancel()


async def test_a_server_that_is_away_is_a_trouble_that_passes(
    jobs: Jobs, postgres_server: PostgresServer
) -> None:
    await jobs.put(Kind.TASK, "a")
    postgres_server.stop(signal.SIGQUIT)
    try:
        with pytest.raises(Transient, match="jobs: "):
            await jobs.put(Kind.TASK, "b")
        with pytest.raises(Transient, match="jobs: "):
            await jobs.stalled(1.0)
    finally:
        postgres_server.start()
    await jobs.put(Kind.TASK, "b")
