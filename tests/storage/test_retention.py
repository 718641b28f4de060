"""What has had its time goes, a bounded piece at a time; what is still needed stays."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.albums import Part
from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.neighbours import ChatState, StoredUpdate
from bot.origin import Origin
from bot.prompt import Order
from bot.questions import Question, Topic
from bot.storage.albums import AlbumStore
from bot.storage.chats import ChatStore
from bot.storage.database import Connection, Database
from bot.storage.pictures import PictureStore, open_store
from bot.storage.questions import QuestionStore
from bot.storage.retention import Retention
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.task import Task, new_task
from tests.storage.samples import plain

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = Order(prompt="a red fox", model="banana", ratio="1:1", size="1k", format="png")


@pytest.fixture
def retention(database: Database, tmp_path: Path) -> Retention:
    return Retention(
        database=database,
        pictures=PictureStore(open_store((tmp_path / "pictures").as_uri())),
        files_kept=DAY,
        history_kept=30 * DAY,
    )


def task(key: str, age: timedelta, *, ended: bool) -> Task:
    origin = Origin(chat=1, message=2, person=3)
    fresh = new_task(key=key, origin=origin, order=ORDER, now=NOW - age)
    if not ended:
        return fresh
    pictures = tuple(replace(one, due_at=None) for one in fresh.pictures)
    return replace(fresh, state=TaskState.DELIVERED, pictures=pictures)


async def keys(retention: Retention) -> list[str]:
    return [row["key"] for row in await retention.database.read("SELECT key FROM tasks ORDER BY 1")]


async def test_an_ended_task_goes_with_its_pictures_when_its_time_is_over(
    retention: Retention,
) -> None:
    tasks = TaskStore(retention.database)
    await tasks.add(task("old and ended", 31 * DAY, ended=True))
    await tasks.add(task("old and not ended", 31 * DAY, ended=False))
    await tasks.add(replace(task("old and in line", 31 * DAY, ended=False), card_at=None))
    await tasks.add(task("young and ended", 29 * DAY, ended=True))
    swept = await retention.sweep(NOW)
    assert {name for name, count in swept.items() if count} == {"tasks"}
    assert swept["tasks"] == 1
    assert await keys(retention) == ["old and in line", "old and not ended", "young and ended"]
    assert len(await retention.database.read("SELECT id FROM pictures")) == 3


async def test_an_update_is_remembered_longer_than_telegram_repeats_it(
    retention: Retention,
) -> None:
    updates = UpdateStore(retention.database)
    for number, hours in ((1, 49), (2, 49), (3, 49), (4, 47)):
        one = StoredUpdate(update_id=number, queue="chat:1", body=b"{}")
        await updates.add([one], NOW - timedelta(hours=hours))
    await updates.done(1)
    await updates.failed(2, "broken", park=True)
    await updates.done(4)
    assert (await retention.sweep(NOW))["updates"] == 2
    rows = await retention.database.read("SELECT update_id FROM updates ORDER BY 1")
    assert [row["update_id"] for row in rows] == [3, 4]


async def test_files_go_after_their_hours(retention: Retention, tmp_path: Path) -> None:
    old = await retention.pictures.keep_result(plain("PNG"))
    young = await retention.pictures.keep_result(plain("PNG"))
    for file, hours in ((old, 25), (young, 23)):
        moment = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(tmp_path / "pictures" / file.name, (moment, moment))
    assert (await retention.sweep(NOW))["files"] == 1
    assert await retention.pictures.read(young.name)


async def test_one_sweep_does_a_bounded_piece_of_work_and_the_next_goes_on(
    retention: Retention,
) -> None:
    rows = [(number, (NOW - 9 * DAY).timestamp()) for number in range(1200)]

    def fill(connection: Connection) -> None:
        connection.executemany(
            "INSERT INTO updates (update_id, queue, state, received_at, body)"
            " VALUES (?, 'chat:1', 'done', ?, '')",
            rows,
        )

    await retention.database.write(fill)
    swept = [(await retention.sweep(NOW))["updates"] for _ in range(4)]
    assert swept == [500, 500, 200, 0]


async def test_the_files_nobody_has_seen_yet_are_kept_as_long_as_their_task(
    retention: Retention, tmp_path: Path
) -> None:
    tasks = TaskStore(retention.database)
    moment = (NOW - timedelta(hours=25)).timestamp()
    for reason, message in ((Reason.UNDELIVERABLE, None), (Reason.UNDELIVERABLE, 7), (None, None)):
        file = await retention.pictures.keep_result(plain("PNG"))
        os.utime(tmp_path / "pictures" / file.name, (moment, moment))
        ended = task(file.name, 25 * timedelta(hours=1), ended=True)
        state = TaskState.REPORTED if reason else TaskState.DELIVERED
        picture = replace(ended.pictures[0], state=PictureState.STORED, file=file, message=message)
        await tasks.add(replace(ended, state=state, reason=reason, pictures=(picture,)))
    assert (await retention.sweep(NOW))["files"] == 2
    left = [path.name for path in (tmp_path / "pictures" / "images").iterdir()]
    unseen = await retention.database.read(
        "SELECT file FROM pictures WHERE state = 'stored' ORDER BY rowid"
    )
    assert [f"images/{name}" for name in left] == [unseen[0]["file"]]
    assert (await retention.sweep(NOW + 30 * DAY))["tasks"] == 3
    assert (await retention.sweep(NOW + 30 * DAY))["files"] == 1


async def test_what_we_knew_of_a_chat_is_forgotten_with_its_tasks(retention: Retention) -> None:
    chats = ChatStore(retention.database)
    await chats.close(1, "kicked", NOW - 31 * DAY)
    await chats.close(2, "kicked", NOW - 29 * DAY)
    assert (await retention.sweep(NOW))["chats"] == 1
    assert (await chats.get(1), (await chats.get(2)).closed) == (ChatState(), "kicked")


async def test_an_album_that_is_settled_goes_with_its_parts_after_two_days(
    retention: Retention,
) -> None:
    albums = AlbumStore(retention.database)
    for name, hours in (("old", 49), ("young", 47)):
        for message in (1, 2):
            part = Part(origin=Origin(chat=1, message=message, person=3))
            await albums.add(name, part, pause=DAY, now=NOW - timedelta(hours=hours))
    assert (await retention.sweep(NOW))["albums"] == 0
    for album in (await albums.due(NOW + DAY, 10))[0]:
        await albums.settled(album, NOW)
    assert (await retention.sweep(NOW))["albums"] == 1
    rows = await retention.database.read("SELECT album FROM album_parts")
    assert [row["album"] for row in rows] == ["young", "young"]


async def test_a_question_goes_after_a_week(retention: Retention) -> None:
    questions = QuestionStore(retention.database)
    for name, days in (("old", 8), ("young", 6)):
        asked = Question(id=name, topic=Topic.PICTURES, chat=1, person=3, asker=2)
        await questions.put(asked, NOW - days * DAY)
    assert (await retention.sweep(NOW))["questions"] == 1
    assert (await questions.get("old"), (await questions.get("young")) is None) == (None, False)
