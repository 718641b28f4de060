"""The story of a task through stumbles, lost races and sudden deaths."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import Reason, Transient, Unclear
from bot.life import PictureState, TaskState, Vanished
from bot.pipeline import STUMBLES_MAX, _side_by_side
from tests.fakes import Killed
from tests.stage import Stage, a_task, ids

BROKEN_LINE = Transient(Reason.OVERLOADED, "502")
GONE, WORSE = Vanished("task"), ValueError("nobody foresaw this")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.generator.instant = True
    return stage


# --- stumbling ----------------------------------------------------------------------------


async def stumble(stage: Stage, times: int) -> None:
    for _ in range(times):
        await stage.pipeline.stumbled(stage.task_id)


async def test_a_stumble_puts_the_task_off(stage):
    stage.generator.instant = False
    await stage.ask()
    stage.clock.forward(60)
    await stumble(stage, 1)
    assert stage.task.tries == 1
    assert stage.task.next_due == stage.clock() + timedelta(seconds=stage.patience.poll)


async def test_a_stumble_does_not_hurry_an_unclear_submission(stage):
    stage.generator.trouble("submit", Unclear(Reason.OVERLOADED))
    await stage.ask()
    await stumble(stage, STUMBLES_MAX)
    assert stage.due_in() == stage.patience.unclear


async def test_what_breaks_for_one_picture_cuts_off_no_other(stage):
    async def slowly(_job: str) -> None:
        for _ in range(9):
            await asyncio.sleep(0)

    stage.generator.trouble("submit", ValueError("nobody foresaw this"))
    stage.generator.on_submit = slowly
    with pytest.raises(ValueError, match="foresaw"):
        await stage.ask(3)
    assert [one.job is None for one in stage.task.pictures].count(True) == 1
    assert len(stage.generator.submissions) == 3


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ([GONE, None], GONE),
        ([GONE, GONE], GONE),
        ([GONE, WORSE], WORSE),
        ([WORSE, None, GONE], WORSE),
    ],
)
async def test_that_a_task_is_gone_is_the_least_that_may_break(broken, told):
    async def step(failure: Exception | None) -> None:
        if failure:
            raise failure

    with pytest.raises(type(told)) as raised:
        await _side_by_side(*map(step, broken))
    assert raised.value is told


async def test_several_that_break_are_all_told_of(stage):
    stage.generator.trouble("submit", ValueError("one"), None, ValueError("another"))
    with pytest.raises(ExceptionGroup) as broken:
        await stage.ask(3)
    assert [str(one) for one in broken.value.exceptions] == ["one", "another"]


async def test_a_task_that_keeps_stumbling_is_given_up_in_words(stage):
    stage.generator.instant = False
    await stage.ask(2)
    await stumble(stage, STUMBLES_MAX)
    assert {picture.state for picture in stage.task.pictures} == {PictureState.SUBMITTED}
    await stumble(stage, 1)
    assert {picture.reason for picture in stage.task.pictures} == {Reason.INTERNAL}
    await stage.go()
    assert stage.people.reports == [Reason.INTERNAL]


async def test_a_task_that_stumbles_over_its_report_ends_all_the_same(stage):
    await stage.ask()
    await stumble(stage, 2 * STUMBLES_MAX)
    assert not stage.task.ended
    await stumble(stage, 1)
    assert (stage.task.state, stage.task.reason) == (TaskState.REPORTED, Reason.INTERNAL)


async def test_waiting_for_a_delivery_does_not_use_up_the_stumbles(stage):
    stage.people.trouble("deliver", *[BROKEN_LINE] * 20)
    await stage.ask()
    for _ in range(15):
        await stage.step()
    await stumble(stage, STUMBLES_MAX)
    assert not stage.task.ended


async def test_an_ended_task_does_not_stumble_for_ever(stage):
    stage.people.trouble("remove_card", *[BROKEN_LINE] * 2)
    await stage.ask()
    await stage.step()
    assert stage.task.state is TaskState.DELIVERED
    await stumble(stage, 2 * STUMBLES_MAX + 1)
    assert (stage.task.state, stage.task.next_due) == (TaskState.DELIVERED, None)


async def test_a_job_we_have_given_up_is_not_stumbled_over_for_ever(stage):
    stage.generator.instant = False
    await stage.ask()
    while not stage.task.ended:
        await stage.step()
    await stumble(stage, STUMBLES_MAX + 1)
    await stage.go(steps=3)
    assert stage.picture.reason is Reason.TIMEOUT


# --- races and crashes --------------------------------------------------------------------

WRITES = range(12)
WRITES_FOR_ONE = range(9)


async def killed(stage: Stage) -> bool:
    deaths = 0
    try:
        await stage.go()
    except* Killed as killed:
        deaths = len(killed.exceptions)
    return deaths > 0


@pytest.mark.parametrize("write", WRITES)
async def test_whoever_is_quicker_at_any_write_changes_nothing(stage, write):
    stage.store.intruders += [None] * write + [lambda task: task] * 2
    await stage.ask(2, sources=("file-a",))
    await stage.go()
    assert not stage.store.intruders
    assert len(stage.generator.submissions) == 2
    assert stage.people.sent == [ids(stage)]
    assert stage.people.cards == []


@pytest.mark.parametrize("write", WRITES_FOR_ONE)
async def test_a_process_killed_at_any_write_goes_on_and_pays_once(stage, write):
    stage.store.lives = write
    task = a_task(sources=("file-a",))
    stage.task_id = task.id
    try:
        await stage.pipeline.request(task)
    except* Killed:
        assert write == 0
    else:
        assert await killed(stage)
    stage.store.lives = None
    for job in stage.generator.jobs:
        await stage.call_back(job)
    await stage.go()
    assert len(stage.generator.submissions) == 1
    assert stage.task.state is TaskState.DELIVERED
    # Twice only if it was killed between sending and noting that, and then the task knows.
    assert len(stage.people.sent) == stage.task.sends <= 2


async def test_an_attempt_that_was_noted_and_died_before_it_was_made_is_noted_again(stage):
    """Nobody can know whether it was made."""
    stage.people.trouble("deliver", ValueError("kill -9"))
    await stage.ask()
    with pytest.raises(ValueError, match="kill"):
        await stage.step()
    assert (stage.task.sends, stage.picture.state) == (1, PictureState.STORED)
    survivor = Stage(store=stage.store, people=stage.people, clock=stage.clock)
    survivor.task_id = stage.task_id
    await survivor.go()
    assert (stage.task.sends, stage.task.state) == (2, TaskState.DELIVERED)
    assert stage.people.sent == [ids(stage)]
