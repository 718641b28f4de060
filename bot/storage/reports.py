"""What the operator asks of the tables: which requests, which people."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot import preferences
from bot.credits import lasting
from bot.life import TaskState
from bot.storage.database import Database, Row

# Whoever cancels has what they want.
_PICTURE_FAILED = (
    "pictures.state = 'failed' AND json_extract(pictures.body, '$.reason') <> 'cancelled'"
)
_FAILED = f"""
((state = 'reported' AND reason IS NOT 'cancelled') OR EXISTS (
    SELECT 1 FROM pictures WHERE task = tasks.id AND {_PICTURE_FAILED}
))
"""  # noqa: S608 - our own words
_PEOPLE = f"""
WITH asked AS (
    SELECT person, count(*) AS tasks, min(created_at) AS first_at, max(created_at) AS last_at
    FROM tasks GROUP BY person
), drawn AS (
    SELECT person, count(*) FILTER (WHERE state = 'stored') AS pictures,
        count(*) FILTER (WHERE {_PICTURE_FAILED}) AS failed
    FROM pictures GROUP BY person
)
SELECT asked.person, tasks, coalesce(pictures, 0) AS pictures, coalesce(failed, 0) AS failed,
    first_at, last_at
FROM asked LEFT JOIN drawn USING (person)
"""  # noqa: S608 - our own words
_KNOWN = (
    "SELECT EXISTS (SELECT 1 FROM tasks WHERE person = :person)"
    " OR EXISTS (SELECT 1 FROM favourites WHERE person = :person)"
    " OR EXISTS (SELECT 1 FROM questions WHERE person = :person)"
    " OR EXISTS (SELECT 1 FROM searches WHERE person = :person)"
    " OR EXISTS (SELECT 1 FROM chats WHERE id = :person)"
    " OR EXISTS (SELECT 1 FROM preferences WHERE scope = :scope)"
    " OR EXISTS (SELECT 1 FROM accounts WHERE name = :account)"
    " OR EXISTS (SELECT 1 FROM purchases WHERE person = :person)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which tasks; None is any. `failed`: those of which something did not come."""

    state: TaskState | None = None
    person: int | None = None
    chat: int | None = None
    since: datetime | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A task and its place among the others."""

    at: float
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has asked for something. `pictures` were drawn, `failed` were not."""

    person: int
    tasks: int
    pictures: int
    failed: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What is known of a person. `credits`: what they have to keep. `closed`: why nothing may be
    sent to them.
    """

    asked: Person | None
    by_state: dict[str, int]
    by_reason: dict[str, int]
    chats: dict[int, int]
    favourites: int
    settings: dict[str, Any]
    credits: int
    payments: int
    closed: str | None


class Reports:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, selection: Selection) -> int:
        where, values = _where(selection)
        rows = await self._database.read(f"SELECT count(*) FROM tasks WHERE {where}", values)  # noqa: S608
        return int(rows[0][0])

    async def tasks(
        self, selection: Selection, *, limit: int, after: Mark | None = None
    ) -> list[Mark]:
        """The newest first; those that come `after` one of them."""
        where, values = _where(selection)
        if after is not None:
            where += " AND (created_at, id) < (:at, :id)"
            values |= {"at": after.at, "id": after.id}
        rows = await self._database.read(
            "SELECT created_at, id FROM tasks"  # noqa: S608 - our own words
            f" WHERE {where} ORDER BY created_at DESC, id DESC LIMIT :limit",
            {**values, "limit": limit},
        )
        return [Mark(at=row["created_at"], id=row["id"]) for row in rows]

    async def people(self) -> list[Person]:
        """Everybody who has asked, whoever was here last first."""
        rows = await self._database.read(f"{_PEOPLE} ORDER BY last_at DESC, asked.person")
        return [_person(row) for row in rows]

    async def portrait(self, person: int) -> Portrait | None:
        """None when nothing is known."""
        account = lasting(person)
        known = {"person": person, "scope": preferences.person(person), "account": account}
        if not (await self._database.read(_KNOWN, known))[0][0]:
            return None
        asked = await self._database.read(f"{_PEOPLE} WHERE asked.person = ?", [person])
        settings = await self._pairs(
            "SELECT scope, body FROM preferences WHERE scope = ?", preferences.person(person)
        )
        closed = await self._pairs("SELECT id, closed FROM chats WHERE id = ?", person)
        kept = "SELECT person, count(*) FROM favourites WHERE person = ? GROUP BY person"
        paid = "SELECT person, count(*) FROM purchases WHERE person = ? GROUP BY person"
        has = await self._pairs("SELECT name, balance FROM accounts WHERE name = ?", account)
        return Portrait(
            asked=_person(asked[0]) if asked else None,
            by_state=await self._pairs(_counted("state", "tasks", "person = ?"), person),
            by_reason=await self._pairs(
                _counted(
                    "json_extract(body, '$.reason')",
                    "pictures",
                    "person = ? AND state = 'failed'",
                ),
                person,
            ),
            chats=await self._pairs(_counted("chat", "tasks", "person = ?"), person),
            favourites=(await self._pairs(kept, person)).get(person, 0),
            settings=json.loads(next(iter(settings.values()), "{}")),
            credits=has.get(account, 0),
            payments=(await self._pairs(paid, person)).get(person, 0),
            closed=closed.get(person),
        )

    async def _pairs(self, sql: str, value: object) -> dict[Any, Any]:
        return {row[0]: row[1] for row in await self._database.read(sql, [value])}


def _where(selection: Selection) -> tuple[str, dict[str, Any]]:
    values = asdict(selection)
    if selection.since is not None:
        values["since"] = selection.since.timestamp()
    conditions = {
        "state": "state = :state",
        "person": "person = :person",
        "chat": "chat = :chat",
        "since": "created_at >= :since",
        "failed": _FAILED,
    }
    chosen = [
        sql
        for name, sql in conditions.items()
        if values[name] is not None and values[name] is not False
    ]
    return " AND ".join(chosen) or "1 = 1", values


def _counted(what: str, table: str, where: str) -> str:
    return (
        f"SELECT {what}, count(*) FROM {table} WHERE {where}"  # noqa: S608 - our own words
        f" GROUP BY {what} ORDER BY count(*) DESC"
    )


def _person(row: Row) -> Person:
    return Person(
        person=row["person"],
        tasks=row["tasks"],
        pictures=row["pictures"],
        failed=row["failed"],
        first_at=datetime.fromtimestamp(row["first_at"], UTC),
        last_at=datetime.fromtimestamp(row["last_at"], UTC),
    )
