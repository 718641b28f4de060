"""SQLite behind asyncio: one thread writes and groups commits, another one reads.

"On disk" means it survives the power cord: WAL with `synchronous=FULL`. One commit costs one
fsync, so everything that waits when a commit begins goes into it together.
https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self, TypeVar

from sqlite_utils import Database

from bot.errors import Reason, Transient
from bot.storage.checking import check_at_start, damaged, is_damage
from bot.storage.checkpoints import Checkpoints
from bot.storage.database import Connection, Parameters, Row
from bot.storage.hands import Hand, Job, one_by_one
from bot.storage.migrations import migrations

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_GROUP_MAX = 256
# More than there are in the stores: none is prepared twice.
_STATEMENTS_KEPT = 1_000


class SQLite:
    """A database file; fits `database.Database`. `open` migrates it.

    A full disk or a locked file is Transient.
    """

    # The one process that uses it keeps its pace by itself.
    pace = None

    def __init__(self, path: Path, writing: sqlite3.Connection) -> None:
        self.path = path
        self._checkpoints = Checkpoints(path, connect)
        doing = _Writing(writing, self._checkpoints)
        self._writer = Hand("sqlite-writer", doing, most=_GROUP_MAX)
        self._reader = Hand("sqlite-reader", _Reading(path), most=_GROUP_MAX)
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        await asyncio.to_thread(migrate, path)
        return await cls.attach(path)

    @classmethod
    async def attach(cls, path: Path) -> Self:
        """Open a file that is up to date, whoever else uses it."""
        return cls(path, await asyncio.to_thread(connect, path))

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        await self._reader.close()
        await self._checkpoints.close()

    async def write(self, work: Callable[[Connection], T]) -> T:
        self._must_be_open()
        try:
            written: T = await self._writer.give(work)
        except sqlite3.DatabaseError as error:
            raise _in_our_words(error) from error
        return written

    async def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self._must_be_open()

        def work(connection: sqlite3.Connection) -> list[Row]:
            return connection.execute(sql, parameters).fetchall()

        try:
            rows: list[Row] = await self._reader.give(work)
        except sqlite3.DatabaseError as error:
            raise _in_our_words(error) from error
        return rows

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


class _Reading:
    """What the reading thread does; it opens its connection when somebody reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def do(self, group: list[Job]) -> None:
        try:
            connection = self._connection or self._connect()
        except sqlite3.Error as error:
            for job in group:
                job.error = error
        else:
            one_by_one(group, connection)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path)
        connection.execute("PRAGMA query_only = 1")
        self._connection = connection
        return connection


class _Writing:
    """What the writing thread does: one transaction for all that waits together."""

    def __init__(self, connection: sqlite3.Connection, checkpoints: Checkpoints) -> None:
        checkpoints.leave_it(connection)
        self._connection = connection
        self._checkpoints = checkpoints

    def do(self, group: list[Job]) -> None:
        self._do(group)
        self._checkpoints.written()

    def _do(self, group: list[Job]) -> None:
        try:
            with _transaction(self._connection):
                for job in group:
                    job.result = job.work(self._connection)
        except Exception as error:  # noqa: BLE001 - it is told to whoever waits
            if len(group) == 1:
                group[0].error = error
            else:
                self._again(group)

    def close(self) -> None:
        self._connection.close()

    def _again(self, group: list[Job]) -> None:
        """One of them has failed, and all is undone: do each again, and undo that one alone."""
        try:
            with _transaction(self._connection):
                for job in group:
                    self._do_alone(job)
        except Exception as error:  # noqa: BLE001 - the commit itself failed: nobody's work is done
            for job in group:
                job.error = job.error or error

    def _do_alone(self, job: Job) -> None:
        self._connection.execute("SAVEPOINT alone")
        job.do(self._connection)
        if job.error is not None:
            if not self._connection.in_transaction:
                # SQLite answers some errors by undoing everything. https://sqlite.org/lang_transaction.html
                raise sqlite3.OperationalError("everything was undone") from job.error
            self._connection.execute("ROLLBACK TO alone")
        self._connection.execute("RELEASE alone")


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
        cached_statements=_STATEMENTS_KEPT,
    )
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
            check_at_start(path, connection)
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
