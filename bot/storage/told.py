"""Who was told about which limit in a group, so that nobody hears it over and over."""

from datetime import datetime, timedelta

from bot.storage.database import Connection, Database

_TOLD = "SELECT message, told_at FROM told WHERE chat = ? AND person = ? AND barrier = ?"
_TELL = (
    "INSERT INTO told (chat, person, barrier, message, told_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (chat, person, barrier)"
    " DO UPDATE SET message = excluded.message, told_at = excluded.told_at"
)
_AGAIN_AFTER = timedelta(hours=12)


class ToldStore:
    """Fits `telegram.objections.Told`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(
        self, chat: int, person: int, barrier: str, message: int, now: datetime
    ) -> bool:
        def work(connection: Connection) -> bool:
            known = connection.execute(_TOLD, [chat, person, barrier]).fetchone()
            again = now.timestamp() - _AGAIN_AFTER.total_seconds()
            if known and known["told_at"] > again:
                # The same message handled once more may not have been answered yet.
                return bool(known["message"] == message)
            connection.execute(_TELL, [chat, person, barrier, message, now.timestamp()])
            return True

        return await self._database.write(work)
