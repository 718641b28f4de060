"""Turns that are counted on a PostgreSQL server: no window is ever too full, whoever asks, whatever
clock anybody has, and whatever happens to the server.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import psycopg
import pytest

from bot.errors import Transient
from bot.pace import Turn, Window
from bot.storage.engines import engine_of
from bot.storage.pictures import PictureStore, open_store
from bot.storage.postgres import Postgres
from bot.storage.retention import Retention
from bot.storage.sqlite import SQLite
from tests.postgres import NOON, PASSWORD, PostgresServer, clock_of, cut
from tests.taking_turns import fullest

ALL = Window(name="all", count=5, seconds=0.25, room=5)
CHAT = Window(name="chat:5", count=3, seconds=30, room=3)
# However long a machine takes, what was taken in it still counts.
HOUR = Window(name="chat:7", count=3, seconds=3600, room=3)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Postgres]:
    database = await Postgres.attach(postgres_url)
    yield database
    await database.close()


@pytest.fixture
def set_clock(postgres_server: PostgresServer, postgres_url: str):
    """Ask for it before `database`: from here on the server has this clock."""
    with clock_of(postgres_server, postgres_url) as set_:
        yield set_


@pytest.fixture
def own_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server, which runs again afterwards whatever was done to it."""
    yield postgres_server
    postgres_server.stop()
    postgres_server.start()


async def test_whoever_takes_turns_in_several_processes_never_fills_a_window(
    set_clock, postgres_url
):
    async with AsyncExitStack() as stack:
        paces = []
        for _ in range(4):
            database = await Postgres.attach(postgres_url)
            stack.push_async_callback(database.close)
            paces.append(database.pace)
        turns = await asyncio.gather(
            *(paces[n % 4].take([ALL], ahead=inf) for n in range(40)),
        )
    moments = [turn.at for turn in turns]
    assert fullest(moments, ALL.seconds - 0.001) == ALL.count
    assert max(moments) - min(moments) == 7 * ALL.seconds


async def test_who_would_have_to_wait_takes_nothing_and_is_told_how_long(set_clock, database):
    for _ in range(3):
        assert (await database.pace.take([ALL, CHAT])).taken
    for _ in range(20):
        refused = await database.pace.take([ALL, CHAT], ahead=1)
        assert (refused.taken, refused.wait) == (False, 30)
    assert (await database.pace.take([ALL])).taken


async def test_less_room_waits_earlier(database):
    for _ in range(2):
        await database.pace.take([HOUR])
    assert not (await database.pace.take([replace(HOUR, room=2)])).taken
    assert (await database.pace.take([HOUR])).taken


async def test_a_turn_may_be_many(database):
    ten = Window(name="group:-5", count=20, seconds=3600, room=20, takes=10)
    assert [(await database.pace.take([ten])).taken for _ in range(3)] == [True, True, False]


async def test_what_is_given_back_is_the_turn_itself_and_not_one_taken_after_it(database):
    first = await database.pace.take([ALL, CHAT])
    others = [await database.pace.take([ALL, CHAT]) for _ in range(2)]
    await database.pace.give_back([ALL, CHAT], first)
    await database.pace.give_back([ALL, CHAT], first)
    ((moments,),) = await database.read("SELECT moments FROM pace WHERE key = 'chat:5'")
    assert sorted(map(float, moments.strip("{}").split(","))) == [one.at for one in others]


async def test_only_as_many_are_given_back_as_were_taken(set_clock, database):
    ten = Window(name="group:-5", count=20, seconds=60, room=20, takes=10)
    turn = await database.pace.take([ten])
    assert await database.pace.take([ten]) == turn
    await database.pace.give_back([ten], turn)
    assert (await database.pace.take([ten])).taken
    assert not (await database.pace.take([ten])).taken


async def test_a_pause_is_everybodys_and_the_longest_counts(set_clock, database, postgres_url):
    other = await Postgres.attach(postgres_url)
    await database.pace.pause(CHAT, 50)
    await other.pace.pause(CHAT, 20)
    for one in (database, other):
        assert (await one.pace.take([ALL, CHAT])).wait == 50
    assert (await other.pace.take([ALL])).taken
    await other.close()


# --- clocks -------------------------------------------------------------------------------------


async def test_the_servers_clock_counts_and_nobody_elses(set_clock, database):
    assert (await database.pace.take([CHAT])).at == NOON
    for _ in range(2):
        await database.pace.take([CHAT])
    set_clock(NOON + 29.5)
    assert await database.pace.take([CHAT]) == Turn(at=NOON + 30, wait=0.5, taken=False)
    set_clock(NOON + 30)
    assert (await database.pace.take([CHAT])).taken


