"""Everything about a person as one file: a .zip with a JSON and the pictures that are still kept."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from bot import preferences
from bot.credits import lasting
from bot.errors import Gone
from bot.forgetting import Parcel
from bot.storage.database import Database, Row
from bot.storage.pictures import PictureStore

# Telegram takes 50 MB; the rest is for the JSON and the file's own table.
# https://core.telegram.org/bots/api#senddocument
_PICTURES_BYTES_MAX = 40_000_000
_TASKS_AT_ONCE = 200

_TASKS = (
    "SELECT id, created_at, state, reason, body FROM tasks"
    " WHERE person = :person AND (created_at, id) < (:before, :id)"
    " ORDER BY created_at DESC, id DESC LIMIT :most"
)
_CREDITS = (
    "WITH theirs AS (SELECT id FROM accounts WHERE name = :own OR name LIKE :days)"
    " SELECT at, kind, amount, task, giver.name AS taken_from, taker.name AS given_to FROM entries"
    " JOIN accounts AS giver ON giver.id = taken_from JOIN accounts AS taker ON taker.id = given_to"
    " WHERE taken_from IN (SELECT id FROM theirs) OR given_to IN (SELECT id FROM theirs)"
    " ORDER BY entries.id"
)
_PAYMENTS = (
    "SELECT charge, stars, credits, at, refunded_at, taken FROM purchases WHERE person = ?"
    " ORDER BY at, charge"
)
_PICTURES = "SELECT task, state, file, body FROM pictures WHERE task IN ({}) ORDER BY task, number"
# What we note for ourselves on the way.
_INNER = ("due_at", "slow_at", "card", "card_at", "sends", "tries", "key", "slot", "created_at")


async def pack(
    database: Database,
    pictures: PictureStore,
    person: int,
    now: datetime,
    *,
    most: int = _PICTURES_BYTES_MAX,
) -> Parcel:
    """`most`: how many bytes of pictures it may hold, the newest first. Raises Transient."""
    body: dict[str, Any] = {"person": person, "exported_at": now.isoformat()}
    body["settings"] = await _settings(database, person)
    body["favourites"] = await _column(
        database, "SELECT picture FROM favourites WHERE person = ? ORDER BY added_at", person
    )
    body["questions"] = [
        _question(json.loads(one))
        for one in await _column(database, "SELECT body FROM questions WHERE person = ?", person)
    ]
    body["credits"] = await _credits(database, person)
    body["payments"] = await _payments(database, person)
    body["requests"] = []
    file, room, kept, left_out = BytesIO(), most, 0, 0
    with zipfile.ZipFile(file, "w") as archive:
        async for task, names in _tasks(database, person):
            body["requests"].append(task)
            for name in names:
                try:
                    content = await pictures.read(name)
                except Gone:
                    continue
                if len(content) > room:
                    left_out += 1
                    continue
                room -= len(content)
                kept += 1
                # Pictures are as small as they get already.
                await asyncio.to_thread(archive.writestr, _place(name), content)
        body["pictures_left_out"] = left_out
        text = json.dumps(body, ensure_ascii=False, indent=1)
        archive.writestr("data.json", text, compress_type=zipfile.ZIP_DEFLATED)
    name = f"nano-banana-{now:%Y-%m-%d}.zip"
    return Parcel(name=name, content=file.getvalue(), pictures=kept, left_out=left_out)


async def _tasks(
    database: Database, person: int
) -> AsyncIterator[tuple[dict[str, Any], list[str]]]:
    """Each request as it goes into the JSON, newest first, with the files it has."""
    before: dict[str, Any] = {"before": 1e12, "id": ""}
    while rows := await database.read(_TASKS, {"person": person, "most": _TASKS_AT_ONCE, **before}):
        marks = ", ".join("?" * len(rows))
        found = await database.read(_PICTURES.format(marks), [row["id"] for row in rows])
        for row in rows:
            mine = [one for one in found if one["task"] == row["id"]]
            yield _request(row, mine), _files(row, mine)
        before = {"before": rows[-1]["created_at"], "id": rows[-1]["id"]}


def _request(row: Row, pictures: list[Row]) -> dict[str, Any]:
    body: Mapping[str, Any] = json.loads(row["body"])
    told = {name: value for name, value in body.items() if name not in _INNER}
    return {
        **told,
        "id": row["id"],
        "asked_at": datetime.fromtimestamp(row["created_at"], UTC).isoformat(),
        "state": row["state"],
        "reason": row["reason"],
        "references": [one["name"] and _place(one["name"]) for one in body["references"]],
        "pictures": [_picture(one) for one in pictures],
    }


def _picture(row: Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    told = {name: body.get(name) for name in ("id", "number", "prompt", "seconds", "deleted")}
    return {**told, "state": row["state"], "file": row["file"] and _place(row["file"])}


def _files(row: Row, pictures: list[Row]) -> list[str]:
    references = json.loads(row["body"])["references"]
    names = [one["file"] for one in pictures] + [one["name"] for one in references]
    return [name for name in names if name]


def _place(name: str) -> str:
    """Where a stored file lies in the archive."""
    return f"pictures/{name.rpartition('/')[2]}"


def _question(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body.get(name) for name in ("topic", "text", "more")}


async def _credits(database: Database, person: int) -> list[dict[str, Any]]:
    names = {"own": lasting(person), "days": f"day:{person}:%"}
    rows = await database.read(_CREDITS, names)
    return [{**dict(row), "at": datetime.fromtimestamp(row["at"], UTC).isoformat()} for row in rows]


async def _payments(database: Database, person: int) -> list[dict[str, Any]]:
    rows = [dict(row) for row in await database.read(_PAYMENTS, [person])]
    for row in rows:
        for name in ("at", "refunded_at"):
            row[name] = row[name] and datetime.fromtimestamp(row[name], UTC).isoformat()
    return rows


async def _settings(database: Database, person: int) -> Any:
    rows = await database.read(
        "SELECT body FROM preferences WHERE scope = ?", [preferences.person(person)]
    )
    return json.loads(rows[0]["body"]) if rows else {}


async def _column(database: Database, sql: str, person: int) -> list[Any]:
    return [row[0] for row in await database.read(sql, [person])]
