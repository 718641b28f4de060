"""Counting what is on disk: how things stand, and what became of what was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.neighbours import StoredUpdate
from bot.origin import Origin
from bot.prompt import Order
from bot.statistics import Snapshot
from bot.storage.database import Database
from bot.storage.sqlite import SQLite
from bot.storage.statistics import StatisticsStore, list_price
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.task import Task, new_task

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORDER = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format=None)


def drawn(seconds: float = 10, *, heard: bool = True, message: int | None = 5) -> dict[str, object]:
    return {
        "state": PictureState.STORED,
        "result": "https://results.test/1.png",
        "seconds": seconds,
        "heard": heard,
        "message": message,
        "due_at": None,
    }


def failed(reason: Reason) -> dict[str, object]:
    return {"state": PictureState.FAILED, "reason": reason, "due_at": None}


DELIVERED = {"state": TaskState.DELIVERED, "card_at": None}
WORKING = {"state": TaskState.WORKING}


def told(reason: Reason) -> dict[str, object]:
    return {"state": TaskState.REPORTED, "reason": reason, "card_at": None}


class Books:
    """Writes down what has happened."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tasks = TaskStore(database)
        self.updates = UpdateStore(database)
        self.statistics = StatisticsStore(database)
        self._count = 0

    async def write(
        self,
        *pictures: dict[str, object],
        at: datetime = NOON,
        model: str = "banana",
        size: str = "1k",
        task: dict[str, object] | None = None,
    ) -> Task:
        """A task of these pictures as they are now."""
        self._count += 1
        order = replace(ORDER, model=model, size=size, count=len(pictures))
        origin = Origin(chat=1, message=self._count, person=1)
        fresh = new_task(key=str(self._count), origin=origin, order=order, now=at)
        changed = tuple(
            replace(one, **to) for one, to in zip(fresh.pictures, pictures, strict=True)
        )
        return await self.tasks.add(replace(fresh, pictures=changed, **(task or {})))


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)


async def test_nothing_is_a_row_of_zeros(books: Books) -> None:
    assert await books.statistics.snapshot() == Snapshot(
        tasks=dict.fromkeys(TaskState, 0),
        pictures=dict.fromkeys(PictureState, 0),
        in_line=0,
        at_generator=0,
        undelivered=0,
        oldest=None,
        overdue=None,
        updates_waiting=0,
        updates_parked=0,
        oldest_update=None,
    )
    report = await books.statistics.report(NOON, NOON + HOUR)
    assert (report.tasks, report.pictures, report.credits, report.failed) == (0, 0, 0, 0)
    assert (report.models, report.endings, report.failures) == ({}, {}, {})


async def test_the_line_and_the_generator_are_counted_apart(books: Books) -> None:
    let_in = {"due_at": NOON}
    submitted = {"state": PictureState.SUBMITTED, "due_at": NOON + HOUR}
    await books.write({}, {}, let_in, submitted, drawn(message=None))
    now = await books.statistics.snapshot()
    assert (now.in_line, now.at_generator, now.undelivered) == (2, 2, 1)
    assert now.pictures[PictureState.CREATED] == 3
    assert now.pictures[PictureState.SUBMITTED] == 1
    assert now.unfinished == now.tasks[TaskState.CREATED] == 1


async def test_the_last_delivery_is_seen_whichever_process_made_it(books: Books) -> None:
    moments = iter(NOON + number * HOUR for number in range(10))
    elsewhere = TaskStore(books.database, clock=lambda: next(moments))

    async def delivered_at() -> datetime | None:
        return (await books.statistics.snapshot()).delivered_at

    task, failure = await books.write(drawn(), task=WORKING), await books.write({}, task=WORKING)
    assert await delivered_at() is None
    task = await elsewhere.save(replace(task, **DELIVERED))
    assert await delivered_at() == NOON
    # Later the card is taken away, and others end without a picture.
    task = await elsewhere.save(replace(task, card=None))
    await elsewhere.save(replace(failure, **told(Reason.TIMEOUT)))
    assert await delivered_at() == NOON
    # One that comes late is brought once more.
    task = await elsewhere.save(replace(task, **WORKING))
    assert await delivered_at() is None
    await elsewhere.save(replace(task, **DELIVERED))
    assert await delivered_at() == NOON + 4 * HOUR


