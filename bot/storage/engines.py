"""Which engine an address means. What belongs to PostgreSQL is not even loaded for SQLite."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from bot.changes import Others
from bot.storage.checking import must_be_up_to_date
from bot.storage.database import Database
from bot.storage.examination import Records, records
from bot.storage.lock import only_one
from bot.storage.sqlite import SQLite, migrate

_FILE = "sqlite:///"

# Runs for ever. Raises OSError, in one line, when another process has become the one.
Keep = Callable[[], Coroutine[Any, Any, object]]


class Engine(Protocol):
    """Where the database lies, before it is open. Everything raises OSError, in one line."""

    @property
    def name(self) -> str:
        """As anybody may see it."""

    @property
    def address(self) -> Mapping[str, Any] | None:
        """What other libraries connect to it with, where many processes share it."""

    async def open(self) -> Database:
        """For the bot itself."""

    async def beside(self) -> Database:
        """Also of a bot that runs: nothing is made and no table changed."""

    def migrate(self) -> list[str]:
        """Bring it to today's tables; returns the names of the steps that were missing."""

    def only_one(self, *, asks: bool) -> AbstractContextManager[Keep]:
        """Be the one process of the bot that uses it or, where many do, that asks Telegram for
        updates.
        """

    def others(self) -> Others | None:
        """The other processes that use it; None where there can be none."""

    def records(self, now: datetime, *, patience: timedelta) -> Records | None:
        """What stands in it; None when there is none yet."""


def engine_of(url: str) -> Engine:
    """Raises OSError when what it needs is not installed."""
    if url.startswith(_FILE):
        return File(Path(unquote(url.removeprefix(_FILE))))
    try:
        from bot.storage.postgres_engine import Server  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise OSError(
            f"DATABASE_URL: {error.name} is missing; `.venv/bin/pip install '.[scale]'`"
        ) from error
    server: Engine = Server(url)
    return server


class File:
    """SQLite. Nobody else uses it, so the bot brings its tables up to date by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    async def open(self) -> Database:
        return await SQLite.open(self._path)

    async def beside(self) -> Database:
        await asyncio.to_thread(must_be_up_to_date, self._path)
        return await SQLite.attach(self._path)

    def migrate(self) -> list[str]:
        return migrate(self._path)

    @property
    def address(self) -> None:
        return None

    @contextmanager
    def only_one(self, *, asks: bool) -> Iterator[Keep]:
        del asks
        with only_one(self._path):
            # Such a lock is never lost.
            yield asyncio.Event().wait

    def others(self) -> None:
        return None

    def records(self, now: datetime, *, patience: timedelta) -> Records | None:
        return records(self._path, now, patience=patience)
