"""SQLite behind asyncio: one thread writes and groups commits, another one reads.

"On disk" means it survives the power cord: WAL with `synchronous=FULL`. One commit costs one
fsync, so everything that waits when a commit begins goes into it together.
https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from bot.errors import Reason, Transient
from bot.storage.checking import check, damaged, is_damage
from bot.storage.database import Connection, Parameters, Row
from bot.storage.migrations import migrations

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_GROUP_MAX = 256


@dataclass(slots=True, eq=False)
class _Write:
    """Work for the writing thread, and who waits for it."""

    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class SQLite:
    """A database file; fits `database.Database`. `open` migrates it.

    A full disk or a locked file is Transient.
    """

    # The one process that uses it keeps its pace by itself.
    pace = None

    def __init__(self, path: Path, writing: sqlite3.Connection) -> None:
        self.path = path
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer = threading.Thread(
            target=self._run, args=[writing], name="sqlite-writer", daemon=True
        )
        self._readers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-reader")
        self._reading: sqlite3.Connection | None = None
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        await asyncio.to_thread(migrate, path)
        return await cls.attach(path)

    @classmethod
    async def attach(cls, path: Path) -> Self:
        """Open a file that is up to date, whoever else uses it."""
        database = cls(path, await asyncio.to_thread(connect, path))
        database._writer.start()
        return database

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._writes.put(None)
        await asyncio.to_thread(self._writer.join)
        if self._reading is not None:
            await asyncio.get_running_loop().run_in_executor(self._readers, self._reading.close)
        self._readers.shutdown()

    async def write(self, work: Callable[[Connection], T]) -> T:
        self._must_be_open()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writes.put(_Write(work, loop, future))
        try:
            return await future
        except sqlite3.DatabaseError as error:
            raise _in_our_words(error) from error

    async def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self._must_be_open()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, self._read, sql, parameters)
        except sqlite3.DatabaseError as error:
            raise _in_our_words(error) from error

    async def look(self, work: Callable[[Connection], T]) -> T:
        self._must_be_open()
        try:
            return await asyncio.to_thread(self._look, work)
        except sqlite3.DatabaseError as error:
            raise _in_our_words(error) from error

    async def size(self) -> int:
        path = self.path.resolve()
        files = (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))
        try:
            return sum(one.stat().st_size for one in files if one.exists())
        except OSError as error:
            raise Transient(Reason.INTERNAL, f"disk: {error}") from error

    async def try_writing(self) -> None:
        await self.write(_same_again)

    def _must_be_open(self) -> None:
        if self._closed:
            raise Transient(Reason.INTERNAL, "database: closed")

    def _look(self, work: Callable[[Connection], T]) -> T:
        # A connection of its own: what is counted for a while holds up nobody who reads.
        with closing(connect(self.path)) as connection:
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            return work(connection)

    def _read(self, sql: str, parameters: Parameters) -> list[Row]:
        if self._reading is None:
            self._reading = connect(self.path)
            self._reading.execute("PRAGMA query_only = 1")
        return self._reading.execute(sql, parameters).fetchall()

    # --- the writing thread --------------------------------------------------------------

    def _run(self, connection: sqlite3.Connection) -> None:
        database = Database(connection, execute_plugins=False)
        open_for_more = True
        while open_for_more:
            group, open_for_more = self._next_group()
            if group:
                _commit(database, group)
                _answer(group)
        connection.close()

    def _next_group(self) -> tuple[list[_Write], bool]:
        """Wait for one write and take along all others that are waiting too."""
        group: list[_Write] = []
        item = self._writes.get()
        while item is not None:
            group.append(item)
            if len(group) >= _GROUP_MAX:
                return group, True
            try:
                item = self._writes.get_nowait()
            except queue.Empty:
                return group, True
        return group, False


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def migrate(path: Path) -> list[str]:
    """Bring the file at `path` to today's tables; makes it and its folder when missing.

    Returns the names of the steps that were missing. Raises OSError, in one clear line, when the file cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{path}: cannot be opened: {error.strerror}") from error
    try:
        with closing(connect(path)) as connection:
            check(path, connection)
            database = Database(connection, execute_plugins=False)
            missing = [one.name for one in migrations.pending(database)]
            # All steps or none: cut short, the file is still that of the version before.
            with database.atomic():
                migrations.apply(database)
    except sqlite3.Error as error:
        if is_damage(error):
            raise damaged(path, str(error)) from error
        raise OSError(f"{path}: cannot be used: {error}") from error
    return missing


def _in_our_words(error: sqlite3.DatabaseError) -> Exception:
    """What may pass once somebody has mended the disk is Transient; the rest is our mistake."""
    if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
        return Transient(Reason.INTERNAL, f"database: {error}")
    return error


def _same_again(connection: Connection) -> None:
    """Write a number nobody uses as it is: a page that has to reach the disk like any other."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {number}")


def _commit(database: Database, group: list[_Write]) -> None:
    """One transaction for all; one that fails is undone alone."""
    try:
        with _transaction(database.conn):
            for write in group:
                try:
                    with database.atomic():
                        write.result = write.work(database.conn)
                except Exception as error:
                    write.error = error
                    if not database.conn.in_transaction:
                        # SQLite answers some errors by undoing everything. https://sqlite.org/lang_transaction.html
                        raise sqlite3.OperationalError("everything was undone") from error
    except Exception as error:  # noqa: BLE001 - the commit itself failed: nobody's work is done
        for write in group:
            write.error = write.error or error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One that waits for its turn before it reads: the operator's commands write too.

    What has begun by reading may not write any more once another process has written.
    https://www.sqlite.org/isolation.html
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _answer(group: list[_Write]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for write in group:
        by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        # The loop is closed: nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, writes)


def _settle(writes: list[_Write]) -> None:
    for write in writes:
        if write.future.done():
            continue
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.result)
