"""Galleries on disk: an index of each person's pictures, in order, with the words to search in."""

import hashlib
import json
from datetime import datetime
from typing import Any

from bot.gallery import Shot, Spot, View, folded
from bot.prompt import Order
from bot.storage.database import Connection, Database, Row
from bot.task import StoredFile

_WORDS_MAX = 10

# The index holds everything that decides; the rows themselves are read for what is shown.
_MINE = "pictures AS p WHERE p.person = :person AND p.shelf IS NOT NULL"
_STARRED = (
    "favourites AS f CROSS JOIN pictures AS p ON p.id = f.picture"
    " WHERE f.person = :person AND p.shelf IS NOT NULL AND (p.person = :person OR p.chat < 0)"
)
_STAR = "EXISTS (SELECT 1 FROM favourites WHERE person = :person AND picture = p.id)"
_SHOW = (
    "SELECT t.id AS task, t.person, p.chat, t.created_at, t.body, p.body AS picture,"
    " {star} AS starred FROM (SELECT p.id AS it, p.shelf AS place FROM {source}) AS chosen"
    " JOIN pictures AS p ON p.id = it JOIN tasks AS t ON t.id = p.task"
    " ORDER BY place {way}, it {way}"
)
_PAGE = " ORDER BY p.shelf DESC, p.id DESC LIMIT :limit OFFSET :offset"
# Of a picture that is in the gallery no more, too.
_ANCHOR = (
    "SELECT p.id, CAST(t.created_at * 1000000 AS INTEGER) - p.number AS shelf"
    " FROM pictures AS p JOIN tasks AS t ON t.id = p.task WHERE p.id = ?"
)
_REMEMBER = (
    "INSERT INTO searches (person, name, words, made_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (person, name) DO UPDATE SET made_at = excluded.made_at"
)


class GalleryStore:
    """Fits `gallery.GalleryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, picture_id: str) -> Shot | None:
        source = "pictures AS p WHERE p.id = :picture AND p.shelf IS NOT NULL"
        shots = await self._shots(source, {"picture": picture_id, "person": 0})
        return shots[0] if shots else None

    async def find(self, view: View, *, limit: int, offset: int = 0) -> list[Shot]:
        source, parameters = query(view)
        return await self._shots(source + _PAGE, {**parameters, "limit": limit, "offset": offset})

    async def after(self, view: View, picture_id: str, *, limit: int) -> list[Shot]:
        anchor = await self._database.read(_ANCHOR, [picture_id])
        if not anchor:
            return []
        source, parameters = query(view)
        parameters |= {"shelf": anchor[0]["shelf"], "id": anchor[0]["id"]}
        source += " AND (p.shelf, p.id) < (:shelf, :id)"
        return await self._shots(source + _PAGE, {**parameters, "limit": limit, "offset": 0})

    async def count(self, view: View) -> int:
        source, parameters = query(view)
        return await self._count(source, parameters)

    async def at(self, view: View, picture_id: str | None) -> Spot | None:
        source, parameters = query(view)
        below = above = ""
        anchor = await self._database.read(_ANCHOR, [picture_id]) if picture_id else []
        if anchor:
            parameters |= {"shelf": anchor[0]["shelf"], "id": anchor[0]["id"]}
            below = " AND (p.shelf, p.id) <= (:shelf, :id)"
            above = " AND (p.shelf, p.id) > (:shelf, :id)"
        two = {"limit": 2, "offset": 0}
        older = await self._shots(source + below + _PAGE, parameters | two)
        if not above:
            if not older:
                return None
            newer, position = [], 1
        else:
            up = " ORDER BY p.shelf, p.id LIMIT :limit OFFSET :offset"
            newer = await self._shots(source + above + up, parameters | two, up=True)
            position = await self._count(source + above, parameters) + 1
            if not older and newer:
                # The last of them went away: this is the last one now.
                older, newer, position = newer[:1], newer[1:], position - 1
        if not older:
            return None
        return Spot(
            shot=older[0],
            position=position,
            total=await self._count(source, parameters),
            newer=newer[0].id if newer else None,
            older=older[1].id if len(older) > 1 else None,
        )

    async def remember(self, person: int, words: str, now: datetime) -> str:
        name = hashlib.sha256(words.encode()).hexdigest()[:10]

        def work(connection: Connection) -> None:
            connection.execute(_REMEMBER, [person, name, words, now.timestamp()])

        await self._database.write(work)
        return name

    async def recall(self, person: int, name: str) -> str | None:
        rows = await self._database.read(
            "SELECT words FROM searches WHERE person = ? AND name = ?", [person, name]
        )
        return str(rows[0]["words"]) if rows else None

    async def _count(self, source: str, parameters: dict[str, Any]) -> int:
        rows = await self._database.read(f"SELECT count(*) AS n FROM {source}", parameters)  # noqa: S608 - our own words
        return int(rows[0]["n"])

    async def _shots(
        self, source: str, parameters: dict[str, Any], *, up: bool = False
    ) -> list[Shot]:
        sql = _SHOW.format(star=_STAR, source=source, way="ASC" if up else "DESC")
        rows = await self._database.read(sql, parameters)
        return [_shot(row) for row in rows]


def query(view: View) -> tuple[str, dict[str, Any]]:
    """From where the pictures of a view come, and which of them it wants."""
    source = _STARRED if view.starred else _MINE
    if view.starred is False:
        source += f" AND NOT {_STAR}"
    parameters: dict[str, Any] = {"person": view.person}
    for number, word in enumerate(folded(view.words).split()[:_WORDS_MAX]):
        source += f" AND instr(p.words, :word{number}) > 0"
        parameters[f"word{number}"] = word
    return source, parameters


def _shot(row: Row) -> Shot:
    task, picture = json.loads(row["body"]), json.loads(row["picture"])
    order = task["order"]
    return Shot(
        id=picture["id"],
        task=row["task"],
        person=row["person"],
        order=Order(**{**order, "prompt": picture.get("prompt") or order["prompt"]}),
        file_id=picture["file_id"],
        as_photo=picture.get("as_photo"),
        file=StoredFile(**picture["file"]) if picture["file"] else None,
        chat=row["chat"],
        message=picture["message"],
        created_at=datetime.fromisoformat(task["created_at"]),
        starred=bool(row["starred"]),
    )
