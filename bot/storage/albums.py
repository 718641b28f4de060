"""Albums on disk, part by part, until they are old."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.albums import Album, Part
from bot.errors import Reason
from bot.origin import Origin, Reference
from bot.prompt import Options
from bot.storage.database import Connection, Database, Row

_NEW = (
    "INSERT INTO albums (chat, album, due_at, changed_at) VALUES (:chat, :album, :due_at, :now)"
    " ON CONFLICT (chat, album) DO NOTHING"
)
_PART = (
    "INSERT INTO album_parts (chat, album, message, body) VALUES (:chat, :album, :message, :body)"
    " ON CONFLICT (chat, album, message) DO NOTHING"
)
# Whoever comes after the album was taken to be complete is looked at without delay.
_DUE_AGAIN = (
    "UPDATE albums SET due_at = CASE WHEN settled = 1 THEN :now ELSE :due_at END, changed_at = :now"
    " WHERE chat = :chat AND album = :album"
)
_SETTLED = (
    "UPDATE albums SET settled = 1, task = :task, told = :told, due_at = CASE WHEN :count ="
    " (SELECT count(*) FROM album_parts WHERE chat = :chat AND album = :album)"
    " THEN NULL ELSE :now END WHERE chat = :chat AND album = :album"
)


class AlbumStore:
    """Fits `albums.Albums`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, album: str, part: Part, *, pause: timedelta, now: datetime) -> None:
        body = asdict(part)
        row = {
            "chat": part.origin.chat,
            "album": album,
            "message": part.origin.message,
            "body": json.dumps(body, ensure_ascii=False, default=datetime.isoformat),
            "due_at": (now + pause).timestamp(),
            "now": now.timestamp(),
        }

        def work(connection: Connection) -> None:
            connection.execute(_NEW, row)
            if connection.execute(_PART, row).rowcount:
                connection.execute(_DUE_AGAIN, row)

        await self._database.write(work)

    async def due(self, now: datetime, limit: int) -> tuple[list[Album], datetime | None]:
        rows = await self._database.read(
            "SELECT chat, album, due_at, task, told FROM albums WHERE due_at IS NOT NULL"
            " ORDER BY due_at LIMIT ?",
            [limit + 1],
        )
        moment = now.timestamp()
        due = [row for row in rows[:limit] if row["due_at"] <= moment]
        later = rows[len(due)]["due_at"] if len(due) < len(rows) else None
        next_at = None if later is None else datetime.fromtimestamp(later, UTC)
        return [await self._album(row) for row in due], next_at

    async def waiting(self, chat: int, album: str) -> tuple[Album, datetime] | None:
        rows = await self._database.read(
            "SELECT chat, album, due_at, task, told FROM albums"
            " WHERE chat = ? AND album = ? AND due_at IS NOT NULL",
            [chat, album],
        )
        if not rows:
            return None
        return await self._album(rows[0]), datetime.fromtimestamp(rows[0]["due_at"], UTC)

    async def settled(self, album: Album, now: datetime) -> None:
        row = {
            "chat": album.chat,
            "album": album.id,
            "task": album.task,
            "told": album.told,
            "count": len(album.parts),
            "now": now.timestamp(),
        }

        def work(connection: Connection) -> None:
            connection.execute(_SETTLED, row)

        await self._database.write(work)

    async def put_off(self, album: Album, until: datetime) -> None:
        row = [until.timestamp(), album.chat, album.id]

        def work(connection: Connection) -> None:
            connection.execute("UPDATE albums SET due_at = ? WHERE chat = ? AND album = ?", row)

        await self._database.write(work)

    async def _album(self, row: Row) -> Album:
        parts = await self._database.read(
            "SELECT body FROM album_parts WHERE chat = ? AND album = ? ORDER BY message",
            [row["chat"], row["album"]],
        )
        return Album(
            chat=row["chat"],
            id=row["album"],
            parts=tuple(_part(json.loads(part["body"])) for part in parts),
            task=row["task"],
            told=bool(row["told"]),
        )


def _part(body: dict[str, Any]) -> Part:
    return Part(
        **{
            **body,
            "origin": Origin(**body["origin"]),
            "options": Options(**body["options"]),
            "references": tuple(Reference(**one) for one in body["references"]),
            "quoted": tuple(Reference(**one) for one in body["quoted"]),
            "trouble": Reason(body["trouble"]) if body["trouble"] else None,
        }
    )
