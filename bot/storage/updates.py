"""The inbox on disk: Telegram's updates, exactly as they came, until they are handled."""

from collections.abc import Sequence
from datetime import datetime

from bot.neighbours import StoredUpdate
from bot.storage.database import Connection, Database, Row


class UpdateStore:
    """A set of updates by `update_id`; each is handled once, in order within its queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, updates: Sequence[StoredUpdate], now: datetime) -> int:
        """Write what is not known yet; returns how many were new."""
        rows = [(one.update_id, one.queue, now.timestamp(), one.body) for one in updates]

        def work(connection: Connection) -> int:
            return connection.executemany(
                "INSERT INTO updates (update_id, queue, received_at, body)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (update_id) DO NOTHING",
                rows,
            ).rowcount

        return await self._database.write(work)

    async def heads(self, limit: int) -> list[StoredUpdate]:
        """The first waiting update of each queue, longest waiting first."""
        rows = await self._database.read(
            "SELECT update_id, queue, body, tries FROM updates WHERE seq IN"
            " (SELECT min(seq) FROM updates WHERE state = 'new' GROUP BY queue)"
            " ORDER BY seq LIMIT ?",
            [limit],
        )
        return [_stored(row) for row in rows]

    async def head(self, queue: str) -> StoredUpdate | None:
        """The first waiting update of one queue."""
        rows = await self._database.read(
            "SELECT update_id, queue, body, tries FROM updates"
            " WHERE state = 'new' AND queue = ? ORDER BY seq LIMIT 1",
            [queue],
        )
        return _stored(rows[0]) if rows else None

    async def done(self, update_id: int) -> None:
        """Handled. The row stays for a while, so that a repeat is known; what it says, and whose
        it was, does not.
        """
        await self._set("state = 'done', body = '', queue = ''", update_id)

    async def failed(self, update_id: int, error: str, *, park: bool) -> None:
        """Count a failed attempt; `park` puts the update aside for good."""
        state = "parked" if park else "new"
        await self._set("state = ?, tries = tries + 1, error = ?", update_id, state, error)

    async def _set(self, change: str, update_id: int, *parameters: object) -> None:
        sql = f"UPDATE updates SET {change} WHERE update_id = ?"  # noqa: S608 - our own words

        def work(connection: Connection) -> None:
            connection.execute(sql, [*parameters, update_id])

        await self._database.write(work)


def _stored(row: Row) -> StoredUpdate:
    return StoredUpdate(
        update_id=row["update_id"], queue=row["queue"], body=row["body"], tries=row["tries"]
    )
