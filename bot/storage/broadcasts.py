"""Broadcasts as rows, and the chats they go to."""

from datetime import datetime

from bot.broadcasts import Broadcast, Stage
from bot.storage.database import Connection, Database, Row

# Private chats have numbers above zero.
_OPEN = (
    " FROM tasks WHERE chat > {}"
    " AND NOT EXISTS (SELECT 1 FROM chats WHERE id = tasks.chat AND closed IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM standings WHERE id = tasks.chat AND standing = 'banned')"
)
_AUDIENCE = f"SELECT count(DISTINCT chat) AS count{_OPEN.format(0)}"
_NEXT = f"SELECT chat{_OPEN.format('?')} ORDER BY chat LIMIT 1"
_DRAFT = (
    "INSERT INTO broadcasts (key, chat, text, entities, state, made_at)"
    " VALUES (?, ?, ?, ?, 'draft', ?) ON CONFLICT (key) DO NOTHING"
)
_START = (
    f"UPDATE broadcasts SET state = 'running', card = ?, total = ({_AUDIENCE})"  # noqa: S608 - our own words
    " WHERE id = ? AND state = 'draft'"
)
_END = "UPDATE broadcasts SET state = ? WHERE id = ? AND state IN ('draft', 'running')"
_PASSED = (
    "UPDATE broadcasts SET position = ?, reached = reached + ?, closed = closed + ?"
    " WHERE id = ? AND position < ?"
)


class BroadcastStore:
    """Fits `broadcasts.Broadcasts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def audience(self) -> int:
        (row,) = await self._database.read(_AUDIENCE)
        return int(row["count"])

    async def draft(
        self, key: str, chat: int, text: str, entities: str, now: datetime
    ) -> Broadcast:
        def work(connection: Connection) -> Broadcast:
            connection.execute(_DRAFT, [key, chat, text, entities, now.timestamp()])
            sql = "SELECT * FROM broadcasts WHERE key = ?"
            return _broadcast(connection.execute(sql, [key]).fetchone())

        return await self._database.write(work)

    async def get(self, number: int) -> Broadcast | None:
        rows = await self._database.read("SELECT * FROM broadcasts WHERE id = ?", [number])
        return _broadcast(rows[0]) if rows else None

    async def start(self, number: int, card: int) -> bool:
        return await self._change(_START, card, number)

    async def end(self, number: int, stage: Stage) -> bool:
        return await self._change(_END, stage, number)

    async def running(self) -> Broadcast | None:
        rows = await self._database.read(
            "SELECT * FROM broadcasts WHERE state = 'running' ORDER BY id LIMIT 1"
        )
        return _broadcast(rows[0]) if rows else None

    async def next_chat(self, position: int) -> int | None:
        rows = await self._database.read(_NEXT, [position])
        return int(rows[0]["chat"]) if rows else None

    async def passed(self, number: int, chat: int, *, reached: bool) -> Broadcast | None:
        await self._change(_PASSED, chat, reached, not reached, number, chat)
        return await self.get(number)

    async def _change(self, sql: str, *values: object) -> bool:
        return await self._database.write(
            lambda connection: connection.execute(sql, values).rowcount > 0
        )


def _broadcast(row: Row) -> Broadcast:
    return Broadcast(
        id=row["id"],
        chat=row["chat"],
        card=row["card"],
        text=row["text"],
        entities=row["entities"],
        stage=Stage(row["state"]),
        position=row["position"],
        total=row["total"],
        reached=row["reached"],
        closed=row["closed"],
    )
