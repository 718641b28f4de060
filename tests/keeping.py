"""Where the bot of a test keeps its rows: a file of SQLite, or a database on a server of our own."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from signal import SIGQUIT
from typing import Any, Protocol

import psycopg

from bot.storage.dialect import statement
from bot.storage.engines import engine_of
from bot.storage.ledger import Ledger
from tests.postgres import PostgresServer

# How long whoever wants a lock in a test waits for it.
PATIENCE = 30.0


class Keeping(Protocol):
    @property
    def url(self) -> str: ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What is written, seen from outside."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else is writing and does not come to an end."""

    @contextmanager
    def full(self) -> Iterator[None]:
        """It takes nothing any more."""

    async def be_brisk(self, database: Any) -> None:
        """Wait shortly where one waits seconds at most: here nobody has them."""


class InFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.url = f"sqlite:///{path}"

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path, timeout=PATIENCE)) as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=PATIENCE)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()

    @contextmanager
    def full(self) -> Iterator[None]:
        # That no file can grow is enough for this one.
        yield

    async def be_brisk(self, database: Any) -> None:
        await database.write(lambda connection: connection.execute("PRAGMA busy_timeout = 20"))


class OnServer:
    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self.url = url

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, cursor_factory=psycopg.ClientCursor) as connection:
            return connection.execute(statement(sql), values).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with psycopg.connect(self.url) as other:
            # As on SQLite: reading goes on.
            other.execute("LOCK TABLE updates, tasks, pictures IN EXCLUSIVE MODE")
            yield
            other.rollback()

    @contextmanager
    def full(self) -> Iterator[None]:
        # A server that cannot write its log any more stops; it starts when there is room again.
        self._server.stop(SIGQUIT)
        with ExitStack() as stack:
            stack.callback(self._server.start)
            yield

    async def be_brisk(self, database: Any) -> None:
        for pool in (database._writing, database._reading, database._pacing):
            pool.timeout = 0.3
        name = self.url.rpartition("/")[2]
        self._server.execute(f"ALTER DATABASE {name} SET lock_timeout = '20ms'")
        self._server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND application_name = 'nano-banana-bot'"
        )


async def unbalanced(url: str) -> list[str]:
    """Whatever is wrong in the books of a database that is at rest."""
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).exists():  # noqa: ASYNC240 - a look
        return []
    database = await engine_of(url).open()
    try:
        return await Ledger(database).examine()
    finally:
        await database.close()
