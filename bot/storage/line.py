"""The line in front of the generator, as a question to the tables."""

from statistics import median

from bot.line import InLine, Room
from bot.storage.database import Database

# Each picture that waits or is under way, with its turn: the how-manieth of its person it is,
# and of its chat when its people take turns. What is under way comes first in both.
_TURNS = """
WITH under_way AS (
    SELECT pictures.id, pictures.task, pictures.number, pictures.queued, pictures.state,
           tasks.chat, tasks.person, tasks.rowid AS came
    FROM pictures INDEXED BY pictures_under_way
    JOIN tasks ON tasks.id = pictures.task
    WHERE pictures.state IN ('created', 'submitting', 'submitted')
), by_person AS (
    SELECT *, row_number() OVER (PARTITION BY person ORDER BY queued, came, number) AS of_person
    FROM under_way
), by_chat AS (
    SELECT *, row_number() OVER (
        PARTITION BY chat ORDER BY queued, of_person, came, number
    ) AS of_chat
    FROM by_person
), turns AS (
    SELECT *, CASE WHEN of_person > of_chat THEN of_person ELSE of_chat END AS turn FROM by_chat
)
"""
_NEXT = (
    _TURNS  # noqa: S608 - our own words
    + """
SELECT id, task, (SELECT count(*) FROM under_way WHERE queued = 1) AS waiting
FROM (
    SELECT id, task, row_number() OVER (ORDER BY turn, came, number) AS place
    FROM turns WHERE queued = 1 AND of_person <= :person AND of_chat <= :chat
) AS first
WHERE place <= :overall - (SELECT count(*) FROM under_way WHERE queued = 0)
AND place <= :ahead - (SELECT count(*) FROM under_way WHERE queued = 0 AND state <> 'submitted')
ORDER BY place
"""
)
_ALL = (
    _TURNS  # noqa: S608 - our own words
    + "SELECT id, task FROM turns WHERE queued = 1 ORDER BY turn, came, number"
)
_COUNT = (
    "SELECT count(*) FROM pictures INDEXED BY pictures_under_way"
    " WHERE state IN ('created', 'submitting', 'submitted') AND queued = 1"
)
_RECENT = (
    "SELECT seconds FROM pictures WHERE model = ? AND seconds IS NOT NULL"
    " ORDER BY rowid DESC LIMIT 50"
)


class LineStore:
    """Fits `line.Queue` and `outlook.Experience`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next(self, room: Room) -> tuple[list[InLine], int]:
        limits = {
            "person": room.person,
            "chat": room.chat,
            "overall": room.overall,
            "ahead": room.ahead,
        }
        rows = await self._database.read(_NEXT, limits)
        chosen = [InLine(picture=row["id"], task=row["task"]) for row in rows]
        if rows:
            return chosen, int(rows[0]["waiting"])
        return chosen, await self.length()

    async def length(self) -> int:
        ((waiting,),) = await self._database.read(_COUNT)
        return int(waiting)

    async def order(self) -> list[InLine]:
        rows = await self._database.read(_ALL)
        return [InLine(picture=row["id"], task=row["task"]) for row in rows]

    async def typical(self, model: str) -> float | None:
        rows = await self._database.read(_RECENT, [model])
        return median(row["seconds"] for row in rows) if rows else None
