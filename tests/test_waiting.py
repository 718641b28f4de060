"""What could not be brought goes on its way once, and to where it was asked for."""

from dataclasses import replace

import pytest

from bot.errors import Reason, Refused, Transient
from bot.gallery import shot_of
from bot.journal import Journal
from bot.life import TaskEvent, TaskState
from bot.neighbours import Unheard
from bot.task import ELSEWHERE, Task
from bot.waiting import Desk, Waiting
from tests.stage import ORIGIN, Stage, ids

BLOCKED = Refused(Reason.UNDELIVERABLE, "Forbidden: bot was blocked by the user")
HERE = Desk(chat=ORIGIN.chat, message=99, person=ORIGIN.person)


class Everything:
    """A history that holds back nothing, so that bringing has to look for itself."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def unheard(self, _chat: int, _person: int | None) -> list[Unheard]:
        return [Unheard(task=one, pictures=1) for one in self.stage.store.tasks]


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.generator.instant = True
    return stage


@pytest.fixture
def waiting(stage: Stage) -> Waiting:
    return Waiting(
        journal=Journal(stage.store),
        history=Everything(stage),
        clock=stage.clock,
        wake=stage.woken.append,
    )


async def undelivered(stage: Stage, count: int = 1) -> Task:
    stage.people.trouble("deliver", BLOCKED)
    await stage.ask(count)
    task = await stage.go()
    assert task.unheard
    stage.woken.clear()
    return task


async def test_what_waits_is_brought_once_however_often_it_is_asked_for(stage, waiting):
    await undelivered(stage, 2)
    assert [await waiting.bring(HERE) for _ in range(3)] == [1, 0, 0]
    assert stage.woken == [stage.task_id]
    await stage.go()
    assert stage.task.state is TaskState.DELIVERED
    assert stage.people.sent == [ids(stage)]
    assert await waiting.bring(HERE) == 0


async def test_whoever_presses_at_the_same_moment_brings_nothing_twice(stage, waiting):
    await undelivered(stage)

    def other(task: Task) -> Task:
        return task.move(TaskEvent.REVIVE, reason=None, due_at=stage.clock())

    stage.store.intruders.append(other)
    assert await waiting.bring(HERE) == 0
    await stage.go()
    assert stage.people.sent == [ids(stage)]


async def test_a_task_that_was_told_is_left_as_it_is(stage, waiting):
    stage.generator.trouble("submit", Refused(Reason.FILTERED))
    await stage.ask()
    await stage.go()
    assert await waiting.bring(HERE) == 0
    assert stage.people.reports == [Reason.FILTERED]


async def test_where_it_was_asked_for_it_answers_its_request(stage, waiting):
    await undelivered(stage)
    await waiting.bring(HERE)
    assert stage.task.origin == ORIGIN


async def test_elsewhere_it_answers_the_offer_and_leaves_no_topic_and_no_card_behind(
    stage, waiting
):
    await undelivered(stage)
    group = replace(ORIGIN, chat=-100, topic=3, private=False)
    stage.store.tasks[stage.task_id] = replace(stage.task, origin=group, card=71)
    await waiting.bring(HERE)
    assert stage.task.origin == replace(ORIGIN, message=99)
    assert stage.task.card is None


async def test_why_there_is_no_picture_is_told_at_last(stage, waiting):
    stage.generator.trouble("submit", Refused(Reason.FILTERED))
    stage.people.trouble("report", BLOCKED)
    await stage.ask()
    await stage.go()
    assert await waiting.bring(HERE) == 1
    await stage.go()
    assert stage.people.reports == [Reason.FILTERED]
    assert stage.task.reason is Reason.FILTERED


async def test_a_flood_after_days_is_waited_for_like_any_other(stage, waiting):
    await undelivered(stage)
    stage.clock.forward(20 * 86_400)
    stage.people.trouble("deliver", Transient(Reason.UNDELIVERABLE, retry_after=30))
    await waiting.bring(HERE)
    await stage.go()
    assert stage.task.state is TaskState.DELIVERED


async def test_a_chat_that_closes_again_lets_it_wait_again(stage, waiting):
    await undelivered(stage)
    stage.people.trouble("deliver", BLOCKED)
    await waiting.bring(HERE)
    await stage.go()
    assert stage.task.unheard
    assert await waiting.bring(HERE) == 1


async def test_the_card_of_a_closed_chat_goes_when_the_chat_is_open_again(stage, waiting):
    stage.people.trouble("remove_card", BLOCKED)
    task = await undelivered(stage)
    assert (task.card, task.next_due) == (stage.people.cards[0], None)
    await waiting.bring(HERE)
    await stage.go()
    assert (stage.people.cards, stage.task.card) == ([], None)


async def test_the_numbers_of_messages_elsewhere_mean_nothing_here(stage, waiting):
    """What was brought before stays there; here its number is that of some other message."""
    await undelivered(stage, 2)
    first, second = stage.task.pictures
    task = stage.task.with_picture(replace(first, message=5, file_id="photo-5"))
    group = replace(ORIGIN, chat=-100, private=False)
    stage.store.tasks[stage.task_id] = replace(task, origin=group)
    await waiting.bring(HERE)
    await stage.go()
    assert stage.people.sent == [[second.id]]
    brought = stage.task.picture(first.id)
    assert (brought.message, brought.file_id) == (ELSEWHERE, "photo-5")
    assert not shot_of(stage.task, brought).in_a_group
