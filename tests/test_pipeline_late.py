"""Pictures that come late, or to a bot that was long away: one failure is not the end."""

import pytest

from bot.errors import Reason, Transient
from bot.life import TaskState
from bot.pipeline import STUMBLES_MAX
from bot.setbacks import TRIES_MAX
from tests.stage import Stage, ids

AWAY = Transient(Reason.OVERLOADED, "502")
DAYS = 3 * 86_400


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_delivery_that_fails_once_after_days_away_is_tried_again(stage: Stage) -> None:
    await stage.ask()
    stage.generator.finish("job-1")
    stage.people.trouble("deliver", *[AWAY] * STUMBLES_MAX)
    stage.clock.forward(DAYS)
    await stage.go()
    assert (stage.task.state, stage.people.sent) == (TaskState.DELIVERED, [ids(stage)])


async def test_a_delivery_that_fails_for_good_after_days_away_is_given_up(stage: Stage) -> None:
    await stage.ask()
    stage.generator.finish("job-1")
    stage.people.trouble("deliver", *[AWAY] * (STUMBLES_MAX + 1))
    stage.clock.forward(DAYS)
    await stage.go()
    assert stage.task.reason is Reason.UNDELIVERABLE


async def test_a_picture_that_comes_late_has_a_day_of_its_own(stage: Stage) -> None:
    await stage.ask()
    while not stage.task.ended:
        await stage.step()
    stage.clock.forward(20 * 3_600)
    stage.generator.finish("job-1")
    stage.people.trouble("deliver", *[Transient(Reason.OVERLOADED, retry_after=3_600)] * 10)
    await stage.go()
    assert (stage.task.state, stage.people.sent) == (TaskState.DELIVERED, [ids(stage)])


async def test_a_job_given_up_after_days_away_is_looked_at_once_more(stage: Stage) -> None:
    """The generator was away just when we were back: what was paid for is not forgotten."""
    await stage.ask()
    stage.generator.finish("job-1")
    stage.generator.trouble("look_up", *[AWAY] * (TRIES_MAX + 1))
    stage.clock.forward(DAYS)
    await stage.go()
    assert (stage.task.state, stage.people.sent) == (TaskState.DELIVERED, [ids(stage)])
    assert stage.people.reports == [Reason.TIMEOUT]
