"""PostgreSQL behind asyncio: a pool of connections, each used by one thread at a time.

Our stores read, decide and write, as if nobody else wrote meanwhile; on SQLite that is so, because
one thread writes. Here many do, so every write is SERIALIZABLE: the server makes sure that what
comes out could have come out one after the other, and turns back whoever is in the way. Those
begin again. https://www.postgresql.org/docs/current/transaction-iso.html#XACT-SERIALIZABLE
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import psycopg
from psycopg import IsolationLevel, errors
from psycopg_pool import ConnectionPool

from bot.errors import Reason, Transient
from bot.storage import database
from bot.storage.database import Parameters
from bot.storage.dialect import statement
from bot.storage.postgres_pace import PostgresPace
from bot.storage.postgres_server import (
    CROWDED,
    OURS,
    Connection,
    Reaching,
    Row,
    in_our_words,
    prepare,
    settings_of,
    where,
)

T = TypeVar("T")
Pool = ConnectionPool[psycopg.Connection[Row]]

_WRITERS, _READERS, _PACERS = 4, 3, 2
_CONNECTED_WITHIN = 5.0
_ATTEMPTS = 40
# Turned back so often, a write waits in a line with others like it instead of running on against them.
_CROWDED_AFTER = 3
_PAUSE, _PAUSE_MAX = 0.001, 0.05
# A key that is there already may have come from somebody who was just in the way: then the next
# attempt sees it. https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
_UNIQUE_ATTEMPTS = 3
_TURNED_BACK = (errors.SerializationFailure, errors.DeadlockDetected)


class Postgres:
    """Fits `database.Database`."""

    def __init__(self, url: str, *, within: float) -> None:
        self._writing = _pool(url, _WRITERS, _can_write, within)
        self._reading = _pool(url, _READERS, _reads, within)
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="postgres-writer")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="postgres-reader")
        self._pacing = _pool(url, _PACERS, _takes_turns, within)
        self._pacers = ThreadPoolExecutor(_PACERS, thread_name_prefix="postgres-pacer")
        self.pace = PostgresPace(self._at_once)
        self._closed = False
        self.where = where(url)

    @classmethod
    async def attach(cls, url: str, *, within: float = _CONNECTED_WITHIN) -> Self:
        """Open a database whose tables are up to date, whoever else uses it. `within`: how many
        seconds anybody waits for a connection.
        """
        opened = cls(url, within=within)
        for pool in (opened._writing, opened._reading, opened._pacing):
            await asyncio.to_thread(pool.open)
        return opened

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for threads, pool in (
            (self._writers, self._writing),
            (self._readers, self._reading),
            (self._pacers, self._pacing),
        ):
            await asyncio.to_thread(threads.shutdown)
            await asyncio.to_thread(pool.close)

    async def write(self, work: Callable[[database.Connection], T]) -> T:
        return await self._in(self._writers, self._write, work)

    async def read(self, sql: str, parameters: Parameters = ()) -> list[database.Row]:
        # One statement sees one moment, and nothing is decided by it alone: whoever writes
        # afterwards looks again in the same transaction.
        return await self._in(self._readers, self._read, sql, parameters)

    async def look(self, work: Callable[[database.Connection], T]) -> T:
        return await self._in(self._readers, self._look, work)

    async def size(self) -> int:
        ((size,),) = await self.read("SELECT pg_database_size(current_database())")
        return int(size)

    async def try_writing(self) -> None:
        # A message to nobody goes through the log that is written before anything else, and
        # touches no row. https://www.postgresql.org/docs/current/functions-admin.html
        sql = "SELECT pg_logical_emit_message(true, 'nano-banana-bot', '')"
        await self.write(lambda connection: connection.execute(sql).fetchone())

    async def _at_once(self, sql: str, parameters: Parameters) -> list[database.Row]:
        return await self._in(self._pacers, self._pace, sql, parameters)

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[..., T], *values: Any) -> T:
        if self._closed:
            raise Transient(Reason.INTERNAL, "database: closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work, *values)
        except psycopg.Error as error:
            raise in_our_words(error) from error

    # --- in the threads ------------------------------------------------------------------

    def _read(self, sql: str, parameters: Parameters) -> list[database.Row]:
        with self._reading.connection() as connection:
            return Connection(connection).execute(sql, parameters).fetchall()

    def _look(self, work: Callable[[database.Connection], T]) -> T:
        with self._reading.connection() as connection, connection.transaction():
            return work(Connection(connection))

    def _pace(self, sql: str, parameters: Parameters) -> list[database.Row]:
        """Begun again when the connection breaks: a turn that was taken twice is one too many for
        us, and none for anybody else.
        """
        attempt = 1
        while True:
            with self._pacing.connection() as connection:
                try:
                    cursor = connection.execute(statement(sql), parameters)
                except psycopg.OperationalError:
                    if not connection.broken or attempt > _PACERS:
                        raise
                else:
                    while cursor.nextset():
                        pass
                    return list(cursor.fetchall()) if cursor.description else []
            attempt += 1

    def _write(self, work: Callable[[database.Connection], T]) -> T:
        attempt = 1
        while True:
            try:
                with (
                    self._writing.connection() as connection,
                    _in_line(connection, wait=attempt > _CROWDED_AFTER),
                ):
                    return _once(connection, work)
            except _TURNED_BACK:
                if attempt >= _ATTEMPTS:
                    raise
            except errors.UniqueViolation:
                if attempt >= _UNIQUE_ATTEMPTS:
                    raise
            except _Lost:
                # Each connection of the pool may have been cut by a restart of the server.
                if attempt > _WRITERS:
                    raise
            time.sleep(random.random() * min(_PAUSE * 2**attempt, _PAUSE_MAX))  # noqa: S311 - no secret
            attempt += 1


class _Lost(psycopg.OperationalError):
    """The connection broke, and nothing can have happened."""


def _once(connection: psycopg.Connection[Row], work: Callable[[database.Connection], T]) -> T:
    ending = False
    try:
        with connection.transaction():
            result = work(Connection(connection))
            # From here on nobody knows: what was asked for may be done although no answer comes.
            # Whoever asked looks again then, as after a kill.
            ending = True
    except psycopg.OperationalError as error:
        if connection.broken and not ending:
            raise _Lost(str(error)) from error
        raise
    return result


@contextmanager
def _in_line(connection: psycopg.Connection[Row], *, wait: bool) -> Iterator[None]:
    """One after the other, for those who get into each other's way.

    The lock is taken before the transaction begins: what it sees is chosen at its first statement.
    """
    if not wait or not _its_turn(connection):
        yield
        return
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", [OURS, CROWDED])


def _its_turn(connection: psycopg.Connection[Row]) -> bool:
    try:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", [OURS, CROWDED])
    except errors.LockNotAvailable:
        # The first in line stands still, which is no reason for all others to do so.
        return False
    return True


def _pool(
    url: str, most: int, prepared: Callable[[psycopg.Connection[Row]], None], within: float
) -> Pool:
    return ConnectionPool(
        kwargs=settings_of(url),
        connection_class=Reaching,
        min_size=0,
        max_size=most,
        open=False,
        timeout=within,
        # After that whoever needs one asks anew: the server may be back at any moment.
        reconnect_timeout=4.0,
        num_workers=1,
        configure=prepared,
    )


def _can_write(connection: psycopg.Connection[Row]) -> None:
    prepare(connection)
    connection.isolation_level = IsolationLevel.SERIALIZABLE


def _takes_turns(connection: psycopg.Connection[Row]) -> None:
    prepare(connection)
    connection.execute("SET default_transaction_isolation = 'read committed'")


def _reads(connection: psycopg.Connection[Row]) -> None:
    prepare(connection)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.execute("SET default_transaction_read_only = on")
