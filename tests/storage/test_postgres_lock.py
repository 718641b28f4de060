"""One process of the bot per PostgreSQL database, also over a restart of the server."""

import asyncio
import os
import re
import signal
import threading

import psycopg
import pytest

from bot.storage.engines import engine_of
from bot.storage.postgres_lock import Alone, InUse
from bot.storage.postgres_server import where
from tests.postgres import PostgresServer, cut

_HELD = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def test_the_second_is_refused_in_one_line_that_names_the_first(postgres_url: str) -> None:
    engine = engine_of(postgres_url)
    with (
        engine.only_one(asks=True),
        pytest.raises(OSError, match="another process") as refused,
        engine.only_one(asks=True),
    ):
        raise AssertionError("both have it")
    name = re.escape(where(postgres_url))
    assert re.fullmatch(
        rf"{name}: another process .*\(process {os.getpid()} on .*\)\. .*", str(refused.value)
    )


def test_it_is_free_again_afterwards_however_it_ended(postgres_url: str) -> None:
    engine = engine_of(postgres_url)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), engine.only_one(asks=True):
            raise ZeroDivisionError


def test_who_has_just_ended_is_waited_for(postgres_url: str) -> None:
    before, after = Alone(postgres_url), Alone(postgres_url)
    before.take()
    ending = threading.Timer(0.3, before.end)
    ending.start()
    after.take()
    after.end()
    ending.join()


def test_who_ends_waits_for_nobody(postgres_url: str) -> None:
    holder, ending = Alone(postgres_url), Alone(postgres_url)
    holder.take()
    ending.end()
    with pytest.raises(InUse):
        ending.take()
    holder.end()


def test_each_database_has_its_own(postgres_url: str, empty_postgres_url: str) -> None:
    with (
        engine_of(postgres_url).only_one(asks=True),
        engine_of(empty_postgres_url).only_one(asks=True),
    ):
        pass


def holder(url: str) -> int | None:
    """The server's process for whoever has the lock of this database."""
    with psycopg.connect(url) as looking:
        found = looking.execute(_HELD).fetchone()
    return found and int(found[0])


async def test_what_was_cut_is_taken_again(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with engine_of(postgres_url).only_one(asks=True) as keep:
        before = holder(postgres_url)
        cut(postgres_server, postgres_url)
        keeping = asyncio.create_task(keep())
        # Whoever tried to take it meanwhile might be quicker, so it is only looked at.
        async with asyncio.timeout(20):
            while await asyncio.to_thread(holder, postgres_url) in (None, before):  # noqa: ASYNC110 - nobody says so
                await asyncio.sleep(0.01)
        with pytest.raises(InUse):
            Alone(postgres_url).take()
        keeping.cancel()


async def test_whoever_was_quicker_keeps_it_and_the_other_stops(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with engine_of(postgres_url).only_one(asks=True) as keep:
        cut(postgres_server, postgres_url)
        other = Alone(postgres_url)
        other.take()
        with pytest.raises(OSError, match="another process"):
            await asyncio.wait_for(keep(), 60)
        other.end()


async def test_ones_own_lost_connection_is_in_nobodys_way(postgres_url: str) -> None:
    """The server may not have noticed yet that it is gone."""
    alone = Alone(postgres_url)
    alone.take()
    lost, alone._connection = alone._connection, None
    alone._open.pop_all()
    alone._look()
    assert alone._connection is not None
    alone.end()
    lost.close()


async def test_a_server_that_is_away_for_a_while_is_waited_for(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with engine_of(postgres_url).only_one(asks=True) as keep:
        await asyncio.to_thread(postgres_server.stop, signal.SIGQUIT)
        keeping = asyncio.create_task(keep())
        try:
            done, _ = await asyncio.wait([keeping], timeout=1.5)
            assert not done
        finally:
            postgres_server.start()
        done, _ = await asyncio.wait([keeping], timeout=1.5)
        assert not done
        keeping.cancel()


def test_those_that_telegram_calls_are_as_many_as_you_like(postgres_url: str) -> None:
    engine = engine_of(postgres_url)
    with engine.only_one(asks=False), engine.only_one(asks=True), engine.only_one(asks=False):
        pass
