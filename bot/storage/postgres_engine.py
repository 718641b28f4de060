"""PostgreSQL as an engine. Others may use the database, too, so its tables are brought up to date
by `python -m bot migrate` alone, before the processes that need them are started.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from bot.storage.database import Database
from bot.storage.engines import Keep
from bot.storage.examination import Records, counted
from bot.storage.postgres import Postgres
from bot.storage.postgres_lock import Alone
from bot.storage.postgres_news import PostgresNews
from bot.storage.postgres_server import Connection, address_of, connected, where
from bot.storage.postgres_tables import migrate, must_be_up_to_date, pending


class Server:
    """Fits `engines.Engine`."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def name(self) -> str:
        return where(self._url)

    @property
    def address(self) -> dict[str, Any]:
        return address_of(self._url)

    async def open(self) -> Database:
        await asyncio.to_thread(must_be_up_to_date, self._url)
        return await Postgres.attach(self._url)

    async def beside(self) -> Database:
        return await self.open()

    def migrate(self) -> list[str]:
        return migrate(self._url)

    @contextmanager
    def only_one(self, *, asks: bool) -> Iterator[Keep]:
        if not asks:
            yield asyncio.Event().wait
            return
        alone = Alone(self._url)
        alone.take()
        try:
            yield alone.keep
        finally:
            alone.end()

    def others(self) -> PostgresNews:
        return PostgresNews(self._url)

    def records(self, now: datetime, *, patience: timedelta) -> Records | None:
        with connected(self._url) as connection:
            missing = pending(connection, self._url)
            return counted(Connection(connection), now - patience, pending=missing)
