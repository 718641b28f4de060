"""What people and chats prefer: a few values per scope, which one row holds."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.preferences import Preferences, read
from bot.storage.database import Connection, Database

_SET = (
    "INSERT INTO preferences (scope, body, changed_at) VALUES (?, ?, ?)"
    " ON CONFLICT (scope) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at"
)


class PreferenceStore:
    """Fits `preferences.PreferenceStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, scopes: tuple[str, ...]) -> Preferences:
        marks = ", ".join("?" * len(scopes))
        rows = await self._database.read(
            f"SELECT scope, body FROM preferences WHERE scope IN ({marks})",  # noqa: S608 - marks
            scopes,
        )
        found = {row["scope"]: read(json.loads(row["body"])) for row in rows}
        merged = Preferences()
        for scope in scopes:
            merged = merged.over(found.get(scope, Preferences()))
        return merged

    async def set(self, scope: str, preferences: Preferences, now: datetime) -> None:
        body = json.dumps(preferences.body(), ensure_ascii=False)

        def work(connection: Connection) -> None:
            connection.execute(_SET, [scope, body, now.timestamp()])

        await self._database.write(work)

    async def change(self, scope: str, fields: Mapping[str, Any], now: datetime) -> None:
        def work(connection: Connection) -> None:
            row = connection.execute(
                "SELECT body FROM preferences WHERE scope = ?", [scope]
            ).fetchone()
            body: dict[str, Any] = json.loads(row["body"]) if row else {}
            body.update(fields)
            said = {name: value for name, value in body.items() if value is not None}
            if not said:
                connection.execute("DELETE FROM preferences WHERE scope = ?", [scope])
                return
            # What nobody knows must not be written: it could not be read again.
            text = json.dumps(read(said).body(), ensure_ascii=False)
            connection.execute(_SET, [scope, text, now.timestamp()])

        await self._database.write(work)
