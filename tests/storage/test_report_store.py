"""What the operator asks of the tables: pages that miss nobody, and databases of other versions."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import Reason
from bot.life import PictureEvent, TaskEvent
from bot.storage.database import Database
from bot.storage.engines import File
from bot.storage.reports import Mark, Reports, Selection
from bot.storage.sqlite import migrate
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task
from tests.stage import ORIGIN, START, an_order


def asked(number: int, *, minutes: int, person: int = 7) -> Task:
    return new_task(
        key=f"message:{number}",
        origin=replace(ORIGIN, person=person),
        order=an_order(),
        now=START + timedelta(minutes=minutes),
    )


async def ended(store: TaskStore, task: Task, reason: Reason) -> None:
    """Its picture fails for this reason, and the person hears so."""
    await store.add(task)
    picture = task.pictures[0].move(PictureEvent.FAIL, reason=reason)
    task = task.with_picture(picture).move(TaskEvent.REPORT, reason=reason)
    assert await store.save(task)


async def test_pages_miss_nobody_also_of_one_moment(database: Database) -> None:
    store, reports = TaskStore(database), Reports(database)
    added = [await store.add(asked(number, minutes=number // 4)) for number in range(10)]
    seen: list[Mark] = []
    while page := await reports.tasks(Selection(), limit=3, after=seen[-1] if seen else None):
        seen += page
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)
    assert {one.id for one in seen} == {one.id for one in added}
    assert len(seen) == await reports.count(Selection()) == 10


async def test_whoever_cancels_has_what_they_want(database: Database) -> None:
    store, reports = TaskStore(database), Reports(database)
    cancelled, failed = asked(1, minutes=1), asked(2, minutes=2)
    await ended(store, cancelled, Reason.CANCELLED)
    await ended(store, failed, Reason.FILTERED)
    found = await reports.tasks(Selection(failed=True), limit=9)
    assert [one.id for one in found] == [failed.id]
    (person,) = await reports.people()
    assert (person.tasks, person.pictures, person.failed) == (2, 0, 1)
    portrait = await reports.portrait(7)
    assert portrait is not None
    assert portrait.by_reason == {"cancelled": 1, "filtered": 1}


async def test_everything_that_is_kept_makes_somebody_known(database: Database) -> None:
    rows = (
        "INSERT INTO preferences (scope, body, changed_at) VALUES ('person:1', '{}', 0)",
        "INSERT INTO searches (person, name, words, made_at) VALUES (2, 'a', 'fox', 0)",
        "INSERT INTO chats (id, closed, changed_at) VALUES (3, 'blocked', 0)",
        "INSERT INTO questions (id, chat, person, asked_at, body) VALUES ('q', -1, 4, 0, '{}')",
    )
    reports = Reports(database)
    for sql in rows:
        await database.write(lambda connection, sql=sql: connection.execute(sql) and None)
    assert [bool(await reports.portrait(one)) for one in (1, 2, 3, 4, 5)] == [True] * 4 + [False]
    third = await reports.portrait(3)
    assert third is not None
    assert third.closed == "blocked"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            "DELETE FROM _sqlite_migrations WHERE name = 'm008_greetings'",
            "has the tables of an older version; `python -m bot migrate` first",
        ),
        (
            "UPDATE _sqlite_migrations SET name = 'm999_x' WHERE name = 'm001_tasks_and_pictures'",
            "was written by a newer version of the bot (m999_x)",
        ),
    ],
)
async def test_a_database_of_another_version_is_left_as_it_is(
    tmp_path: Path, change: str, why: str
) -> None:
    path = tmp_path / "bot.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change)
    before = path.read_bytes()
    with pytest.raises(OSError, match=r"bot\.db: ") as refused:
        await File(path).beside()
    assert str(refused.value).startswith(f"{path}: {why}")
    assert path.read_bytes() == before
