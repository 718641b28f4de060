"""What `tasks retry` writes down, for every way a request may have ended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.console.desk import Desk, Trouble
from bot.console.retrying import retry
from bot.errors import Reason
from bot.life import PictureEvent, TaskEvent, TaskState
from bot.origin import Reference
from bot.settings import Settings
from bot.storage.reports import Reports
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.task import Picture, StoredFile, Task, new_task
from tests.conftest import API_KEY, TOKEN
from tests.stage import ORIGIN, START, an_order

FILE = StoredFile(name=f"images/{'0a' * 16}.png", media_type="image/png", size=1, width=1, height=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = await SQLite.open(tmp_path / "bot.db")
    settings = Settings(_env_file=None, telegram_bot_token=TOKEN, nano_banana_api_key=API_KEY)
    yield Desk(
        settings=settings, database=database, tasks=TaskStore(database), reports=Reports(database)
    )
    await database.close()


def a_request(*, inline: str | None = None) -> Task:
    """For a fox and a hen, made from another picture and with a photo."""
    task = new_task(
        key="message:7:70",
        origin=replace(ORIGIN, inline=inline, language="zh"),
        order=an_order(2, ratio="16:9"),
        references=(Reference(source="photo", name="references/a.jpg"),),
        prompts=("a fox", "a hen"),
        now=START,
    )
    return replace(task, parent="0123456789abcdef")


def stored(picture: Picture) -> Picture:
    for event in (PictureEvent.SUBMIT, PictureEvent.ACCEPT, PictureEvent.SUCCEED):
        picture = picture.move(event)
    return picture.move(PictureEvent.STORE, file=FILE)


def failed(picture: Picture) -> Picture:
    return picture.move(PictureEvent.FAIL, reason=Reason.FILTERED)


async def ended(desk: Desk, task: Task, reason: Reason, *pictures: Picture) -> Task:
    await desk.tasks.add(task)
    for one in pictures:
        task = task.with_picture(one)
    saved = await desk.tasks.save(task.move(TaskEvent.REPORT, reason=reason))
    assert saved
    return saved


async def test_what_was_drawn_is_brought_and_what_was_not_is_drawn(desk: Desk) -> None:
    task = a_request(inline="AQ")
    fox, hen = task.pictures
    task = await ended(desk, task, Reason.UNDELIVERABLE, stored(fox), failed(hen))
    done = await retry(desk, task, START)
    assert (done.brought, done.told, done.pictures) == (1, False, 1)
    old, anew = await desk.tasks.get(task.id), await desk.tasks.get(done.anew or "")
    assert old
    assert anew
    assert (old.state, old.reason, old.next_due) == (TaskState.WORKING, None, START)
    assert [one.prompt or anew.order.prompt for one in anew.pictures] == ["a hen"]
    assert (anew.order.ratio, anew.parent, anew.origin.language) == ("16:9", task.parent, "zh")
    assert anew.references == (Reference(source="photo"),)
    # The message in another chat shows the fox.
    assert anew.origin == replace(task.origin, inline=None)
    assert anew.next_due == START


async def test_a_message_of_another_chat_becomes_the_picture_after_all(desk: Desk) -> None:
    task = a_request(inline="AQ")
    task = await ended(desk, task, Reason.FILTERED, *map(failed, task.pictures))
    done = await retry(desk, task, START)
    anew = await desk.tasks.get(done.anew or "")
    assert anew
    assert anew.origin.inline == "AQ"
    assert [one.prompt for one in anew.pictures] == ["a fox", "a hen"]
    old = await desk.tasks.get(task.id)
    assert old == task


async def test_what_could_not_be_told_is_told(desk: Desk) -> None:
    task = a_request()
    task = await ended(desk, task, Reason.UNDELIVERABLE, *map(failed, task.pictures))
    done = await retry(desk, task, START)
    assert (done.brought, done.told, done.pictures) == (0, True, 2)
    assert done.lines()[0] == f"how {task.id} ended is told again"


async def test_what_stumbled_on_the_way_is_brought(desk: Desk) -> None:
    task = a_request()
    task = await ended(desk, task, Reason.INTERNAL, *map(stored, task.pictures))
    done = await retry(desk, task, START)
    assert (done.brought, done.anew) == (2, None)


async def test_what_is_brought_already_is_not_brought_twice(desk: Desk) -> None:
    """The bot was quicker than the command."""
    task = a_request()
    task = await ended(desk, task, Reason.UNDELIVERABLE, *map(stored, task.pictures))
    await retry(desk, task, START)
    with pytest.raises(Trouble, match="has changed this moment"):
        await retry(desk, task, START)
