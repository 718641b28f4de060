"""Messages of other chats that wait for a picture: filled once the task has ended, and surely."""

from dataclasses import replace

import pytest

from bot.errors import Reason, Refused, Transient
from bot.life import TaskEvent
from tests.stage import Stage, a_task, assert_delivered_once

AWAY = Transient(Reason.UNDELIVERABLE, "502")


@pytest.fixture
async def stage() -> Stage:
    """A task from another chat; what it asks for is drawn at once."""
    stage = Stage()
    stage.generator.instant = True
    task = a_task()
    origin = replace(task.origin, inline="message-of-another-chat")
    stage.task_id = (await stage.pipeline.request(replace(task, origin=origin))).id
    return stage


async def test_a_message_that_waits_is_filled_once_the_picture_is_there(stage) -> None:
    await stage.go()
    assert_delivered_once(stage)
    assert stage.people.filled == ["delivered"]
    assert not stage.task.unfilled


async def test_filling_is_tried_again_until_it_works_and_brings_nothing_twice(stage) -> None:
    stage.people.trouble("fill", *[AWAY] * 7)
    await stage.go()
    assert_delivered_once(stage)
    assert stage.people.filled == ["delivered"]


async def test_filling_is_given_up_after_a_day(stage) -> None:
    stage.people.trouble("fill", *[AWAY] * 10_000)
    await stage.go(steps=5_000)
    assert_delivered_once(stage)
    assert (stage.people.filled, stage.task.unfilled) == ([], False)
    assert 86_400 < stage.clock.elapsed < 3 * 86_400


async def test_what_waits_for_a_closed_chat_is_said_and_later_the_message_is_filled(stage) -> None:
    stage.people.trouble("deliver", Refused(Reason.UNDELIVERABLE, "blocked"))
    await stage.go()
    assert stage.task.unheard
    assert stage.people.filled == ["undeliverable"]
    now = stage.clock()
    revived = stage.task.move(TaskEvent.REVIVE, reason=None, due_at=now, revived_at=now)
    await stage.store.save(revived)
    await stage.go()
    assert_delivered_once(stage)
    assert stage.people.filled == ["undeliverable", "delivered"]


async def test_a_filling_that_breaks_unforeseen_does_not_go_on_for_ever(stage) -> None:
    stage.people.trouble("fill", *[RuntimeError("bug")] * 1_000)
    for _ in range(100):
        if stage.task.next_due is None:
            break
        try:
            await stage.step()
        except RuntimeError:
            await stage.pipeline.stumbled(stage.task_id)
    assert stage.task.next_due is None
    assert_delivered_once(stage)
