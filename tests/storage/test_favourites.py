"""Favourites: on and off, each person's own, and kept with their task."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.life import TaskState
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.database import Database
from bot.storage.favourites import FavouriteStore
from bot.storage.pictures import PictureStore, open_store
from bot.storage.retention import Retention
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANN, BOB = 5, 6


@pytest.fixture
def favourites(database: Database) -> FavouriteStore:
    return FavouriteStore(database)


async def old_task(database: Database, key: str = "k", count: int = 2) -> Task:
    order = Order(prompt="fox", model="banana", ratio="1:1", size="1k", format="png", count=count)
    origin = Origin(chat=1, message=2, person=ANN)
    task = new_task(key=key, origin=origin, order=order, now=NOW - 40 * DAY)
    pictures = tuple(replace(one, due_at=None) for one in task.pictures)
    return await TaskStore(database).add(
        replace(task, state=TaskState.DELIVERED, pictures=pictures)
    )


async def test_a_favourite_goes_on_and_off(database, favourites):
    one, other = (await old_task(database)).pictures
    assert await favourites.toggle(ANN, one.id, NOW) is True
    assert await favourites.toggle(ANN, other.id, NOW + DAY) is True
    assert await favourites.toggle(BOB, one.id, NOW) is True
    assert await favourites.of(ANN) == [other.id, one.id]
    assert await favourites.toggle(ANN, one.id, NOW) is False
    assert (await favourites.of(ANN), await favourites.of(BOB)) == ([other.id], [one.id])


async def test_the_same_press_handled_twice_changes_nothing(database, favourites):
    one, _other = (await old_task(database)).pictures
    for _ in range(2):
        assert await favourites.toggle(ANN, one.id, NOW, press="1") is True
    for _ in range(2):
        assert await favourites.toggle(ANN, one.id, NOW, press="2") is False
    assert await favourites.of(ANN) == []


async def test_a_picture_can_be_taken_out_of_everybodys(database, favourites):
    one, other = (await old_task(database)).pictures
    for person in (ANN, BOB):
        await favourites.toggle(person, one.id, NOW)
    await favourites.toggle(BOB, other.id, NOW)
    await favourites.forget(one.id)
    assert (await favourites.of(ANN), await favourites.of(BOB)) == ([], [other.id])


async def test_a_task_with_a_favourite_is_kept_until_it_is_none(database, favourites, tmp_path):
    kept, gone = await old_task(database), await old_task(database, "other")
    retention = Retention(
        database=database,
        pictures=PictureStore(open_store((tmp_path / "pictures").as_uri())),
        files_kept=DAY,
        history_kept=30 * DAY,
    )
    await favourites.toggle(BOB, kept.pictures[1].id, NOW)
    assert (await retention.sweep(NOW))["tasks"] == 1
    tasks = TaskStore(database)
    assert await tasks.get(gone.id) is None
    assert await tasks.get(kept.id) == kept
    await favourites.toggle(BOB, kept.pictures[1].id, NOW)
    assert (await retention.sweep(NOW))["tasks"] == 1
    assert await tasks.get(kept.id) is None
