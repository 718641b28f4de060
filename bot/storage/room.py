"""What is left on the disk, and whether the database takes anything."""

import asyncio
import sqlite3
from pathlib import Path

from bot.errors import Reason, Transient
from bot.storage.examination import free_bytes
from bot.storage.sqlite import SQLite
from bot.watching import Room


class DiskRoom:
    """Fits `watching.Disk`."""

    def __init__(self, database: SQLite) -> None:
        self._database = database

    async def room(self) -> Room:
        try:
            return await asyncio.to_thread(_room, self._database.path.resolve())
        except OSError as error:
            raise Transient(Reason.INTERNAL, f"disk: {error}") from error

    async def try_writing(self) -> None:
        await self._database.write(_same_again)


def _room(path: Path) -> Room:
    files = (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))
    size = sum(one.stat().st_size for one in files if one.exists())
    return Room(free=free_bytes(path), database=size)


def _same_again(connection: sqlite3.Connection) -> None:
    """Write a number nobody uses as it is: a page that has to reach the disk like any other."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {number}")
