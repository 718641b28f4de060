"""The limits of Telegram and of the generator, kept by several processes together."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrate_limiter import Rate
from telegram.error import BadRequest, RetryAfter

from bot.errors import Transient
from bot.nanobanana.client import SUBMISSIONS
from bot.nanobanana.turns import SPACING as BETWEEN_SUBMISSIONS
from bot.nanobanana.turns import SharedTurns
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.storage.postgres import Postgres
from bot.telegram.admission import SPACING, Together
from bot.telegram.limiter import ChatLimiter
from bot.telegram.traffic import ANY_CHAT, GROUP, OVERALL, Kind, Limit, Pace, Traffic
from tests.conftest import API_KEY, TOKEN
from tests.postgres import NOON, PostgresServer, clock_of
from tests.taking_turns import PACE, RATE, Noted, fullest

ROOT = Path(__file__).parent.parent
PERSON, OTHER, FRIENDS = 5, 7, -100
SetClock = Callable[[float], object]
# As the bot itself does.
os.environ.setdefault("PTB_TIMEDELTA", "true")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Postgres]:
    database = await Postgres.attach(postgres_url)
    yield database
    await database.close()


@pytest.fixture
async def others(postgres_url: str) -> AsyncIterator[Postgres]:
    """Another process."""
    database = await Postgres.attach(postgres_url)
    yield database
    await database.close()


@pytest.fixture
def set_clock(postgres_server: PostgresServer, postgres_url: str) -> Iterator[SetClock]:
    """Ask for it before `database`: from here on the server has this clock."""
    with clock_of(postgres_server, postgres_url) as set_:
        yield set_


async def post(limiter: ChatLimiter, chat: int, kind: Kind | None = None, error=None) -> None:
    async def callback() -> bool:
        if error:
            raise error
        return True

    await limiter.process_request(callback, (), {}, "sendPhoto", {"chat_id": chat}, kind)


# --- Telegram -----------------------------------------------------------------------------------


async def test_what_others_have_sent_counts(
    set_clock: SetClock, database: Postgres, others: Postgres
) -> None:
    ours, theirs = ChatLimiter(shared=database.pace), ChatLimiter(shared=others.pace)
    for limiter in (ours, theirs, ours):
        await post(limiter, PERSON)
    for limiter in (ours, theirs):
        with pytest.raises(RetryAfter) as wait:
            await post(limiter, PERSON)
        assert wait.value.retry_after == timedelta(seconds=3 + SPACING)
        await post(limiter, OTHER)


async def test_a_short_wait_is_slept_through_by_whoever_is_no_courtesy(database: Postgres) -> None:
    pace = Pace(any_chat=Limit(3, 0.2, {Kind.COURTESY: 1}))
    limiter = ChatLimiter(pace=pace, shared=database.pace)
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(post(limiter, PERSON) for _ in range(7)))
    took = asyncio.get_running_loop().time() - began
    assert took >= 2 * (0.2 + SPACING)


async def test_a_courtesy_waits_for_nothing_and_gives_way_to_a_picture(
    set_clock: SetClock, database: Postgres
) -> None:
    limiter = ChatLimiter(shared=database.pace)
    for _ in range(2):
        await post(limiter, PERSON)
    with pytest.raises(RetryAfter):
        await post(limiter, PERSON, Kind.COURTESY)
    await post(limiter, PERSON)


async def test_what_telegram_names_for_one_is_kept_by_all(
    set_clock: SetClock, database: Postgres, others: Postgres
) -> None:
    with pytest.raises(RetryAfter):
        await post(
            ChatLimiter(shared=database.pace), FRIENDS, error=RetryAfter(timedelta(seconds=20))
        )
    theirs = ChatLimiter(shared=others.pace)
    with pytest.raises(RetryAfter) as wait:
        await post(theirs, FRIENDS)
    assert wait.value.retry_after == timedelta(seconds=20)
    await post(theirs, PERSON)


async def test_what_telegram_refuses_takes_no_room(database: Postgres) -> None:
    limiter = ChatLimiter(shared=database.pace)
    for _ in range(10):
        with pytest.raises(BadRequest):
            await post(limiter, FRIENDS, error=BadRequest("PHOTO_INVALID_DIMENSIONS"))
    await post(limiter, FRIENDS)


async def test_nothing_is_sent_while_nobody_can_say_whose_turn_it_is(database: Postgres) -> None:
    limiter = ChatLimiter(shared=database.pace)
    await database.close()
    with pytest.raises(Transient):
        await post(limiter, PERSON, error=AssertionError("it was sent"))


@pytest.mark.parametrize(
    "answer", [BadRequest("PHOTO_INVALID_DIMENSIONS"), RetryAfter(timedelta(seconds=20))]
)
async def test_telegrams_answer_is_heard_even_if_it_cannot_be_noted(
    database: Postgres, caplog: pytest.LogCaptureFixture, answer: Exception
) -> None:
    async def and_then_it_is_gone() -> bool:
        await database.close()
        raise answer

    limiter = ChatLimiter(shared=database.pace)
    with caplog.at_level(logging.WARNING), pytest.raises(type(answer)):
        await limiter.process_request(
            and_then_it_is_gone, (), {}, "sendPhoto", {"chat_id": PERSON}, None
        )
    assert "pace not noted" in caplog.messages


# Every wait is a number of eighths, so that none is rounded.
STEPS = st.tuples(
    st.sampled_from(["send", "refused", "flood"]),
    st.sampled_from([PERSON, OTHER, FRIENDS, -200]),
    st.sampled_from(Kind),
    st.sampled_from([1, 1, 1, 2, 10]),
    st.integers(0, 40).map(lambda eighths: eighths / 8),
)


@given(history=st.lists(STEPS, min_size=20, max_size=60))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_together_they_decide_as_one_alone_does(
    set_clock: SetClock, postgres_url: str, history
) -> None:
    set_clock(NOON)
    database = await Postgres.attach(postgres_url)
    await database.write(lambda one: one.execute("DELETE FROM pace"))
    # A second or two overall, that it matters; and the same windows for both.
    pace = Pace(overall=replace(OVERALL, count=12, spare={Kind.COURTESY: 4, Kind.ANSWER: 1}))
    less = {
        name: replace(limit, seconds=limit.seconds - SPACING)
        for name, limit in (
            ("any_chat", ANY_CHAT),
            ("group", GROUP),
            ("overall", pace.overall),
        )
    }
    alone, together, now = Traffic(pace), Together(Pace(**less), database.pace), NOON
    for what, chat, kind, count, pause in history:
        now += pause
        set_clock(now)
        patience = 0.0 if kind is Kind.COURTESY else 1.5
        wait = alone.wait(chat, kind, now)
        turn = await database.pace.take(together._windows(chat, kind, count), ahead=patience)
        assert turn.wait == wait
        assert turn.taken == (wait <= patience)
        if not turn.taken:
            continue
        now += wait
        set_clock(now)
        assert alone.wait(chat, kind, now) == 0
        alone.sent(chat, count, now)
        if what == "refused":
            alone.taken_back(chat, count)
            await together.taken_back(chat, count, turn)
        elif what == "flood":
            alone.pause(chat, 10 * pause, now)
            await together.pause(chat, 10 * pause)
    await database.close()


# --- the generator ------------------------------------------------------------------------------


async def test_turns_at_the_generator_are_those_of_all(
    set_clock: SetClock, database: Postgres, others: Postgres
) -> None:
    paces, window = [Noted(one.pace) for one in (database, others)], 0.1 + BETWEEN_SUBMISSIONS
    turns = [SharedTurns(Rate(4, 100), one) for one in paces]
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(turns[number % 2].next() for number in range(12)))
    moments = sorted(one for pace in paces for one in pace.at["createTask"])
    assert moments == pytest.approx([NOON + number // 4 * window for number in range(12)])
    # They are waited for.
    assert asyncio.get_running_loop().time() - began >= 2 * window


def test_the_rate_of_all_is_hardly_less_than_the_published_one() -> None:
    assert 10.3 < SUBMISSIONS.interval / 1000 + BETWEEN_SUBMISSIONS <= 11


async def test_nobody_submits_while_nobody_can_say_whose_turn_it_is(database: Postgres) -> None:
    await database.close()
    with pytest.raises(Transient):
        await SharedTurns(SUBMISSIONS, database.pace).next()


# --- processes ----------------------------------------------------------------------------------


async def test_processes_that_know_of_each_other_are_hardly_ever_turned_away(
    postgres_url: str,
) -> None:
    (alone, _), (together, at) = (
        await refused(postgres_url, shared=False),
        await refused(postgres_url),
    )
    for name, count, seconds in (
        ("createTask", RATE.limit, RATE.interval / 1000),
        ("telegram", PACE.overall.count, PACE.overall.seconds),
    ):
        assert fullest(at[name], seconds) <= count
    # On a machine that does much else one may be under way for longer than the next one.
    for name in ("generator", "telegram"):
        assert together[name] < alone[name] / 2


async def refused(
    url: str, *, shared: bool = True
) -> tuple[dict[str, int], dict[str, list[float]]]:
    """How often three processes are turned away that write and submit as fast as they may, and
    when their turns were.
    """
    telegram = BotApiServer(token=TOKEN, limits=True)
    generator = GeneratorServer(api_key=API_KEY, seconds_per_job=0.0, rate=(5, 0.6))
    people = [telegram.world.add_person(f"Person {number}") for number in range(20)]
    for person in people:
        telegram.say(person, "hello")
    chats = [telegram.world.private(person).id for person in people]
    async with telegram, generator:
        given = {
            "database": url,
            "telegram": telegram.url,
            "generator": generator.url,
            "token": TOKEN,
            "key": API_KEY,
            "shared": shared,
            # Some get nine messages from three processes, of which five may come at once.
            "chats": chats + chats[:4] * 2,
            "jobs": 6,
        }
        async with competing(3, given) as processes:
            answers = await asyncio.gather(*(told(one) for one in processes))
    assert len(generator.jobs) == 18 - sum(one["generator"] for one in answers)
    at: defaultdict[str, list[float]] = defaultdict(list)
    for one in answers:
        for name, moments in one["at"].items():
            at[name] += moments
    return {name: sum(one[name] for one in answers) for name in ("telegram", "generator")}, at


@asynccontextmanager
async def competing(processes: int, given: dict[str, object]) -> AsyncIterator[list[Process]]:
    """So many processes, all of them ready."""
    async with AsyncExitStack() as stack:
        started = []
        for _ in range(processes):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.taking_turns", json.dumps(given)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(end, process)
            started.append(process)
        for process in started:
            assert await process.stdout.readline() == b"ready\n"
        yield started


async def end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def told(process: Process) -> dict[str, Any]:
    """Let it go, and hear what became of it."""
    async with asyncio.timeout(60):
        out, _ = await process.communicate(b"go\n")
    assert process.returncode == 0
    return json.loads(out)
