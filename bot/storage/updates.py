"""The inbox on disk: Telegram's updates, exactly as they came, until they are handled."""

from collections.abc import Sequence
from datetime import datetime

from bot.neighbours import StoredUpdate
from bot.storage.database import Connection, Database, Row

# How many of those that wait the longest are looked at first; how many queues are then gone through
# and, if neither tells, how many times as many are looked at before all are.
_LOOK, _LOOK_MORE = 512, 16

_AMONG_OLDEST = (
    "WITH oldest AS"
    " (SELECT seq, queue FROM updates WHERE state = 'new' ORDER BY seq LIMIT :look)"
    " SELECT update_id, queue, body, tries, (SELECT count(*) FROM oldest) < :look AS whole"
    " FROM updates WHERE seq IN (SELECT min(seq) FROM oldest GROUP BY queue)"
    " ORDER BY seq LIMIT :most"
)
# From one queue to the next, whatever waits in each. Behind the last one comes none.
_AMONG_QUEUES = (
    "WITH RECURSIVE queues (name, step) AS ("
    "SELECT min(queue), 1 FROM updates WHERE state = 'new' UNION ALL"
    " SELECT (SELECT min(queue) FROM updates WHERE state = 'new' AND queue > name), step + 1"
    " FROM queues WHERE name IS NOT NULL AND step < :look)"
    " SELECT update_id, queue, body, tries,"
    " EXISTS (SELECT 1 FROM queues WHERE name IS NULL) AS whole FROM updates WHERE seq IN"
    " (SELECT (SELECT min(seq) FROM updates WHERE state = 'new' AND queue = name) FROM queues)"
    " ORDER BY seq LIMIT :most"
)
_AMONG_ALL = (
    "SELECT update_id, queue, body, tries FROM updates WHERE seq IN"
    " (SELECT min(seq) FROM updates WHERE state = 'new' GROUP BY queue) ORDER BY seq LIMIT :most"
)


class UpdateStore:
    """A set of updates by `update_id`; each is handled once, in order within its queue.

    Whose turn it is takes a look at about `look` of them, however many wait: also when one chat
    has sent them all.
    """

    def __init__(self, database: Database, *, look: int = _LOOK) -> None:
        self._database = database
        self._look = look

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
        least = max(self._look, 2 * limit)
        values = {"look": least, "most": limit}
        rows = await self._database.read(_AMONG_OLDEST, values)
        if rows and not rows[0]["whole"] and len(rows) < limit:
            rows = await self._behind_many(values)
        return [_stored(row) for row in rows]

    async def _behind_many(self, values: dict[str, int]) -> list[Row]:
        """Those that wait the longest are of few queues, which have sent very much."""
        rows = await self._database.read(_AMONG_QUEUES, values)
        if rows and rows[0]["whole"]:
            return rows
        more = {**values, "look": values["look"] * _LOOK_MORE}
        rows = await self._database.read(_AMONG_OLDEST, more)
        if len(rows) == values["most"]:
            return rows
        return await self._database.read(_AMONG_ALL, {"most": values["most"]})

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
