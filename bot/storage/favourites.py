"""Favourites on disk: a row for each, and beside it the press that was last heard of."""

from datetime import datetime

from bot.storage.database import Connection, Database

_PRESSED = "SELECT kept FROM favourite_presses WHERE person = ? AND picture = ? AND press = ?"
_PRESS = (
    "INSERT INTO favourite_presses (person, picture, press, kept) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (person, picture) DO UPDATE SET press = excluded.press, kept = excluded.kept"
)
_ADD = (
    "INSERT INTO favourites (person, picture, added_at) VALUES (?, ?, ?)"
    " ON CONFLICT (person, picture) DO NOTHING"
)
_TAKE_OUT = "DELETE FROM favourites WHERE person = ? AND picture = ?"


class FavouriteStore:
    """Fits `favourites.Favourites`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def toggle(self, person: int, picture: str, now: datetime, *, press: str = "") -> bool:
        def work(connection: Connection) -> bool:
            if press:
                known = connection.execute(_PRESSED, [person, picture, press]).fetchone()
                if known:
                    return bool(known["kept"])
            kept = connection.execute(_TAKE_OUT, [person, picture]).rowcount == 0
            if kept:
                connection.execute(_ADD, [person, picture, now.timestamp()])
            connection.execute(_PRESS, [person, picture, press, kept])
            return kept

        return await self._database.write(work)

    async def mark(self, person: int, picture: str, now: datetime, *, kept: bool) -> None:
        def work(connection: Connection) -> None:
            if kept:
                connection.execute(_ADD, [person, picture, now.timestamp()])
            else:
                connection.execute(_TAKE_OUT, [person, picture])

        await self._database.write(work)

    async def of(self, person: int) -> list[str]:
        rows = await self._database.read(
            "SELECT picture FROM favourites WHERE person = ? ORDER BY added_at DESC, picture",
            [person],
        )
        return [row["picture"] for row in rows]

    async def forget(self, picture: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM favourites WHERE picture = ?", [picture])

        await self._database.write(work)
