"""Turns that all processes take together, kept in a PostgreSQL database, by the clock of its server.

pyrate-limiter has a bucket there, too. It turns away whoever comes at the same moment as somebody
else and lets them ask again and again, goes by the clock of its own machine while the server is
away, and wants a table for each chat. Here a turn is one message to the server and one answer,
which names the wait; meanwhile others wait for the lock only as long as the server needs.
"""

from collections.abc import Awaitable, Callable, Sequence

from bot.pace import Turn, Window
from bot.storage.database import Parameters, Row
from bot.storage.postgres_server import OURS, PACING

# Runs all of it in one transaction, sent as one message; returns the rows of its last statement.
AtOnce = Callable[[str, Parameters], Awaitable[list[Row]]]

# One after the other. As a statement by itself, so that the next one, which sees what is there when
# it begins, sees what those before have written.
# https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
_IN_TURN = f"SELECT pg_advisory_xact_lock({OURS}, {PACING}); "
# A server whose clock was set back finds rows it has not seen yet; what they hold is set back too.
_TAKE = """
WITH clock AS MATERIALIZED (
    SELECT extract(epoch FROM clock_timestamp())::float8 AS now
), asked AS (
    SELECT * FROM unnest(
        :names::text[], :counts::int[], :seconds::float8[], :rooms::int[], :takes::int[]
    ) AS asked (name, count, seconds, room, takes)
), known AS (
    SELECT asked.*, now, back, coalesce(paused_until - back, 0) AS paused_until, ARRAY(
        SELECT one - back FROM unnest(moments::float8[]) AS one ORDER BY one DESC
    ) AS moments
    FROM clock, asked LEFT JOIN pace ON key = name,
    LATERAL (SELECT greatest(seen_at - now, 0) AS back) AS set_back
), turn AS (
    -- Room is made by the moment that is the room-th from the end.
    SELECT now, greatest(now, max(paused_until), max(moments[room] + seconds)) AS at
    FROM known GROUP BY now
), answer AS (
    SELECT at, at - now AS wait, at - now <= :ahead AS taken FROM turn
), written AS (
    INSERT INTO pace (key, moments, paused_until, seen_at)
    SELECT name, ARRAY(
        SELECT one
        FROM unnest(CASE WHEN taken THEN array_fill(at, ARRAY[takes]) END || moments) AS one
        ORDER BY one DESC LIMIT count
    )::text, paused_until, now
    FROM known, answer
    WHERE taken OR back > 0
    ON CONFLICT (key) DO UPDATE SET moments = excluded.moments,
        paused_until = excluded.paused_until, seen_at = excluded.seen_at
)
SELECT at, wait, taken FROM answer
"""
_GIVE_BACK = """
UPDATE pace SET moments = ARRAY(
    SELECT one FROM (
        SELECT one, row_number() OVER (PARTITION BY one) AS place
        FROM unnest(moments::float8[]) AS one
    ) AS each_of_them
    WHERE one <> :at OR place > takes ORDER BY one DESC
)::text
FROM unnest(:names::text[], :takes::int[]) AS given (name, takes)
WHERE key = name
"""
_PAUSE = """
INSERT INTO pace (key, paused_until, seen_at)
SELECT :name, now + :seconds, now
FROM (SELECT extract(epoch FROM clock_timestamp())::float8 AS now) AS clock
ON CONFLICT (key) DO UPDATE SET paused_until = greatest(pace.paused_until, excluded.paused_until)
"""


class PostgresPace:
    """Fits `pace.SharedPace`."""

    def __init__(self, at_once: AtOnce) -> None:
        self._at_once = at_once

    async def take(self, windows: Sequence[Window], *, ahead: float = 0.0) -> Turn:
        values = {
            "names": [one.name for one in windows],
            "counts": [one.count for one in windows],
            "seconds": [float(one.seconds) for one in windows],
            "rooms": [one.room for one in windows],
            "takes": [one.takes for one in windows],
            "ahead": ahead,
        }
        (row,) = await self._at_once(_IN_TURN + _TAKE, values)
        return Turn(at=row["at"], wait=row["wait"], taken=row["taken"])

    async def give_back(self, windows: Sequence[Window], turn: Turn) -> None:
        values = {
            "names": [one.name for one in windows],
            "takes": [one.takes for one in windows],
            "at": turn.at,
        }
        await self._at_once(_IN_TURN + _GIVE_BACK, values)

    async def pause(self, window: Window, seconds: float) -> None:
        values = {"name": window.name, "seconds": seconds}
        await self._at_once(_IN_TURN + _PAUSE, values)
