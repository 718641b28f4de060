"""What waits to be done until a moment, as keys and when they are due: for whoever hands it out."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.storage.database import Database, Row

# What does not fit is handed out the next time; the longest waiting come first.
_AT_ONCE = 2_000

_TASKS = (
    "SELECT id AS key, due_at FROM tasks WHERE due_at IS NOT NULL AND due_at <= ?"
    " ORDER BY due_at LIMIT ?"
)
_QUEUES = (
    "SELECT queue AS key, received_at AS due_at FROM updates WHERE seq IN"
    " (SELECT min(seq) FROM updates WHERE state = 'new' GROUP BY queue)"
    " AND received_at <= ? ORDER BY seq LIMIT ?"
)
_ALBUMS = (
    "SELECT chat || ':' || album AS key, due_at FROM albums"
    " WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?"
)
_NOTICES = (
    "SELECT tasks.person AS key, min(notices.due_at) AS due_at FROM notices"
    " JOIN tasks ON tasks.id = notices.task WHERE notices.due_at <= ?"
    " GROUP BY tasks.person ORDER BY min(notices.due_at) LIMIT ?"
)


class SweepStore:
    """Each raises Transient."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tasks(self, until: datetime) -> Sequence[tuple[str, datetime]]:
        return await self._read(_TASKS, until)

    async def queues(self, until: datetime) -> Sequence[tuple[str, datetime]]:
        """Of the inbox."""
        return await self._read(_QUEUES, until)

    async def albums(self, until: datetime) -> Sequence[tuple[str, datetime]]:
        return await self._read(_ALBUMS, until)

    async def notices(self, until: datetime) -> Sequence[tuple[str, datetime]]:
        """The people who are to be told something."""
        return await self._read(_NOTICES, until)

    async def _read(self, sql: str, until: datetime) -> Sequence[tuple[str, datetime]]:
        return [_due(row) for row in await self._database.read(sql, [until.timestamp(), _AT_ONCE])]


def _due(row: Row) -> tuple[str, datetime]:
    return str(row["key"]), datetime.fromtimestamp(row["due_at"], UTC)