async def test_the_oldest_is_the_one_that_waits_longest_and_has_not_ended(books: Books) -> None:
    await books.write(drawn(), at=NOON - 5 * HOUR, task=DELIVERED)
    await books.write({}, at=NOON - HOUR)
    await books.write({}, at=NOON - 2 * HOUR, task={"state": TaskState.WORKING})
    now = await books.statistics.snapshot()
    assert now.oldest == NOON - 2 * HOUR
    assert now.overdue == NOON - 2 * HOUR


async def test_what_waits_in_the_inbox_is_counted_and_what_was_put_aside(books: Books) -> None:
    updates = [StoredUpdate(update_id=one, queue="chat:1", body=b"{}") for one in range(4)]
    await books.updates.add(updates[:2], NOON)
    await books.updates.add(updates[2:], NOON + HOUR)
    await books.updates.done(0)
    await books.updates.failed(1, "broken", park=True)
    now = await books.statistics.snapshot()
    assert (now.updates_waiting, now.updates_parked) == (2, 1)
    assert now.oldest_update == NOON + HOUR


async def test_each_task_is_counted_by_how_it_ended(books: Books) -> None:
    await books.write(drawn(), failed(Reason.FILTERED), task=DELIVERED)
    await books.write(failed(Reason.FILTERED), task=told(Reason.FILTERED))
    await books.write(drawn(message=None), task=told(Reason.UNDELIVERABLE))
    await books.write(failed(Reason.TIMEOUT), task=told(Reason.TIMEOUT))
    await books.write({})
    report = await books.statistics.report(NOON, NOON + HOUR)
    assert report.endings == {"delivered": 1, "filtered": 1, "undeliverable": 1, "timeout": 1}
    assert report.failures == {"filtered": 2, "timeout": 1}
    assert (report.tasks, report.failed) == (5, 3)
    assert (report.pictures, report.drawn, report.delivered) == (6, 2, 1)


async def test_each_model_has_its_usual_seconds_and_what_it_cost(books: Books) -> None:
    for seconds in (*range(1, 20), 300):
        await books.write(drawn(seconds + 0.04), task=DELIVERED)
    await books.write(drawn(40), drawn(60), model="2", size="4k", task=DELIVERED)
    await books.write(drawn(20), failed(Reason.TIMEOUT), model="2", size="1k", task=DELIVERED)
    await books.write({}, model="pro")
    models = (await books.statistics.report(NOON, NOON + HOUR)).models
    assert list(models) == ["2", "banana", "pro"]
    assert (models["banana"].median, models["banana"].p95) == (10, 19)
    assert (models["banana"].drawn, models["banana"].credits) == (20, 80)
    assert (models["2"].median, models["2"].drawn) == (40, 3)
    assert models["2"].credits == 2 * list_price("2", "4k") + list_price("2", "1k")
    assert (models["pro"].median, models["pro"].credits) == (None, 0)


async def test_what_the_generator_called_about_is_told_from_what_we_asked_for(books: Books) -> None:
    await books.write(drawn(), drawn(), drawn(heard=False), failed(Reason.FILTERED))
    report = await books.statistics.report(NOON, NOON + HOUR)
    assert (report.heard, report.looked_up) == (2, 1)


async def test_a_picture_that_was_drawn_is_paid_whatever_became_of_it(books: Books) -> None:
    await books.write(drawn(message=None), {**drawn(message=None), **failed(Reason.BAD_RESULT)})
    assert (await books.statistics.report(NOON, NOON + HOUR)).credits == 8


