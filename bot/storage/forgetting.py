"""Forgetting a person: files first, then rows, a bounded piece at a time.

Whatever cuts it off, the rows that are left lead to the files that are left.
"""

import json
from datetime import datetime
from typing import Any

from bot.forgetting import Card, Parcel
from bot.storage import books
from bot.storage.database import Connection, Database, Row
from bot.storage.packing import pack
from bot.storage.pictures import PictureStore

_TASKS_AT_ONCE = 50
_ROWS_AT_ONCE = 500

_TASKS = "SELECT id, chat, state, body FROM tasks WHERE person = ? LIMIT ?"
_TASK = "SELECT id, chat, state, body FROM tasks WHERE id = ?"
_FILES = "SELECT file FROM pictures WHERE file IS NOT NULL AND task IN ({})"
# The notices of a task go with it. What accounts and entries say of them, and holds: see
# `books.forget`. The switches, the alarms, the proofs and the group_rules name nobody. The pace
# names a chat for an hour after the last message there, which is the one that says it is forgotten.
_REST = (
    (
        "DELETE FROM favourites WHERE (person, picture) IN"
        " (SELECT person, picture FROM favourites WHERE person = :person LIMIT :most)"
    ),
    (
        "DELETE FROM favourite_presses WHERE (person, picture) IN"
        " (SELECT person, picture FROM favourite_presses WHERE person = :person LIMIT :most)"
    ),
    (
        "DELETE FROM searches WHERE (person, name) IN"
        " (SELECT person, name FROM searches WHERE person = :person LIMIT :most)"
    ),
    (
        "DELETE FROM questions WHERE id IN"
        " (SELECT id FROM questions WHERE person = :person OR chat = :person LIMIT :most)"
    ),
    "DELETE FROM preferences WHERE scope = 'person:' || :person",
    "DELETE FROM chats WHERE id = :person",
    (
        "DELETE FROM told WHERE (chat, person, barrier) IN"
        " (SELECT chat, person, barrier FROM told WHERE person = :person LIMIT :most)"
    ),
    (
        "DELETE FROM taps WHERE (person, button) IN"
        " (SELECT person, button FROM taps WHERE person = :person LIMIT :most)"
    ),
    # Whoever is banned stays so, but nobody need be remembered as welcome.
    "DELETE FROM standings WHERE id = :person AND standing <> 'banned'",
    # A payment stays, so that it is not credited again; whose it was does not.
    "UPDATE purchases SET person = 0 WHERE person = :person",
    "DELETE FROM broadcasts WHERE chat = :person AND state <> 'running'",
    "UPDATE standings SET reason = '' WHERE id = :person",
    (
        "DELETE FROM albums WHERE (chat, album) IN"
        " (SELECT chat, album FROM albums WHERE chat = :person LIMIT :most)"
    ),
    # The row stays, so that a repeated update is known; what it says does not.
    (
        "UPDATE updates SET queue = '', body = '', error = NULL WHERE seq IN"
        " (SELECT seq FROM updates WHERE state <> 'new' AND queue LIKE '%:' || :person LIMIT :most)"
    ),
)
# Here only what was written names them; it is read, because it may be no JSON at all. A private
# chat has the number of its person.
_WRITTEN = (
    (
        (
            "SELECT chat, album, message, body FROM album_parts"
            " WHERE (chat, album, message) > (?, ?, ?) ORDER BY chat, album, message LIMIT ?"
        ),
        (-(2**63), "", 0),
        "DELETE FROM album_parts WHERE chat = ? AND album = ? AND message = ?",
    ),
    (
        "SELECT seq, body FROM updates WHERE state = 'parked' AND seq > ? ORDER BY seq LIMIT ?",
        (0,),
        "UPDATE updates SET queue = '', body = '', error = NULL WHERE seq = ?",
    ),
)


class PersonalMemory:
    """Fits `forgetting.Memory`."""

    def __init__(self, database: Database, pictures: PictureStore) -> None:
        self._database = database
        self._pictures = pictures

    async def pack(self, person: int, now: datetime) -> Parcel:
        return await pack(self._database, self._pictures, person, now)

    async def forget(self, person: int, now: datetime) -> list[Card]:
        cards: list[Card] = []
        while rows := await self._database.read(_TASKS, [person, _TASKS_AT_ONCE]):
            cards += [card for row in rows if (card := _card(row))]
            await self._delete_tasks(rows, now)
        for sql in _REST:
            await self._repeat(sql, person)
        for page, begin, strike in _WRITTEN:
            await self._strike(page, begin, strike, person)
        await self._database.write(lambda connection: books.forget(connection, person, now))
        return cards

    async def forget_task(self, task_id: str, now: datetime) -> None:
        """Delete one task with its files. What it had reserved goes back, but for what was drawn
        and is not wanted any more.
        """
        if rows := await self._database.read(_TASK, [task_id]):
            await self._delete_tasks(rows, now)

    async def _delete_tasks(self, rows: list[Row], now: datetime) -> None:
        ids = [row["id"] for row in rows]
        marks = ", ".join("?" * len(ids))
        files = [row["file"] for row in await self._database.read(_FILES.format(marks), ids)]
        for row in rows:
            references = json.loads(row["body"])["references"]
            files += [one["name"] for one in references if one["name"]]
        await self._pictures.delete(files)

        def work(connection: Connection) -> None:
            outcomes = books.when_gone(connection, ids)
            connection.execute(f"DELETE FROM tasks WHERE id IN ({marks})", ids)  # noqa: S608 - marks
            books.end_orphans(connection, ids, outcomes, now)

        await self._database.write(work)

    async def _repeat(self, sql: str, person: int) -> None:
        values = {"person": person, "most": _ROWS_AT_ONCE}

        def work(connection: Connection) -> int:
            return connection.execute(sql, values).rowcount

        while await self._database.write(work) >= _ROWS_AT_ONCE:
            pass

    async def _strike(self, page: str, begin: tuple[Any, ...], strike: str, person: int) -> None:
        after = begin
        while rows := await self._database.read(page, [*after, _ROWS_AT_ONCE]):
            found = [tuple(row)[:-1] for row in rows if _names(row["body"], person)]

            def work(connection: Connection, found: list[Any] = found) -> None:
                connection.executemany(strike, found)

            if found:
                await self._database.write(work)
            after = tuple(rows[-1])[:-1]


def _names(body: str | bytes, person: int) -> bool:
    """Whether this number stands anywhere in a text that may be JSON."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif value == person and not isinstance(value, bool):
            return True
    return False


def _card(row: Row) -> Card | None:
    body = json.loads(row["body"])
    card, inline = body["card"], body["origin"].get("inline")
    if row["state"] not in ("created", "working"):
        inline = None
    if card is None and inline is None:
        return None
    return Card(chat=row["chat"], message=card, inline=inline)
