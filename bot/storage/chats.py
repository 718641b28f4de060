"""Which chats are closed to us or have moved; a chat without a row is open."""

from datetime import datetime

from bot import preferences
from bot.neighbours import ChatState
from bot.storage import books
from bot.storage.database import Connection, Database

_CLOSE = (
    "INSERT INTO chats (id, closed, closed_at, to_offer, changed_at)"
    " VALUES (:chat, :why, :now, 1, :now)"
    " ON CONFLICT (id) DO UPDATE SET closed = :why, closed_at = coalesce(chats.closed_at, :now),"
    " to_offer = 1, changed_at = :now"
)
_OPEN = "UPDATE chats SET closed = NULL, closed_at = NULL, changed_at = :now WHERE id = :chat"
_MOVE = (
    "INSERT INTO chats (id, moved_to, changed_at) VALUES (:chat, :to, :now)"
    " ON CONFLICT (id) DO UPDATE SET moved_to = :to, changed_at = :now"
)
_RENAME = (
    "UPDATE {0} SET {1} = :new WHERE {1} = :old AND NOT EXISTS (SELECT 1 FROM {0} WHERE {1} = :new)"
)
_RENAME_PREFERENCES = _RENAME.format("preferences", "scope")
_RENAME_RULES = _RENAME.format("group_rules", "chat")
_RENAME_STANDING = _RENAME.format("standings", "id")
# A group that has moved has an older row that says where to.
_KNOWS_US = (
    "SELECT 1 FROM chats WHERE id = :chat AND greeted_at IS NOT NULL"
    " UNION ALL SELECT 1 FROM chats WHERE moved_to = :chat"
)
_GREETED = (
    "INSERT INTO chats (id, greeted_at, changed_at) VALUES (:chat, :now, :now)"
    " ON CONFLICT (id) DO UPDATE SET greeted_at = :now, changed_at = :now"
)
_OFFERED = "UPDATE chats SET to_offer = 0 WHERE id = :chat"


class ChatStore:
    """Fits `neighbours.Chats`, and what the greeting asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, chat: int) -> ChatState:
        rows = await self._database.read(
            "SELECT closed, moved_to, to_offer FROM chats WHERE id = ?", [chat]
        )
        if not rows:
            return ChatState()
        row = rows[0]
        return ChatState(
            closed=row["closed"], moved_to=row["moved_to"], to_offer=bool(row["to_offer"])
        )

    async def close(self, chat: int, why: str, now: datetime) -> None:
        await self._write(_CLOSE, chat=chat, why=why, now=now.timestamp())

    async def open(self, chat: int, now: datetime) -> None:
        await self._write(_OPEN, chat=chat, now=now.timestamp())

    async def move(self, chat: int, to: int, now: datetime) -> None:
        def work(connection: Connection) -> None:
            connection.execute(_MOVE, {"chat": chat, "to": to, "now": now.timestamp()})
            # What the group has chosen goes along, unless it has chosen anew already.
            scopes = {"new": preferences.chat(to), "old": preferences.chat(chat)}
            numbers = {"new": to, "old": chat}
            connection.execute(_RENAME_PREFERENCES, scopes)
            connection.execute(_RENAME_RULES, numbers)
            connection.execute(_RENAME_STANDING, numbers)
            books.rename(connection, chat, to)

        await self._database.write(work)

    async def offered(self, chat: int) -> None:
        await self._write(_OFFERED, chat=chat)

    async def knows_us(self, chat: int) -> bool:
        return bool(await self._database.read(_KNOWS_US, {"chat": chat}))

    async def greeted(self, chat: int, now: datetime) -> None:
        await self._write(_GREETED, chat=chat, now=now.timestamp())

    async def _write(self, sql: str, **parameters: object) -> None:
        def work(connection: Connection) -> None:
            connection.execute(sql, parameters)

        await self._database.write(work)
