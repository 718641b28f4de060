"""Databases in which much has happened, made quickly: rows of one task, written again and again."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import psycopg

from bot.credits import FREE, HELD, SPENT, lasting
from bot.life import PictureState, TaskState
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.sqlite import migrate
from bot.storage.task_rows import picture_row, task_row
from bot.task import StoredFile, Task, new_task

ORDER = Order(prompt="a red fox in the snow", model="banana", ratio="1:1", size="1k", format="png")
# Each has asked so often.
EACH = 100
FIRST_PERSON = 5_000_000
_FILE = StoredFile(
    name=f"images/{'f' * 32}.png", media_type="image/png", size=1_400_000, width=1024, height=1024
)
# What stands for each task's own values in the sample.
_TASK, _PICTURE, _PERSON, _MESSAGE = "a" * 12, "b" * 16, 4_999_999_999, 3_999_999_999
_ACCOUNTS = 4
_TABLES = ("tasks", "pictures", "entries", "updates")
# Ids are random; multiples of an odd number lie as far apart, and none is met twice.
_SPREAD, _ROOM = 987_654_321_987, 1 << 48


def task_id(number: int) -> str:
    return f"{number * _SPREAD % _ROOM:012x}"


def picture_id(number: int) -> str:
    return f"{number * _SPREAD % _ROOM:016x}"


def person(number: int, count: int) -> int:
    return FIRST_PERSON + number % max(1, count // EACH)


def _sample(now: datetime) -> Task:
    origin = Origin(chat=_PERSON, message=_MESSAGE, person=_PERSON, language="en")
    fresh = new_task(key="key", origin=origin, order=ORDER, now=now)
    picture = replace(
        fresh.pictures[0],
        id=_PICTURE,
        state=PictureState.STORED,
        job="c" * 32,
        heard=True,
        submissions=1,
        submitted_at=now,
        result="https://tempfile.example/p/result.png",
        file=_FILE,
        message=_MESSAGE,
        file_id="AgACAgIAAxkDAAIB" * 4,
        as_photo=True,
        seconds=12.5,
    )
    return replace(
        fresh,
        id=_TASK,
        pictures=(picture,),
        state=TaskState.DELIVERED,
        card_at=None,
        price=4,
        version=8,
    )


class Bulk(Protocol):
    """Takes rows by the ten thousand."""

    def execute(self, sql: str) -> None: ...
    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None: ...
    def indexes(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """So many tasks between two moments, brought long ago, with their books and updates."""

    count: int
    first: datetime
    last: datetime

    def write(self, bulk: Bulk) -> None:
        task = _sample(self.first)
        # PostgreSQL's COPY takes no truth for a number.
        shown = {**picture_row(task, task.pictures[0]), "queued": 0, "deleted": 0}
        row = {**task_row(task), "due_at": None}
        # They are made sooner when all rows are there.
        indexes = bulk.indexes()
        for name in indexes:
            bulk.execute(f"DROP INDEX {name}")
        bulk.insert("accounts", ("id", "name", "may_owe"), self._accounts())
        bulk.insert("tasks", list(row), self._tasks(row))
        bulk.insert("pictures", list(shown), self._pictures(shown))
        columns = ("at", "kind", "taken_from", "given_to", "amount", "task", "picture")
        bulk.insert("entries", columns, self._entries())
        columns = ("update_id", "queue", "state", "received_at", "body")
        bulk.insert("updates", columns, self._updates())
        for sql in indexes.values():
            bulk.execute(sql)

    def _moments(self) -> Iterator[tuple[int, float]]:
        began = self.first.timestamp()
        step = (self.last.timestamp() - began) / self.count
        return ((number, began + number * step) for number in range(self.count))

    def _own(self, sample: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The columns both tables have, for this task."""
        who = person(number, self.count)
        body = (
            sample["body"]
            .replace(_TASK, task_id(number))
            .replace(_PICTURE, picture_id(number))
            .replace(str(_PERSON), str(who))
            .replace(str(_MESSAGE), str(number))
        )
        return {**sample, "person": who, "chat": who, "body": body}

    def _accounts(self) -> Iterator[Sequence[Any]]:
        yield from ((1, FREE, 1), (2, HELD, 0), (3, SPENT, 0))
        for one in range(max(1, self.count // EACH)):
            yield (_ACCOUNTS + one, lasting(FIRST_PERSON + one), 0)

    def _tasks(self, sample: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        for number, at in self._moments():
            own = {"id": task_id(number), "key": f"key {number}", "created_at": at}
            yield list({**self._own(sample, number), **own}.values())

    def _pictures(self, sample: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        for number, at in self._moments():
            ids = {"id": picture_id(number), "task": task_id(number), "message": number}
            own = {**ids, "shelf": int(at * 1_000_000) - 1}
            yield list({**self._own(sample, number), **own}.values())

    def _entries(self) -> Iterator[Sequence[Any]]:
        for number, at in self._moments():
            account = _ACCOUNTS + person(number, self.count) - FIRST_PERSON
            about = (task_id(number), picture_id(number))
            yield (at, "daily", 1, account, 4, None, None)
            yield (at, "reserve", account, 2, 4, *about)
            yield (at, "commit", 2, 3, 4, *about)

    def _updates(self) -> Iterator[Sequence[Any]]:
        return ((10_000_000 + number, "", "done", at, b"") for number, at in self._moments())


class _File:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        self._connection.executemany(sql, rows)

    def indexes(self) -> Mapping[str, str]:
        sql = "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
        return {name: made for name, made, of in self._connection.execute(sql) if of in _TABLES}


def fill_file(path: Path, past: Past) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        # Nobody needs what is half made.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        past.write(_File(connection))


class _Server:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, sql: str) -> None:
        self._connection.execute(sql.encode())

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()
        with self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
        if table == "accounts":
            serial = f"pg_get_serial_sequence('{table}', 'id')"
            self.execute(f"SELECT setval({serial}, (SELECT max(id) FROM {table}))")

    def indexes(self) -> Mapping[str, str]:
        sql = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename = ANY(%s)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        return dict(self._connection.execute(sql, [list(_TABLES)]).fetchall())


def fill_server(url: str, past: Past) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET maintenance_work_mem = '256MB'")
        past.write(_Server(connection))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
