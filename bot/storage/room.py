"""What is left on the disk, and whether the database takes anything."""

import asyncio
from pathlib import Path

from bot.errors import Reason, Transient
from bot.storage.database import Database
from bot.storage.examination import free_bytes
from bot.watching import Room


class DiskRoom:
    """Fits `watching.Disk`. `folder`: where our own files lie; a PostgreSQL server watches over
    its disk itself.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    async def room(self) -> Room:
        try:
            free = await asyncio.to_thread(free_bytes, self._folder.resolve())
        except OSError as error:
            raise Transient(Reason.INTERNAL, f"disk: {error}") from error
        return Room(free=free, database=await self._database.size())

    async def try_writing(self) -> None:
        await self._database.try_writing()
