"""What we hear of a job: callbacks, lookups, and the late ones."""

from dataclasses import replace

import pytest

from bot.errors import Reason, Refused, Transient, Unclear
from bot.life import PictureState, TaskState
from bot.pipeline import Heard
from bot.setbacks import SUBMISSIONS_MAX, TRIES_MAX
from tests.fakes import FakeDoors
from tests.stage import Stage, a_task, assert_delivered_once

BUSY = Transient(Reason.OVERLOADED, "429")
UNANSWERED = Unclear(Reason.OVERLOADED, "ReadTimeout")


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def polling() -> Stage:
    return Stage(doors=FakeDoors(public=False))


# --- being called back --------------------------------------------------------------------


async def test_a_callback_may_overtake_the_answer(stage):
    async def call(job: str) -> None:
        stage.generator.finish(job)
        assert await stage.call_back(job) is Heard.NEWS

    stage.generator.on_submit = call
    await stage.ask()
    await stage.go()
    assert_delivered_once(stage)
    assert len(stage.generator.submissions) == 1


async def test_a_callback_has_one_effect(stage):
    await stage.ask()
    stage.generator.finish("job-1")
    assert await stage.call_back("job-1") is Heard.NEWS
    woken = list(stage.woken)
    assert await stage.call_back("job-1") is Heard.REPEATED
    await stage.go()
    assert await stage.call_back("job-1") is Heard.REPEATED
    assert stage.woken == woken
    assert stage.task.next_due is None
    assert_delivered_once(stage)


async def test_a_callback_brings_the_lookup_forward(stage):
    await stage.ask()
    stage.clock.forward(5)
    stage.generator.finish("job-1")
    await stage.call_back("job-1")
    await stage.advance()
    assert stage.clock.elapsed == 5
    assert stage.task.state is TaskState.DELIVERED


async def test_a_callback_is_not_believed(stage):
    await stage.ask()
    await stage.call_back("job-1")
    await stage.advance()
    assert stage.generator.lookups == ["job-1"]
    assert stage.picture.state is PictureState.SUBMITTED


async def test_a_callback_during_a_lookup_that_fails_is_not_lost(stage):
    await stage.ask()
    stage.generator.trouble("look_up", BUSY)
    stage.store.intruders.append(
        lambda task: task.with_picture(replace(task.pictures[0], heard=True))
    )
    await stage.step()
    assert stage.generator.lookups == ["job-1", "job-1"]
    assert stage.picture.heard


async def test_a_callback_about_another_job_is_strange(stage):
    await stage.ask()
    before = stage.task
    assert await stage.call_back("job-of-somebody-else") is Heard.STRANGE
    assert stage.task == before


async def test_a_callback_about_no_picture_of_ours_is_strange(stage):
    await stage.ask()
    assert await stage.pipeline.receive("nobody", "job-1") is Heard.STRANGE


async def test_a_callback_that_loses_the_race_is_written_all_the_same(stage):
    await stage.ask()
    refused = stage.store.refused
    stage.store.intruders += [lambda task: task] * 3
    assert await stage.call_back("job-1") is Heard.NEWS
    assert stage.store.refused == refused + 3
    assert stage.picture.heard


async def test_a_job_made_for_another_picture_is_refused(stage):
    stage.generator.trouble("submit", UNANSWERED)
    await stage.ask()
    theirs = a_task().pictures[0].id
    await stage.generator.submit(stage.task.order, [], f"https://bot.test/?picture={theirs}")
    stage.generator.finish("job-2")
    await stage.call_back("job-2")
    await stage.go()
    assert stage.people.sent == []
    assert stage.people.reports == [Reason.GENERATOR_FAILED]


# --- looking up ---------------------------------------------------------------------------


async def test_without_callbacks_lookups_get_rarer(polling):
    await polling.ask()
    waits = []
    while polling.clock.elapsed < 300:
        waits.append(round(polling.due_in()))
        await polling.step()
    assert (waits[0], waits[-1]) == (3, 15)
    assert waits == sorted(waits)


async def test_a_job_that_breaks_is_made_anew(stage):
    await stage.ask()
    stage.generator.fail("job-1", Transient(Reason.GENERATOR_FAILED, "500"))
    stage.generator.instant = True
    await stage.go()
    assert_delivered_once(stage)
    assert stage.picture.job == "job-2"


async def test_a_job_is_made_three_times_at_the_most(stage):
    async def fail(job: str) -> None:
        stage.generator.fail(job, Transient(Reason.GENERATOR_FAILED, "500"))

    stage.generator.on_submit = fail
    await stage.ask()
    await stage.go()
    assert len(stage.generator.submissions) == SUBMISSIONS_MAX == 3
    assert stage.people.reports == [Reason.GENERATOR_FAILED]
    assert stage.picture.detail == "500"


async def test_a_second_call_about_a_broken_job_does_not_hide_the_new_one(stage):
    await stage.ask()
    stage.generator.fail("job-1", Transient(Reason.GENERATOR_FAILED, "500"))
    await stage.call_back("job-1")
    await stage.advance()
    assert stage.picture.state is PictureState.CREATED
    assert await stage.call_back("job-1") is Heard.REPEATED

    async def call_again(_job: str) -> None:
        assert await stage.call_back("job-1") is Heard.REPEATED

    stage.generator.on_submit = call_again
    stage.generator.instant = True
    await stage.go()
    assert_delivered_once(stage)
    assert len(stage.generator.submissions) == 2


async def test_a_job_that_is_refused_is_not_made_anew(stage):
    await stage.ask()
    stage.generator.fail("job-1", Refused(Reason.FILTERED, "422"))
    await stage.go()
    assert len(stage.generator.submissions) == 1
    assert stage.people.reports == [Reason.FILTERED]