async def test_the_operators_own_prices_count_where_there_are_any(books: Books) -> None:
    await books.write(drawn(), model="pro", size="2k")
    dear = StatisticsStore(books.database, lambda model, size: {("pro", "2k"): 7.5}[model, size])
    assert (await dear.report(NOON, NOON + HOUR)).credits == 7.5


async def test_a_report_holds_what_was_asked_from_its_beginning_until_before_its_end(
    books: Books,
) -> None:
    second = timedelta(seconds=1)
    for at in (NOON - second, NOON, NOON + HOUR - second, NOON + HOUR):
        await books.write({}, at=at)
    assert (await books.statistics.report(NOON, NOON + HOUR)).tasks == 2


async def test_pieces_of_a_time_add_up_and_empty_ones_are_there_too(books: Books) -> None:
    await books.write(drawn(5), at=NOON, task=DELIVERED)
    await books.write(drawn(7), at=NOON + 2 * HOUR, task=DELIVERED)
    await books.write({}, {}, at=NOON + 2.4 * HOUR)
    pieces = await books.statistics.buckets(NOON, NOON + 2.5 * HOUR, HOUR)
    assert [one.since for one in pieces] == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert pieces[-1].until == NOON + 2.5 * HOUR
    assert [one.tasks for one in pieces] == [1, 0, 2]
    assert [one.pictures for one in pieces] == [1, 0, 3]
    assert pieces[2].models["banana"].median == 7


@pytest.mark.parametrize(
    ("until", "step"),
    [(NOON, HOUR), (NOON - HOUR, HOUR), (NOON + HOUR, 0 * HOUR), (NOON + HOUR, HOUR / 99_999)],
)
async def test_no_time_and_too_many_pieces_are_refused(books: Books, until, step) -> None:
    with pytest.raises(ValueError, match="time in pieces"):
        await books.statistics.buckets(NOON, until, step)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_counting_never_reads_a_whole_table(books: Books) -> None:
    """However long people's prompts are, and however much has ended."""
    from bot.storage import statistics as room  # noqa: PLC0415

    asked = {"since": 0, "until": 1, "step": 1}
    outside = (room._TASKS, room._OLDEST, room._PICTURES, room._ENDINGS, room._SECONDS)
    for sql in (*outside, room._OUTCOMES, room._IN_LINE):
        plan = await books.database.read(f"EXPLAIN QUERY PLAN {sql}", asked)
        reading = [row["detail"] for row in plan if row["detail"].startswith(("SCAN", "SEARCH"))]
        by_index = "USING COVERING INDEX" if sql in outside else "USING INDEX"
        assert reading
        assert all(by_index in one for one in reading), reading


async def test_what_was_written_before_there_were_statistics_counts_too(tmp_path: Path) -> None:
    from sqlite_utils import Database  # noqa: PLC0415

    from bot.storage.migrations import migrations  # noqa: PLC0415
    from bot.storage.sqlite import connect  # noqa: PLC0415

    connection = connect(tmp_path / "bot.db")
    old = Database(connection, execute_plugins=False)
    migrations.apply(old, stop_before="m010_statistics")
    insert = "INSERT INTO tasks (id, key, version, state, created_at, chat, person, body) VALUES"
    body = '{"order":{"model":"pro","size":"4k"}}'
    connection.execute(f"{insert} ('a', 'a', 1, 'delivered', ?, 1, 1, ?)", [NOON.timestamp(), body])
    connection.execute(
        "INSERT INTO pictures (id, task, number, state, model, seconds, body)"
        " VALUES ('p', 'a', 1, 'stored', 'pro', 9, '{\"result\":\"x\",\"message\":3}')"
    )
    connection.commit()
    connection.close()
    database = await SQLite.open(tmp_path / "bot.db")
    report = await StatisticsStore(database).report(NOON, NOON + HOUR)
    await database.close()
    assert (report.delivered, report.credits, report.looked_up) == (1, 24, 1)
