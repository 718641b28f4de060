"""What one person, or the people of one group, asked for of late."""

from collections import Counter
from datetime import UTC, datetime

from bot.dossiers import Asked, Dossier
from bot.life import TaskState
from bot.storage.database import Database

_SHOWN = 5
_COUNTS = (
    "SELECT state, reason, count(*) AS count FROM tasks"
    " WHERE {} = ? AND created_at >= ? GROUP BY state, reason"
)
_NEWEST = (
    "SELECT id, created_at, state, reason FROM tasks"
    " WHERE {} = ? AND created_at >= ? ORDER BY created_at DESC, id LIMIT ?"
)


class DossierStore:
    """Fits `dossiers.Dossiers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, number: int, since: datetime) -> Dossier:
        column, moment = ("chat" if number < 0 else "person"), since.timestamp()
        counts = await self._database.read(_COUNTS.format(column), [number, moment])
        newest = await self._database.read(_NEWEST.format(column), [number, moment, _SHOWN])
        endings: Counter[str] = Counter()
        for row in counts:
            if ending := _ending(row["state"], row["reason"]):
                endings[ending] += row["count"]
        return Dossier(
            tasks=sum(row["count"] for row in counts),
            endings=dict(endings.most_common()),
            newest=tuple(
                Asked(
                    task=row["id"],
                    at=datetime.fromtimestamp(row["created_at"], UTC),
                    ending=_ending(row["state"], row["reason"]),
                )
                for row in newest
            ),
        )


def _ending(state: str, reason: str | None) -> str | None:
    ended = state in (TaskState.DELIVERED, TaskState.REPORTED)
    return (reason or state) if ended else None
