"""What is remembered of chats, and what could not be brought to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.neighbours import ChatState, Unheard
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.chats import ChatStore
from bot.storage.database import Database
from bot.storage.tasks import TaskStore
from bot.task import StoredFile, Task, new_task

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANN, GROUP, NEW_GROUP = 5, -100, -1_000_100
FILE = StoredFile(name="images/a.png", media_type="image/png", size=1, width=1, height=1)


@pytest.fixture
def chats(database: Database) -> ChatStore:
    return ChatStore(database)


@pytest.fixture
def tasks(database: Database) -> TaskStore:
    return TaskStore(database)


def unheard(key: str, chat: int = ANN, *, stored: int = 1, seen: int = 0, **changes) -> Task:
    """A task of Ann's with so many stored pictures, some of which she has seen."""
    order = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None, count=3)
    origin = Origin(chat=chat, message=1, person=ANN)
    task = new_task(key=key, origin=origin, order=order, now=NOW)
    pictures = [replace(one, state=PictureState.FAILED, due_at=None) for one in task.pictures]
    for index in range(stored):
        message = 9 if index < seen else None
        kept = {"state": PictureState.STORED, "file": FILE, "message": message}
        pictures[index] = replace(pictures[index], **kept)
    ended = {"state": TaskState.REPORTED, "reason": Reason.UNDELIVERABLE}
    return replace(task, pictures=tuple(pictures), **{**ended, **changes})


async def test_a_chat_nobody_has_written_about_is_open(chats: ChatStore) -> None:
    assert await chats.get(ANN) == ChatState()


async def test_a_chat_closes_and_opens_and_still_has_something_to_be_offered(
    chats: ChatStore,
) -> None:
    await chats.close(ANN, "kicked", NOW)
    assert await chats.get(ANN) == ChatState(closed="kicked", to_offer=True)
    await chats.open(ANN, NOW)
    assert await chats.get(ANN) == ChatState(to_offer=True)
    await chats.offered(ANN)
    assert await chats.get(ANN) == ChatState()
    await chats.close(ANN, "blocked", NOW)
    assert await chats.get(ANN) == ChatState(closed="blocked", to_offer=True)


async def test_since_when_a_chat_is_closed_is_not_lost_when_it_is_heard_again(
    chats: ChatStore, database: Database
) -> None:
    await chats.close(ANN, "kicked", NOW)
    await chats.close(ANN, "Forbidden: bot was blocked by the user", NOW + timedelta(hours=1))
    (row,) = await database.read("SELECT closed_at, changed_at FROM chats")
    assert tuple(row) == (NOW.timestamp(), NOW.timestamp() + 3600)


async def test_a_group_that_moved_keeps_what_was_known_of_it(chats: ChatStore) -> None:
    await chats.close(GROUP, "kicked", NOW)
    await chats.move(GROUP, NEW_GROUP, NOW)
    await chats.move(GROUP, NEW_GROUP, NOW)
    assert (await chats.get(GROUP)).moved_to == NEW_GROUP
    assert await chats.get(NEW_GROUP) == ChatState()


async def test_opening_what_was_never_closed_writes_nothing(
    chats: ChatStore, database: Database
) -> None:
    await chats.open(ANN, NOW)
    await chats.offered(ANN)
    assert await database.read("SELECT id FROM chats") == []


async def test_only_what_nobody_was_told_is_unheard(tasks: TaskStore) -> None:
    waits = await tasks.add(unheard("waits", stored=3, seen=1))
    failed = await tasks.add(unheard("failed", stored=0))
    await tasks.add(unheard("told", stored=0, reason=Reason.FILTERED))
    await tasks.add(unheard("brought", state=TaskState.DELIVERED, reason=None))
    await tasks.add(unheard("on its way", state=TaskState.WORKING, reason=None))
    found = await tasks.unheard(ANN, None)
    expected = [Unheard(task=waits.id, pictures=2), Unheard(task=failed.id, pictures=0)]
    assert sorted(found, key=lambda one: -one.pictures) == expected


async def test_in_private_a_person_finds_what_waits_in_groups_too(tasks: TaskStore) -> None:
    private = await tasks.add(unheard("private"))
    in_group = await tasks.add(unheard("group", GROUP, created_at=NOW + timedelta(hours=1)))
    assert [one.task for one in await tasks.unheard(ANN, ANN)] == [private.id, in_group.id]
    assert [one.task for one in await tasks.unheard(GROUP, None)] == [in_group.id]
    assert await tasks.unheard(6, 6) == []


async def test_a_group_that_moved_finds_what_waits_under_its_old_id(
    tasks: TaskStore, chats: ChatStore
) -> None:
    waits = await tasks.add(unheard("group", GROUP))
    await chats.move(GROUP, NEW_GROUP, NOW)
    assert await tasks.unheard(NEW_GROUP, None) == [Unheard(task=waits.id, pictures=1)]