@pytest.mark.parametrize("back", [0.5, 20, 86_400])
async def test_a_clock_that_is_set_back_costs_nobody_that_time(set_clock, database, back):
    for _ in range(3):
        await database.pace.take([ALL, CHAT])
    await database.pace.pause(ALL, 10)
    set_clock(NOON - back)
    assert (await database.pace.take([ALL])).wait == pytest.approx(10)
    refused = await database.pace.take([ALL, CHAT])
    assert (refused.taken, refused.wait) == (False, pytest.approx(30))
    set_clock(NOON - back + 29)
    assert (await database.pace.take([ALL, CHAT])).wait == pytest.approx(1)
    set_clock(NOON - back + 30)
    assert (await database.pace.take([ALL, CHAT])).taken


async def test_turns_taken_ahead_stay_where_they_are_when_the_clock_is_set_back(
    set_clock, database
):
    for _ in range(11):
        last = await database.pace.take([ALL], ahead=inf)
    assert last.wait == 0.5
    set_clock(NOON - 3600)
    assert (await database.pace.take([ALL], ahead=inf)).wait == pytest.approx(0.5)


# --- the server ---------------------------------------------------------------------------------


async def test_a_server_that_is_stricter_by_itself_turns_nobody_away(postgres_server, postgres_url):
    name = postgres_url.rpartition("/")[2]
    postgres_server.execute(
        f"ALTER DATABASE {name} SET default_transaction_isolation = serializable"
    )
    databases = [await Postgres.attach(postgres_url) for _ in range(3)]
    await asyncio.gather(*(databases[n % 3].pace.take([ALL], ahead=inf) for n in range(60)))
    for one in databases:
        await one.close()


async def test_connections_that_were_cut_are_replaced_without_a_word(
    database, postgres_server, postgres_url
):
    await asyncio.gather(*(database.pace.take([HOUR]) for _ in range(8)))
    cut(postgres_server, postgres_url)
    assert not (await database.pace.take([HOUR])).taken


async def test_a_server_that_is_away_lets_nobody_go_and_knows_afterwards_who_went(
    database, own_server, postgres_url
):
    for _ in range(3):
        await database.pace.take([HOUR])
    impatient = await Postgres.attach(postgres_url, within=0.5)
    await asyncio.to_thread(own_server.stop, signal.SIGQUIT)
    for attempt in (
        impatient.pace.take([HOUR]),
        impatient.pace.pause(HOUR, 1),
        impatient.pace.give_back([HOUR], Turn(at=1.0, wait=0.0, taken=True)),
    ):
        with pytest.raises(Transient) as failure:
            await attempt
        assert PASSWORD not in str(failure.value)
    await impatient.close()
    own_server.start()
    async with asyncio.timeout(60):
        while True:
            try:
                refused = await database.pace.take([HOUR])
            except Transient:
                continue
            break
    assert not refused.taken
    assert 0 < refused.wait <= HOUR.seconds


async def test_whoever_comes_after_the_close_is_told_so(database):
    await database.close()
    with pytest.raises(Transient, match="closed"):
        await database.pace.take([ALL])


async def test_somebody_who_holds_the_turn_for_ever_is_waited_for_no_longer_than_usual(
    postgres_server, postgres_url
):
    name = postgres_url.rpartition("/")[2]
    postgres_server.execute(f"ALTER DATABASE {name} SET lock_timeout = '20ms'")
    database = await Postgres.attach(postgres_url)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE pace IN EXCLUSIVE MODE")
        with pytest.raises(Transient, match="lock timeout"):
            await database.pace.take([ALL])
    assert (await database.pace.take([ALL])).taken
    await database.close()


# --- what is left -------------------------------------------------------------------------------


async def test_chats_nobody_wrote_to_for_an_hour_are_forgotten_unless_they_are_paused(
    set_clock, database, tmp_path
):
    def window(name: str) -> Window:
        return Window(name=name, count=3, seconds=3, room=3)

    for name in ("old", "young", "paused"):
        set_clock(NOON - (1800 if name == "young" else 4000))
        await database.pace.take([window(name)])
    await database.pace.pause(window("paused"), 3600)
    pictures = PictureStore(open_store((tmp_path / "pictures").as_uri()))
    week = timedelta(days=7)
    retention = Retention(database=database, pictures=pictures, files_kept=week, history_kept=week)
    assert (await retention.sweep(datetime.fromtimestamp(NOON, UTC)))["pace"] == 1
    rows = await database.read("SELECT key FROM pace ORDER BY 1")
    assert [row["key"] for row in rows] == ["paused", "young"]


async def test_a_file_has_one_process_which_keeps_its_pace_by_itself(tmp_path: Path):
    database = await engine_of(f"sqlite:///{tmp_path}/bot.db").open()
    assert isinstance(database, SQLite)
    assert database.pace is None
    await database.write(
        lambda one: one.execute("INSERT INTO pace (key, seen_at) VALUES ('chat:5', 1)")
    )
    pictures = PictureStore(open_store((tmp_path / "pictures").as_uri()))
    week = timedelta(days=7)
    retention = Retention(database=database, pictures=pictures, files_kept=week, history_kept=week)
    # Not even a look is taken at the table.
    assert (await retention.sweep(datetime.now(UTC)))["pace"] == 0
    assert len(await database.read("SELECT key FROM pace")) == 1
    await database.close()