async def test_a_job_the_generator_has_forgotten_is_made_anew(polling):
    await polling.ask()
    del polling.generator.jobs["job-1"]
    polling.generator.instant = True
    await polling.go()
    assert_delivered_once(polling)
    assert 30 < polling.clock.elapsed < 120
    assert polling.picture.job == "job-2"


async def test_lookups_that_failed_are_not_held_against_the_new_job(polling):
    await polling.ask()
    polling.generator.trouble("look_up", *[BUSY] * (TRIES_MAX + 1))
    for _ in range(TRIES_MAX + 1):
        await polling.step()
    assert polling.picture.tries > TRIES_MAX
    del polling.generator.jobs["job-1"]
    polling.generator.trouble("submit", BUSY)
    polling.generator.instant = True
    await polling.go()
    assert_delivered_once(polling)


async def test_a_job_that_is_unknown_at_first_is_waited_for(polling):
    await polling.ask()
    job = polling.generator.jobs.pop("job-1")
    await polling.step()
    polling.generator.jobs["job-1"] = job
    polling.generator.finish("job-1")
    await polling.go()
    assert_delivered_once(polling)
    assert len(polling.generator.submissions) == 1


@pytest.mark.parametrize("doors", [True, False], ids=["callbacks", "polling"])
async def test_a_job_that_takes_too_long_is_told(doors):
    stage = Stage(doors=FakeDoors(public=doors))
    await stage.ask()
    while not stage.task.ended:
        await stage.step()
    assert 900 <= stage.clock.elapsed <= 1_080
    assert stage.people.reports == [Reason.TIMEOUT]
    assert stage.task.status == "failed"


async def test_lookups_that_fail_do_not_put_off_the_timeout(stage):
    stage.generator.trouble("look_up", *[BUSY] * 100)
    await stage.ask()
    while not stage.task.ended:
        await stage.step()
    assert 900 <= stage.clock.elapsed <= 1_080
    assert stage.people.reports == [Reason.TIMEOUT]


async def given_up(stage: Stage) -> None:
    await stage.ask()
    while not stage.task.ended:
        await stage.step()


async def test_a_late_success_is_delivered_all_the_same(stage):
    await given_up(stage)
    stage.clock.forward(3_600)
    stage.generator.finish("job-1")
    await stage.go()
    assert stage.people.reports == [Reason.TIMEOUT]
    assert stage.people.sent == [[stage.picture.id]]
    assert (stage.task.status, stage.task.reason) == ("completed", None)
    assert stage.picture.reason is None


async def test_a_late_callback_brings_a_late_success_at_once(stage):
    await given_up(stage)
    stage.clock.forward(60)
    stage.generator.finish("job-1")
    assert await stage.call_back("job-1") is Heard.NEWS
    assert await stage.call_back("job-1") is Heard.REPEATED
    await stage.advance()
    assert stage.task.state is TaskState.DELIVERED
    assert len(stage.people.sent) == 1


async def test_a_job_we_have_given_up_is_followed_for_about_a_day(stage):
    await given_up(stage)
    await stage.go()
    assert 86_400 <= stage.clock.elapsed < 2.1 * 86_400
    assert stage.people.reports == [Reason.TIMEOUT]
    assert len(stage.generator.lookups) < 50


@pytest.mark.parametrize("failure", [Refused(Reason.FILTERED), Transient(Reason.OVERLOADED)])
async def test_a_job_that_fails_late_is_followed_no_further(stage, failure):
    await given_up(stage)
    stage.generator.fail("job-1", failure)
    await stage.step()
    assert stage.task.next_due is None
    assert stage.people.reports == [Reason.TIMEOUT]


async def test_trouble_while_looking_back_passes(stage):
    await given_up(stage)
    # One lookup in between tells that the job is still running, and the count begins anew.
    stage.generator.trouble("look_up", *[BUSY] * TRIES_MAX, None, *[BUSY] * TRIES_MAX)
    for _ in range(2 * TRIES_MAX):
        await stage.step()
    stage.generator.finish("job-1")
    await stage.go()
    assert stage.people.sent == [[stage.picture.id]]


async def test_trouble_before_giving_up_does_not_count_against_looking_back(stage):
    stage.generator.trouble("look_up", *[BUSY] * 100)
    await given_up(stage)
    stage.generator.clear("look_up")
    stage.generator.trouble("look_up", *[BUSY] * TRIES_MAX)
    stage.generator.finish("job-1")
    await stage.go()
    assert stage.people.sent == [[stage.picture.id]]


async def test_trouble_while_looking_back_that_stays_does_not_lose_the_picture(stage):
    await given_up(stage)
    stage.generator.trouble("look_up", *[BUSY] * 2 * (TRIES_MAX + 1))
    stage.generator.finish("job-1")
    await stage.go()
    assert stage.people.sent == [[stage.picture.id]]


async def test_trouble_while_looking_back_is_not_waited_out_for_ever(stage):
    await given_up(stage)
    stage.generator.trouble("look_up", *[BUSY] * 1_000)
    await stage.go()
    assert stage.clock.elapsed < 3 * 86_400
    assert stage.people.reports == [Reason.TIMEOUT]


async def test_one_failure_after_a_long_sleep_does_not_lose_the_picture(stage):
    stage.generator.instant = False
    await stage.ask()
    stage.generator.finish("job-1")
    stage.generator.trouble("look_up", BUSY)
    stage.clock.forward(3 * 86_400)
    await stage.go()
    assert stage.people.sent == [[stage.picture.id]]
    assert stage.people.reports == []
