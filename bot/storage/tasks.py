"""Tasks and their pictures as rows: whole tasks go in and out, and only changes are written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.credits import Payment
from bot.neighbours import Unheard
from bot.storage import books, notices
from bot.storage.database import Connection, Database
from bot.storage.task_rows import READ, picture_row, task_of, task_row
from bot.task import Picture, Task

_TASK = (
    "INSERT INTO tasks"
    " (id, key, slot, version, state, reason, due_at, created_at, chat, person, body) VALUES"
    " (:id, :key, :slot, :version, :state, :reason, :due_at, :created_at, :chat, :person, :body)"
)
_TASK_CHANGE = (
    "UPDATE tasks SET version = :version, state = :state, reason = :reason, due_at = :due_at,"
    " chat = :chat, body = :body, delivered_at = CASE WHEN :state = 'delivered'"
    " THEN coalesce(delivered_at, :now) END WHERE id = :id AND version = :version - 1"
)
# The same wish again, or the same button pressed again while its task is under way or just over.
_KNOWN = (
    "SELECT id FROM tasks WHERE key = :key UNION ALL"
    " SELECT id FROM tasks WHERE slot = :slot"
    " AND (state IN ('created', 'working') OR created_at > :created_at - :pause) LIMIT 1"
)
_PICTURE = (
    "INSERT INTO pictures (id, task, number, state, job, file, chat, message, model, seconds,"
    " queued, deleted, person, shelf, words, body) VALUES (:id, :task, :number, :state, :job, :file,"
    " :chat, :message, :model, :seconds, :queued, :deleted, :person, :shelf, :words, :body)"
    " ON CONFLICT (id) DO UPDATE SET state = :state, job = :job, file = :file, chat = :chat,"
    " message = :message, seconds = :seconds, queued = :queued, deleted = :deleted, shelf = :shelf,"
    " body = :body WHERE pictures.body <> :body OR pictures.shelf IS NOT :shelf"
)
_GET = READ.format("?")
_FIND = READ.format("(SELECT task FROM pictures WHERE id = ?)")
_UNFINISHED = (
    "SELECT id FROM tasks WHERE person = :person AND state IN ('created', 'working')"
    " AND (:chat IS NULL OR chat = :chat) ORDER BY created_at, id"
)
_CANCELLED = (
    "SELECT count(*) AS count FROM tasks WHERE person = ? AND json_extract(body, '$.cancelled') = ?"
)
# A group that has moved is asked for by its new id.
_LAST_ASKED = (
    "SELECT max(created_at) AS last FROM tasks"
    " WHERE person = :person AND created_at > :since AND state <> 'reported'"
    " AND (chat = :chat OR chat IN (SELECT id FROM chats WHERE moved_to = :chat))"
)
_UNDER_WAY = "SELECT 1 FROM tasks WHERE id = ? AND state IN ('created', 'working')"
_BY_KEY = READ.format("(SELECT id FROM tasks WHERE key = ?)")
# A group that has moved keeps the numbers of its old messages to itself.
_SENT_AS = "SELECT id, task FROM pictures WHERE chat = ? AND message = ?"
# A group that has moved is asked for by its new id. Each part has an index of its own.
_UNHEARD = (
    "SELECT id, (SELECT count(*) FROM pictures WHERE task = tasks.id AND state = 'stored'"
    " AND json_extract(body, '$.message') IS NULL) AS pictures FROM tasks WHERE id IN ("
    "SELECT id FROM tasks WHERE reason = 'undeliverable' AND chat = :chat"
    " UNION SELECT id FROM tasks WHERE reason = 'undeliverable' AND person = :person"
    " UNION SELECT id FROM tasks WHERE reason = 'undeliverable'"
    " AND chat IN (SELECT id FROM chats WHERE moved_to = :chat)"
    ") ORDER BY created_at, id"
)


# Nobody wants two within this time by pressing twice.
_SLOT_SECONDS = 10


class TaskStore:
    """Fits `neighbours.Store`, `neighbours.Schedule`, `neighbours.History` and
    `group_rules.Requests`.

    `changed` hears of every task that was saved.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] | None = None,
        *,
        changed: Callable[[Task], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock or partial(datetime.now, UTC)
        self._changed = changed or (lambda _task: None)

    async def add(self, task: Task, payment: Payment | None = None) -> Task:
        def work(connection: Connection) -> str | None:
            row = task_row(task)
            known = connection.execute(_KNOWN, {**row, "pause": _SLOT_SECONDS}).fetchone()
            if known:
                return str(known["id"])
            connection.execute(_TASK, row)
            connection.executemany(_PICTURE, [picture_row(task, one) for one in task.pictures])
            if payment:
                books.reserve(connection, task, payment)
            return None

        known = await self._database.write(work)
        return (known and await self.get(known)) or task

    async def get(self, task_id: str) -> Task | None:
        return task_of(await self._database.read(_GET, [task_id]))

    async def find(self, picture_id: str) -> Task | None:
        return task_of(await self._database.read(_FIND, [picture_id]))

    async def save(self, task: Task, before: Task | None = None) -> Task | None:
        saved = replace(task, version=task.version + 1)
        changed = _with_other_rows(task, before)

        def work(connection: Connection) -> bool:
            ends = saved.ended and saved.origin.callback is not None
            ends = ends and connection.execute(_UNDER_WAY, [saved.id]).fetchone() is not None
            row = {**task_row(saved), "now": self._clock().timestamp()}
            if connection.execute(_TASK_CHANGE, row).rowcount == 0:
                return False
            if ends:
                notices.add(connection, saved, self._clock())
            if changed:
                connection.executemany(_PICTURE, [picture_row(saved, one) for one in changed])
            if saved.price and changed:
                books.settle(connection, saved, self._clock())
            return True

        if not await self._database.write(work):
            return None
        self._changed(saved)
        return saved

    async def due(self, now: datetime, limit: int) -> tuple[list[str], datetime | None]:
        rows = await self._database.read(
            "SELECT id, due_at FROM tasks WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ?",
            [limit + 1],
        )
        moment = now.timestamp()
        due = [row["id"] for row in rows[:limit] if row["due_at"] <= moment]
        if len(due) == len(rows):
            return due, None
        return due, datetime.fromtimestamp(rows[len(due)]["due_at"], UTC)

    async def unheard(self, chat: int, person: int | None) -> list[Unheard]:
        rows = await self._database.read(_UNHEARD, {"chat": chat, "person": person})
        return [Unheard(task=row["id"], pictures=row["pictures"]) for row in rows]

    async def unfinished(self, person: int, chat: int | None) -> list[str]:
        rows = await self._database.read(_UNFINISHED, {"person": person, "chat": chat})
        return [row["id"] for row in rows]

    async def cancelled(self, person: int, by: str) -> int:
        rows = await self._database.read(_CANCELLED, [person, by])
        return int(rows[0]["count"])

    async def last_asked(self, chat: int, person: int, since: datetime) -> datetime | None:
        values = {"chat": chat, "person": person, "since": since.timestamp()}
        ((last,),) = await self._database.read(_LAST_ASKED, values)
        return None if last is None else datetime.fromtimestamp(last, UTC)

    async def sent_as(self, chat: int, message: int) -> tuple[Task, Picture] | None:
        rows = await self._database.read(_SENT_AS, [chat, message])
        task = await self.get(rows[0]["task"]) if rows else None
        return (task, task.picture(rows[0]["id"])) if task else None

    async def asked_as(self, key: str) -> Task | None:
        return task_of(await self._database.read(_BY_KEY, [key]))


def _with_other_rows(task: Task, before: Task | None) -> tuple[Picture, ...]:
    """The pictures whose rows have to be written: some of it stands in them, too."""
    if (
        before is None
        or before.version != task.version
        or before.origin != task.origin
        or before.ended != task.ended
    ):
        return task.pictures
    known = {one.id: one for one in before.pictures}
    return tuple(one for one in task.pictures if known.get(one.id) != one)
