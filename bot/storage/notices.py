"""Notices on disk: written in the transaction in which their task ends, kept until they are said."""

from datetime import UTC, datetime

from bot.notices import Notice
from bot.storage.database import Connection, Database, Row
from bot.task import Task

_ADD = (
    "INSERT INTO notices (id, task, made_at, due_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id) DO NOTHING"
)
# Everybody's first before anybody's second.
_DUE = (
    "SELECT id, task, made_at, tries FROM (SELECT notices.*, row_number() OVER"
    " (PARTITION BY tasks.person ORDER BY notices.due_at, notices.id) AS place"
    " FROM notices JOIN tasks ON tasks.id = notices.task WHERE notices.due_at <= :now) AS turns"
    " WHERE place <= :each ORDER BY place, due_at LIMIT :limit"
)
_DUE_TO = (
    "SELECT notices.id, task, made_at, tries FROM notices JOIN tasks ON tasks.id = notices.task"
    " WHERE tasks.person = ? AND notices.due_at <= ? ORDER BY notices.due_at, notices.id LIMIT ?"
)
_NEXT_TO = (
    "SELECT min(notices.due_at) AS next FROM notices JOIN tasks ON tasks.id = notices.task"
    " WHERE tasks.person = ? AND notices.due_at > ?"
)
_NEXT = "SELECT min(due_at) AS next FROM notices WHERE due_at > ?"


def add(connection: Connection, task: Task, now: datetime) -> None:
    """A task has ended that wants this to be said. A repeated call adds nothing."""
    moment = now.timestamp()
    connection.execute(_ADD, [f"{task.id}.{task.version}", task.id, moment, moment])


class NoticeStore:
    """Fits `notices.NoticeStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, limit: int, *, each: int
    ) -> tuple[list[Notice], datetime | None]:
        values = {"now": now.timestamp(), "limit": limit, "each": each}
        due = [_notice(row) for row in await self._database.read(_DUE, values)]
        ((later,),) = await self._database.read(_NEXT, [now.timestamp()])
        return due, None if later is None else datetime.fromtimestamp(later, UTC)

    async def due_to(
        self, person: int, now: datetime, limit: int
    ) -> tuple[list[Notice], datetime | None]:
        moment = now.timestamp()
        due = [_notice(row) for row in await self._database.read(_DUE_TO, [person, moment, limit])]
        ((later,),) = await self._database.read(_NEXT_TO, [person, moment])
        return due, None if later is None else datetime.fromtimestamp(later, UTC)

    async def put_off(self, notice: Notice, until: datetime | None) -> None:
        due_at = until and until.timestamp()

        def work(connection: Connection) -> None:
            connection.execute(
                "UPDATE notices SET tries = tries + 1, due_at = ? WHERE id = ?",
                [due_at, notice.id],
            )

        await self._database.write(work)


def _notice(row: Row) -> Notice:
    made_at = datetime.fromtimestamp(row["made_at"], UTC)
    return Notice(id=row["id"], task=row["task"], made_at=made_at, tries=row["tries"])
