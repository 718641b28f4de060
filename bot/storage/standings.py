"""What operators have decided: about people and chats, and for everybody."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.access import Standing, Switches
from bot.storage.database import Connection, Database

_SET = (
    "INSERT INTO standings (id, standing, changed_at, reason) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET standing = excluded.standing,"
    " changed_at = excluded.changed_at, reason = excluded.reason"
)
_SWITCH = (
    "INSERT INTO switches (id, body, changed_at) VALUES (1, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at"
)
_SWITCHES = "SELECT body FROM switches"


class StandingStore:
    """Fits `access.Standings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, *numbers: int) -> Mapping[int, Standing]:
        marks = ", ".join("?" * len(numbers))
        return await self._read(f"WHERE id IN ({marks})", numbers)

    async def all(self) -> Mapping[int, Standing]:
        return await self._read("ORDER BY changed_at DESC", ())

    async def reason(self, number: int) -> str:
        rows = await self._database.read("SELECT reason FROM standings WHERE id = ?", [number])
        return str(rows[0]["reason"]) if rows else ""

    async def set(
        self, number: int, standing: Standing | None, now: datetime, reason: str = ""
    ) -> None:
        def work(connection: Connection) -> None:
            if standing is None:
                connection.execute("DELETE FROM standings WHERE id = ?", [number])
            else:
                connection.execute(_SET, [number, standing, now.timestamp(), reason])

        await self._database.write(work)

    async def _read(self, which: str, numbers: tuple[int, ...]) -> Mapping[int, Standing]:
        sql = f"SELECT id, standing FROM standings {which}"  # noqa: S608 - our own words
        rows = await self._database.read(sql, numbers)
        return {row["id"]: Standing(row["standing"]) for row in rows}


class SwitchStore:
    """Fits `access.SwitchStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self) -> Switches:
        rows = await self._database.read(_SWITCHES)
        return _switches(json.loads(rows[0]["body"])) if rows else Switches()

    async def change(self, fields: Mapping[str, Any], now: datetime) -> Switches:
        def work(connection: Connection) -> Switches:
            row = connection.execute(_SWITCHES).fetchone()
            # What nobody knows must not be written: it could not be read again.
            switches = _switches({**(json.loads(row["body"]) if row else {}), **fields})
            body = json.dumps(asdict(switches), ensure_ascii=False)
            connection.execute(_SWITCH, [body, now.timestamp()])
            return switches

        return await self._database.write(work)


def _switches(body: Mapping[str, Any]) -> Switches:
    return Switches(**{**body, "models_off": tuple(body.get("models_off", ()))})
