"""Which buttons were pressed just now: whoever taps twice means one, whichever process hears it."""

from datetime import datetime

from bot.storage.database import Connection, Database

_KNOWN = "SELECT press, at FROM taps WHERE person = ? AND button = ?"
_TAP = (
    "INSERT INTO taps (person, button, press, at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (person, button) DO UPDATE SET press = excluded.press, at = excluded.at"
)


class TapStore:
    """Fits `telegram.presses.TapStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(
        self, person: int, button: str, press: str, *, now: datetime, since: datetime
    ) -> bool:
        def work(connection: Connection) -> bool:
            known = connection.execute(_KNOWN, [person, button]).fetchone()
            if known and known["press"] != press and known["at"] > since.timestamp():
                return False
            connection.execute(_TAP, [person, button, press, now.timestamp()])
            return True

        return await self._database.write(work)
