"""What one person asked for, newest first and a page at a time."""

from dataclasses import dataclass

from bot.storage.database import Database, Row

# A page begins behind the last task of the one before, wherever that is by now.
_PAGE = (
    "SELECT id FROM tasks WHERE person = :person AND (:after IS NULL OR (created_at, id) <"
    " (SELECT created_at, id FROM tasks WHERE id = :after AND person = :person))"
    " ORDER BY created_at DESC, id DESC LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Ids of tasks; `next` is the cursor of the page that follows, if any does."""

    tasks: tuple[str, ...]
    next: str | None = None


class AskedStore:
    """Fits `webhooks.tasks.Asked`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, person: int, *, limit: int, after: str | None = None) -> Page:
        values = {"person": person, "after": after, "limit": limit + 1}
        rows: list[Row] = await self._database.read(_PAGE, values)
        found = tuple(str(row["id"]) for row in rows[:limit])
        return Page(found, found[-1] if len(rows) > limit else None)
