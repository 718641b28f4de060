"""SQLite's log goes back into the file, and does not grow without end."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.checkpoints import MEGABYTE
from bot.storage.sqlite import SQLite

ROW = "x" * 100_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SQLite]:
    database = await SQLite.open(tmp_path / "bot.db")
    await database.write(lambda connection: connection.execute("CREATE TABLE notes (words TEXT)"))
    yield database
    await database.close()


async def write(database: SQLite, megabytes: int) -> None:
    for _ in range(megabytes * 10):
        await database.write(lambda one: one.execute("INSERT INTO notes VALUES (?)", [ROW]))


def log_of(database: SQLite) -> Path:
    return database.path.with_name(database.path.name + "-wal")


async def test_what_is_written_goes_into_the_file_while_the_bot_runs(database: SQLite) -> None:
    await write(database, 20)
    async with asyncio.timeout(120):
        while database.path.stat().st_size < 20 * MEGABYTE:
            await write(database, 1)
        # And the log begins anew, from nothing.
        while log_of(database).stat().st_size > 5 * MEGABYTE:
            await asyncio.sleep(0.01)
            await write(database, 1)


async def test_whoever_looks_for_long_holds_up_no_write(database: SQLite) -> None:
    """What is looked at must stay as it was; the log waits for that, and nobody else."""
    with closing(sqlite3.connect(database.path)) as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM notes").fetchone()
        await write(database, 12)
        assert reading.execute("SELECT count(*) FROM notes").fetchone() == (0,)
    async with asyncio.timeout(120):
        while database.path.stat().st_size < 12 * MEGABYTE:
            await write(database, 1)


async def test_a_log_that_cannot_go_back_is_told_and_tried_again(
    database: SQLite, caplog: pytest.LogCaptureFixture
) -> None:
    await write(database, 1)
    aside = database.path.with_name("aside")
    # Whoever opens it now finds a folder.
    database.path.rename(aside)
    database.path.mkdir()
    with caplog.at_level(logging.WARNING):
        await write(database, 8)
        async with asyncio.timeout(120):
            while "the log stays" not in caplog.messages:
                await write(database, 1)
    database.path.rmdir()
    aside.rename(database.path)
    async with asyncio.timeout(120):
        while database.path.stat().st_size < 5 * MEGABYTE:
            await write(database, 1)
