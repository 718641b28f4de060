"""Everything about a person as one file: a .zip with a JSON and the pictures that are still kept.

What is drawn and still to be paid for is left out: whoever looks at it has it and pays for it, and
that is done in the gallery, one by one.
"""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
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
_PICTURES = (
    "SELECT task, state, file, body, deleted,"
    " EXISTS (SELECT 1 FROM holds WHERE holds.picture = pictures.id) AS unpaid"
    " FROM pictures WHERE task IN ({}) ORDER BY task, number"
)
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
    file, room, kept, left_out, unseen = BytesIO(), most, 0, 0, 0
    with zipfile.ZipFile(file, "w") as archive:
        async for task in _tasks(database, person):
            body["requests"].append(task.told)
            unseen += task.unseen
            for name in task.files:
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
        body["pictures_unseen"] = unseen
        await asyncio.to_thread(_tell, archive, body)
    name = f"nano-banana-{now:%Y-%m-%d}.zip"
    return Parcel(
        name=name,
        content=file.getvalue(),
        pictures=kept,
        left_out=left_out,
        unseen=unseen,
    )


def _tell(archive: zipfile.ZipFile, body: Mapping[str, Any]) -> None:
    """Of thousands of requests this takes long: half a second and more."""
    text = json.dumps(body, ensure_ascii=False, indent=1)
    archive.writestr("data.json", text, compress_type=zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One request as it goes into the JSON, with the files to pack. `unseen`: how many pictures
    wait in the gallery to be looked at and paid for.
    """

    told: dict[str, Any]
    files: list[str]
    unseen: int


async def _tasks(database: Database, person: int) -> AsyncIterator[_Request]:
    """The newest first."""
    before: dict[str, Any] = {"before": 1e12, "id": ""}
    while rows := await database.read(_TASKS, {"person": person, "most": _TASKS_AT_ONCE, **before}):
        marks = ", ".join("?" * len(rows))
        found = await database.read(_PICTURES.format(marks), [row["id"] for row in rows])
        for row in rows:
            mine = [one for one in found if one["task"] == row["id"]]
            unseen = sum(_is_unseen(one) for one in mine)
            yield _Request(told=_told(row, mine), files=_files(row, mine), unseen=unseen)
        before = {"before": rows[-1]["created_at"], "id": rows[-1]["id"]}


def _told(row: Row, pictures: list[Row]) -> dict[str, Any]:
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
    packed = row["file"] and not _is_unseen(row)
    return {**told, "state": row["state"], "file": _place(row["file"]) if packed else None}


def _is_unseen(row: Row) -> bool:
    """Whether it is there and its person has neither looked at it nor paid for it."""
    return bool(row["file"] and row["unpaid"] and not row["deleted"])


def _files(row: Row, pictures: list[Row]) -> list[str]:
    references = json.loads(row["body"])["references"]
    # What is deleted may lie there for a moment longer.
    names = [one["file"] for one in pictures if not (one["unpaid"] or one["deleted"])]
    names += [one["name"] for one in references]
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
