"""What has had its time goes, a bounded piece at a time; what is still needed stays."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.albums import Part
from bot.credits import Payment, Purse, daily
from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.neighbours import ChatState, StoredUpdate
from bot.origin import Origin
from bot.prompt import Order
from bot.questions import Question, Topic
from bot.storage.albums import AlbumStore
from bot.storage.chats import ChatStore
from bot.storage.database import Connection, Database
from bot.storage.favourites import FavouriteStore
from bot.storage.ledger import Ledger
from bot.storage.pictures import PictureStore, open_store
from bot.storage.pieces import next_size
from bot.storage.questions import QuestionStore
from bot.storage.retention import _KINDS, _UNSEEN, Retention
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


class Pieces:
    """Notes how many rows each transaction has deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.deleted: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        piece, took = await self._database.write(work)
        self.deleted.append(piece.gone)
        return piece, took


async def test_one_sweep_does_a_bounded_piece_of_work_and_the_next_goes_on(
    retention: Retention,
) -> None:
    await fill_updates(retention.database, 1200)
    bounded = replace(retention, rows_a_sweep=500)
    swept = [(await bounded.sweep(NOW))["updates"] for _ in range(4)]
    assert swept == [500, 500, 200, 0]


async def test_much_goes_in_many_small_transactions(retention: Retention) -> None:
    await fill_updates(retention.database, 1200)
    pieces = Pieces(retention.database)
    assert (await replace(retention, database=pieces).sweep(NOW))["updates"] == 1200
    assert sum(pieces.deleted) == 1200
    assert max(pieces.deleted) <= 500
    # The first are small, whatever the machine: nobody knows yet how long they take.
    assert next(one for one in pieces.deleted if one) <= 20


async def test_a_sweep_that_is_cut_off_has_done_whole_pieces_and_the_next_goes_on(
    retention: Retention,
) -> None:
    tasks = TaskStore(retention.database)
    for number in range(60):
        await tasks.add(task(f"old {number}", 31 * DAY, ended=True))
    cut = asyncio.create_task(retention.sweep(NOW))
    while len(await keys(retention)) == 60:
        pass
    cut.cancel()
    with suppress(asyncio.CancelledError):
        await cut
    ((tasks_left, pictures_left),) = await retention.database.read(
        "SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM pictures)"
    )
    assert tasks_left == pictures_left
    await retention.sweep(NOW)
    assert await keys(retention) == []


async def test_what_is_kept_for_ever_is_in_nobodys_way(retention: Retention) -> None:
    tasks, favourites = TaskStore(retention.database), FavouriteStore(retention.database)
    # All of the same moment, so that only their keys tell them apart.
    for number in range(90):
        one = await tasks.add(task(f"{number}", 31 * DAY, ended=True))
        if number % 3:
            await favourites.toggle(3, one.pictures[0].id, NOW)
    assert (await retention.sweep(NOW))["tasks"] == 30
    assert len(await keys(retention)) == 60
    assert (await retention.sweep(NOW))["tasks"] == 0


async def test_what_an_old_task_had_reserved_goes_back_with_it(retention: Retention) -> None:
    ledger, tasks = Ledger(retention.database), TaskStore(retention.database)
    purses = (Purse(account=daily(3, NOW), daily=40),)
    kept = task("never brought", 31 * DAY, ended=True)
    kept = replace(kept, state=TaskState.REPORTED, reason=Reason.UNDELIVERABLE, price=4)
    await tasks.add(kept, Payment(price=4, purses=purses))
    assert (await ledger.statement(purses, 3)).held == 4
    assert (await retention.sweep(NOW))["tasks"] == 1
    assert (await ledger.statement(purses, 3)).held == 0
    assert await ledger.examine() == []


@pytest.mark.parametrize(
    ("size", "took", "following"),
    [
        (20, 0.0001, 30),
        (20, 0.0025, 20),
        (20, 0.005, 10),
        (20, 10.0, 5),
        (5, 10.0, 5),
        (400, 0.0001, 500),
        (500, 0.0, 500),
    ],
)
def test_a_piece_is_as_large_as_the_last_one_was_quick(
    size: int, took: float, following: int
) -> None:
    assert next_size(size, took) == following


async def fill_updates(database: Database, count: int) -> None:
    rows = [(number, (NOW - 9 * DAY).timestamp()) for number in range(count)]

    def fill(connection: Connection) -> None:
        connection.executemany(
            "INSERT INTO updates (update_id, queue, state, received_at, body)"
            " VALUES (?, 'chat:1', 'done', ?, '')",
            rows,
        )

    await database.write(fill)


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


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_piece_goes_to_its_rows_by_their_keys_however_many_others_there_are(
    database: Database,
) -> None:
    async def ways(sql: str, values: list[float]) -> list[str]:
        plan = await database.look(
            lambda one: one.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
        )
        return [str(row["detail"]) for row in plan]

    for kind in _KINDS:
        behind = kind.key.count(",") + 2
        found = await ways(kind.deletion(after=True), [1.0] * (behind + 2))
        assert found[0].startswith(f"SEARCH {kind.table} USING "), kind.table
        if kind.table not in ("pace", "broadcasts"):
            # Of the others there are many: the oldest are found by an index of their age, too.
            assert not [way for way in found if way.startswith("SCAN ") and "oldest" not in way]
    assert (await ways(_UNSEEN, []))[0].startswith("SCAN pictures USING INDEX pictures_unseen")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_piece_of_tasks_is_not_looked_for_among_all_of_the_same_state(
    database: Database,
) -> None:
    sql = f"EXPLAIN QUERY PLAN {_KINDS[0].deletion(after=False)}"
    plan = await database.look(lambda one: one.execute(sql, [1.0, 5]).fetchall())
    assert plan[0]["detail"] == "SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)"
