"""Of which troubles operators have been told."""

from datetime import datetime

from bot.storage.database import Connection, Database
from bot.watchman import Alarm


class AlarmStore:
    """Fits `watchman.Alarms`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self) -> frozenset[Alarm]:
        rows = await self._database.read("SELECT name FROM alarms")
        ours = set(Alarm)
        return frozenset(Alarm(row["name"]) for row in rows if row["name"] in ours)

    async def note(self, alarm: Alarm, *, over: bool, now: datetime) -> None:
        def work(connection: Connection) -> None:
            if over:
                connection.execute("DELETE FROM alarms WHERE name = ?", [alarm])
            else:
                connection.execute(
                    "INSERT INTO alarms (name, since) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                    [alarm, now.timestamp()],
                )

        await self._database.write(work)
