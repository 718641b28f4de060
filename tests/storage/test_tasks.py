"""Tasks on disk: what comes out is what went in, and whoever is too late is told so."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Reason
from bot.life import PictureEvent, PictureState, TaskState
from bot.origin import Origin, Reference
from bot.prompt import Order
from bot.storage.database import Database
from bot.storage.engines import Engine
from bot.storage.tasks import TaskStore
from bot.task import Picture, StoredFile, Task, new_task

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORDER = Order(prompt="a red fox", model="banana", ratio="1:1", size="1k", format="png", count=2)


@pytest.fixture
def tasks(database: Database) -> TaskStore:
    return TaskStore(database)


def task(key: str = "1:1", *, due_in: float = 0, order: Order = ORDER) -> Task:
    now = NOW + timedelta(seconds=due_in)
    origin = Origin(chat=1, message=2, person=3)
    return new_task(
        key=key, origin=origin, order=order, references=(Reference(source="file-id"),), now=now
    )


# --- any task --------------------------------------------------------------------------------

# PostgreSQL keeps no NUL: see test_postgres.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
SMALL = st.integers(0, 99)
IDS = st.integers(-(2**52), 2**52)
ZONES = (UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-9)))
MOMENTS = st.builds(
    lambda age, zone: (NOW - age).astimezone(zone),
    st.timedeltas(timedelta(days=-9000), timedelta(days=9000)),
    st.sampled_from(ZONES),
)
MAYBE = st.none()

FILES = st.builds(StoredFile, name=TEXT, media_type=TEXT, size=SMALL, width=SMALL, height=SMALL)
REFERENCES = st.builds(
    Reference, source=TEXT, name=MAYBE | TEXT, address=MAYBE | TEXT, address_until=MAYBE | MOMENTS
)
PICTURES = st.builds(
    Picture,
    id=st.uuids().map(str),
    number=SMALL,
    state=st.sampled_from(PictureState),
    due_at=MAYBE | MOMENTS,
    job=MAYBE | TEXT,
    heard=st.booleans(),
    submissions=SMALL,
    tries=SMALL,
    submitted_at=MAYBE | MOMENTS,
    result=MAYBE | TEXT,
    file=MAYBE | FILES,
    reason=MAYBE | st.sampled_from(Reason),
    detail=MAYBE | TEXT,
    message=MAYBE | IDS,
    file_id=MAYBE | TEXT,
    prompt=MAYBE | TEXT,
    seconds=MAYBE | st.floats(0, 9_999),
    deleted=st.booleans(),
)
TASKS = st.builds(
    Task,
    id=st.uuids().map(str),
    key=st.uuids().map(str),
    origin=st.builds(
        Origin,
        chat=IDS,
        message=IDS,
        person=IDS,
        topic=MAYBE | IDS,
        language=MAYBE | TEXT,
        private=st.booleans(),
        inline=MAYBE | TEXT,
    ),
    order=st.builds(
        Order,
        prompt=TEXT,
        model=TEXT,
        ratio=TEXT,
        size=TEXT,
        format=MAYBE | TEXT,
        count=SMALL,
        style=MAYBE | TEXT,
        template=MAYBE | TEXT,
        avoid=MAYBE | TEXT,
        as_file=st.booleans(),
        spoiler=st.booleans(),
    ),
    pictures=st.lists(PICTURES, min_size=1, max_size=3).map(
        lambda many: tuple(replace(one, number=number) for number, one in enumerate(many, 1))
    ),
    references=st.lists(REFERENCES, max_size=2).map(tuple),
    state=st.sampled_from(TaskState),
    reason=MAYBE | st.sampled_from(Reason),
    created_at=MOMENTS,
    due_at=MOMENTS,
    parent=MAYBE | TEXT,
    slot=MAYBE | TEXT,
    cancelled=MAYBE | TEXT,
    card_at=MAYBE | MOMENTS,
    revived_at=MAYBE | MOMENTS,
    card=MAYBE | IDS,
    sends=SMALL,
    tries=SMALL,
)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=TASKS, second=TASKS)
async def test_any_task_comes_back_as_it_was(
    tasks: TaskStore, database: Database, first: Task, second: Task
) -> None:
    await database.write(lambda connection: connection.execute("DELETE FROM tasks"))
    second = replace(second, id=first.id, key=first.key, origin=first.origin)
    second = replace(second, created_at=first.created_at, pictures=_same_rows(first, second))
    assert await tasks.add(first) == first
    assert await tasks.get(first.id) == first
    saved = await tasks.save(second)
    assert saved == replace(second, version=1)
    assert await tasks.get(first.id) == saved


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=TASKS, second=TASKS, keep=st.lists(st.booleans(), min_size=3, max_size=3))
async def test_who_knows_how_it_was_writes_less_and_the_same(
    tasks: TaskStore, database: Database, first: Task, second: Task, keep: list[bool]
) -> None:
    """Whatever of it has changed: some pictures, the chat, or that it has ended."""
    changed = replace(second, id=first.id, key=first.key, slot=first.slot, order=first.order)
    changed = replace(changed, created_at=first.created_at, pictures=_same_rows(first, second))
    kept = zip(first.pictures, changed.pictures, keep, strict=False)
    changed = replace(changed, pictures=tuple(old if same else new for old, new, same in kept))
    found = []
    for before in (None, first):
        await database.write(lambda connection: connection.execute("DELETE FROM tasks"))
        await tasks.add(first)
        assert await tasks.save(changed, before) is not None
        rows = await database.read("SELECT * FROM pictures ORDER BY id")
        found.append([{**dict(row), "rowid": 0} for row in rows])
    assert found[0] == found[1]


def _same_rows(first: Task, second: Task) -> tuple[Picture, ...]:
    """The pictures of `first` with what may change taken from `second`."""
    return tuple(
        replace(second.pictures[index % len(second.pictures)], id=one.id, number=one.number)
        for index, one in enumerate(first.pictures)
    )


async def test_a_repeated_message_finds_the_first_task(tasks: TaskStore) -> None:
    first = await tasks.add(task("7:9"))
    assert await tasks.add(task("7:9")) == first
    assert await tasks.add(task("7:10")) != first


async def test_many_repeats_at_once_make_one_task(tasks: TaskStore, database: Database) -> None:
    added = await asyncio.gather(*(tasks.add(task("7:9")) for _ in range(20)))
    assert len({one.id for one in added}) == 1
    assert len(await database.read("SELECT id FROM tasks")) == 1
    assert len(await database.read("SELECT id FROM pictures")) == 2


async def test_a_repeat_sees_what_has_become_of_the_first(tasks: TaskStore) -> None:
    first = await tasks.add(task())
    saved = await tasks.save(replace(first, card=5))
    assert await tasks.add(task()) == saved


async def test_whoever_read_an_older_version_loses(tasks: TaskStore) -> None:
    read = await tasks.add(task())
    first = await tasks.save(replace(read, card=5))
    assert first is not None
    assert await tasks.save(replace(read, card=6)) is None
    assert await tasks.get(read.id) == first
    assert (await tasks.save(replace(first, card=6))) == replace(first, card=6, version=2)


async def test_of_many_at_once_one_wins(tasks: TaskStore) -> None:
    read = await tasks.add(task())
    saved = await asyncio.gather(*(tasks.save(replace(read, card=card)) for card in range(10)))
    winners = [one for one in saved if one]
    assert len(winners) == 1
    assert await tasks.get(read.id) == winners[0]


async def test_the_loser_changes_no_picture(tasks: TaskStore) -> None:
    read = await tasks.add(task())
    await tasks.save(replace(read, card=5))
    moved = read.pictures[0].move(PictureEvent.SUBMIT)
    assert await tasks.save(read.with_picture(moved)) is None
    found = await tasks.get(read.id)
    assert found is not None
    assert found.pictures == read.pictures


async def test_a_task_is_found_by_any_of_its_pictures(tasks: TaskStore) -> None:
    one, other = await tasks.add(task("1")), await tasks.add(task("2"))
    for picture in one.pictures:
        assert await tasks.find(picture.id) == one
    assert await tasks.find(other.pictures[1].id) == other
    assert (await tasks.find("nobody"), await tasks.get("nobody")) == (None, None)


async def test_a_task_outlives_a_restart(
    tasks: TaskStore, database: Database, engine: Engine
) -> None:
    added = await tasks.add(task())
    await database.close()
    again = await engine.open()
    assert await TaskStore(again).get(added.id) == added
    await again.close()


async def test_a_task_that_is_gone_cannot_be_saved(tasks: TaskStore, database: Database) -> None:
    added = await tasks.add(task())
    await database.write(lambda connection: connection.execute("DELETE FROM tasks"))
    assert await tasks.save(added) is None
    assert await database.read("SELECT * FROM pictures") == []


# --- what is due -----------------------------------------------------------------------------


async def test_what_is_due_comes_longest_waiting_first(tasks: TaskStore) -> None:
    later = [await tasks.add(task(str(seconds), due_in=seconds)) for seconds in (-1, -9, -5)]
    due, next_at = await tasks.due(NOW, 10)
    assert due == [later[1].id, later[2].id, later[0].id]
    assert next_at is None


async def test_the_next_moment_is_that_of_the_first_not_due_yet(tasks: TaskStore) -> None:
    now = await tasks.add(task("now"))
    await tasks.add(task("later", due_in=60))
    await tasks.add(task("soon", due_in=7))
    assert await tasks.due(NOW, 10) == ([now.id], NOW + timedelta(seconds=7))
    assert await tasks.due(NOW, 1) == ([now.id], NOW + timedelta(seconds=7))
    assert (await tasks.due(NOW - timedelta(seconds=1), 1)) == ([], NOW)


async def test_no_more_than_asked_for_and_the_rest_is_not_forgotten(tasks: TaskStore) -> None:
    for seconds in (-3, -2, -1):
        await tasks.add(task(str(seconds), due_in=seconds))
    due, next_at = await tasks.due(NOW, 2)
    assert len(due) == 2
    assert next_at == NOW - timedelta(seconds=1)


async def test_a_task_with_nothing_left_to_do_is_never_due(tasks: TaskStore) -> None:
    added = await tasks.add(task())
    done = replace(
        added,
        state=TaskState.DELIVERED,
        pictures=tuple(replace(one, due_at=None) for one in added.pictures),
    )
    await tasks.save(done)
    assert await tasks.due(NOW + timedelta(days=400), 10) == ([], None)
