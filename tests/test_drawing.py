"""One picture's way through the generator, and everything that may go wrong on it."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.errors import Gone, Reason, Refused, Transient, Unclear
from bot.life import PictureState, TaskState
from bot.pipeline import Heard
from bot.setbacks import SUBMISSIONS_MAX, TRIES_MAX
from tests.fakes import FakeDoors, MemoryPictures, MemoryStore
from tests.stage import Stage, assert_delivered_once

BUSY = Transient(Reason.OVERLOADED, "429")
UNANSWERED = Unclear(Reason.OVERLOADED, "ReadTimeout")


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def polling() -> Stage:
    return Stage(doors=FakeDoors(public=False))


# --- submitting ---------------------------------------------------------------------------


async def test_that_we_submit_is_written_before_we_do(stage):
    seen = []

    async def look(_job: str) -> None:
        seen.append((stage.picture.state, stage.picture.submissions))

    stage.generator.on_submit = look
    await stage.ask()
    assert seen == [(PictureState.SUBMITTING, 1)]
    assert (stage.picture.state, stage.picture.job) == (PictureState.SUBMITTED, "job-1")


async def test_a_job_is_told_where_to_call_back(stage):
    task = await stage.ask(2)
    callbacks = [callback for _, _, callback in stage.generator.submissions]
    assert callbacks == [f"https://bot.test/callback?picture={one.id}" for one in task.pictures]


async def test_where_nobody_can_call_we_do_not_ask_to_be_called(polling):
    await polling.ask()
    assert polling.generator.submissions[0][2] is None
    assert polling.due_in() == 3


async def test_an_unclear_submission_waits_for_its_callback(stage):
    stage.generator.trouble("submit", UNANSWERED)
    await stage.ask()
    assert stage.picture.state is PictureState.SUBMITTING
    assert stage.due_in() == stage.patience.unclear
    stage.clock.forward(stage.patience.unclear - 1)
    await stage.advance()
    assert len(stage.generator.submissions) == 1


async def test_an_unclear_submission_is_settled_by_its_callback(stage):
    stage.generator.trouble("submit", UNANSWERED)
    await stage.ask()
    stage.clock.forward(20)
    stage.generator.finish("job-1")
    assert await stage.call_back("job-1") is Heard.NEWS
    assert stage.woken[-1] == stage.task_id
    await stage.go()
    assert_delivered_once(stage)
    assert len(stage.generator.submissions) == 1


async def test_an_unclear_submission_is_made_again_after_the_wait(stage, caplog):
    stage.generator.trouble("submit", UNANSWERED)
    await stage.ask()
    stage.generator.instant = True
    await stage.go()
    assert_delivered_once(stage)
    assert (stage.picture.job, stage.picture.submissions) == ("job-2", 2)
    assert "submitting again" in caplog.text


async def test_submissions_that_stay_unanswered_come_to_an_end(stage):
    stage.generator.trouble("submit", *[UNANSWERED] * 10)
    await stage.ask()
    await stage.go()
    assert len(stage.generator.submissions) == SUBMISSIONS_MAX
    assert stage.people.reports == [Reason.GENERATOR_FAILED]


@pytest.mark.parametrize("retry_after", [0, 7, 600])
async def test_a_transient_refusal_waits_as_long_as_it_says(stage, retry_after):
    stage.generator.trouble("submit", Transient(Reason.OVERLOADED, retry_after=retry_after))
    await stage.ask()
    assert (stage.picture.state, stage.picture.tries) == (PictureState.CREATED, 1)
    assert retry_after <= stage.due_in() <= retry_after + 1
    stage.generator.instant = True
    await stage.go()
    assert_delivered_once(stage)


async def test_a_success_forgets_the_tries_before_it(stage):
    stage.generator.trouble("submit", BUSY, BUSY)
    await stage.ask()
    await stage.step()
    assert stage.picture.tries == 2
    await stage.step()
    assert (stage.picture.state, stage.picture.tries) == (PictureState.SUBMITTED, 0)


async def test_a_generator_that_stays_busy_is_given_up_with_its_reason(stage):
    stage.generator.trouble("submit", *[BUSY] * 20)
    await stage.ask()
    await stage.go()
    assert len(stage.generator.submissions) == TRIES_MAX + 1
    assert stage.people.reports == [Reason.OVERLOADED]
    assert stage.picture.detail == "429"


@pytest.mark.parametrize("reason", [Reason.PROMPT_REFUSED, Reason.NO_CREDITS, Reason.BAD_OPTIONS])
async def test_a_refusal_is_final_and_told(stage, reason):
    stage.generator.trouble("submit", Refused(reason, "x" * 500))
    await stage.ask()
    await stage.go()
    assert len(stage.generator.submissions) == 1
    assert stage.people.reports == [reason]
    assert stage.picture.detail == "x" * 200


# --- fetching -----------------------------------------------------------------------------


async def test_a_result_that_has_expired_is_renewed(stage):
    stage.generator.instant = True
    stage.generator.trouble("fetch", Gone(Reason.BAD_RESULT, "HTTP 410"))
    await stage.ask()
    await stage.go()
    assert_delivered_once(stage)
    assert stage.generator.renewals == ["https://results.test/job-1.png"]


async def test_a_result_that_stays_gone_is_given_up(stage):
    stage.generator.instant = True
    stage.generator.trouble("fetch", *[Gone(Reason.BAD_RESULT, "HTTP 404")] * 50)
    await stage.ask()
    await stage.go()
    assert len(stage.generator.renewals) == TRIES_MAX
    assert stage.people.reports == [Reason.BAD_RESULT]


@pytest.mark.parametrize(
    "trouble", [("fetch", Transient), ("keep_result", Refused)], ids=["network", "broken file"]
)
async def test_a_result_that_arrives_broken_is_fetched_again(stage, trouble):
    method, failure = trouble
    stage.generator.instant = True
    one = stage.generator if method == "fetch" else stage.pictures
    one.trouble(method, *[failure(Reason.BAD_RESULT, "cut off")] * TRIES_MAX)
    await stage.ask()
    await stage.go()
    assert_delivered_once(stage)
    assert stage.pictures.files[stage.picture.file.name] == b"job-1"


@pytest.mark.parametrize("method", ["fetch", "keep_result"])
async def test_a_result_that_stays_broken_is_given_up(stage, method):
    stage.generator.instant = True
    one = stage.generator if method == "fetch" else stage.pictures
    one.trouble(method, *[Transient(Reason.BAD_RESULT, "cut off")] * 50)
    await stage.ask()
    await stage.go()
    assert stage.people.reports == [Reason.BAD_RESULT]
    assert stage.picture.file is None


async def test_an_address_that_must_not_be_fetched_is_final(stage):
    stage.generator.instant = True
    stage.generator.trouble("fetch", Refused(Reason.BAD_RESULT, "not a public address"))
    await stage.ask()
    await stage.go()
    assert stage.people.reports == [Reason.BAD_RESULT]
    assert stage.generator.renewals == []


class Crowded(MemoryPictures):
    """There is no room for a result yet."""

    def __init__(self):
        super().__init__()
        self.room = asyncio.Event()

    @asynccontextmanager
    async def incoming(self):
        await self.room.wait()
        async with super().incoming() as incoming:
            yield incoming


async def test_a_result_is_fetched_as_soon_as_there_is_room_for_it():
    stage = Stage(pictures=Crowded())
    stage.generator.instant = True
    await stage.ask()
    going = asyncio.create_task(stage.go())
    for _ in range(100):
        await asyncio.sleep(0)
    assert stage.picture.state is PictureState.GENERATED
    assert stage.generator.fetches == []
    stage.pictures.room.set()
    await going
    assert len(stage.generator.fetches) == 1
    assert_delivered_once(stage)


# --- side by side -------------------------------------------------------------------------


async def test_one_failure_does_not_hold_up_the_others(stage):
    stage.generator.trouble("submit", None, Refused(Reason.FILTERED), None)
    stage.generator.instant = True
    task = await stage.ask(3)
    await stage.go()
    states = [picture.state for picture in stage.task.pictures]
    assert states == [PictureState.STORED, PictureState.FAILED, PictureState.STORED]
    assert stage.people.sent == [[task.pictures[0].id, task.pictures[2].id]]
    assert stage.task.state is TaskState.DELIVERED


async def test_an_unclear_submission_waits_alone(stage):
    stage.generator.trouble("submit", UNANSWERED, None)
    await stage.ask(2)
    first, second = stage.task.pictures
    assert first.state is PictureState.SUBMITTING
    assert second.state is PictureState.SUBMITTED
    assert first.due_at - second.due_at == timedelta(seconds=stage.patience.unclear - 30)


# --- a disk that is full for a while ------------------------------------------------------


class FullAtTheWrongMoment(MemoryStore):
    """Refuses to note the first job, and by then its submission seems unanswered: the machine
    slept, or had much else to do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wait = lambda: None

    async def save(self, task, before=None):
        if self.wait and task.pictures[0].state is PictureState.SUBMITTED:
            wait, self.wait = self.wait, None
            wait()
            raise Transient(Reason.INTERNAL, "database or disk is full")
        return await super().save(task, before)


async def test_a_job_that_could_not_be_noted_is_not_made_again_however_long_that_takes():
    stage = Stage(store=FullAtTheWrongMoment())
    stage.store.wait = lambda: stage.clock.forward(stage.patience.unclear + 1)
    stage.generator.instant = True
    await stage.ask()
    await stage.go()
    assert len(stage.generator.submissions) == 1
    assert stage.task.state is TaskState.DELIVERED


# --- fetching while the disk takes note -----------------------------------------------------


async def test_a_result_is_on_its_way_before_it_is_written_that_it_is_there(stage):
    task = await stage.ask()
    seen = []
    save = stage.store.save

    async def slowly(changed, before=None):
        if changed.pictures[0].state is PictureState.GENERATED:
            await asyncio.sleep(0.01)
            seen.extend(stage.generator.fetches)
        return await save(changed, before)

    stage.store.save = slowly
    stage.generator.finish("job-1")
    await stage.call_back("job-1")
    await stage.advance()
    assert len(seen) == len(stage.generator.fetches) == 1
    assert_delivered_once(stage)
    assert task.id == stage.task.id


async def test_what_came_and_could_not_be_noted_is_thrown_away_and_fetched_again(stage):
    await stage.ask()
    save, troubles = stage.store.save, [Transient(Reason.INTERNAL, "disk full")]

    async def full_once(changed, before=None):
        if changed.pictures[0].state is PictureState.GENERATED and troubles:
            await asyncio.sleep(0.01)
            raise troubles.pop()
        return await save(changed, before)

    stage.store.save = full_once
    stage.generator.finish("job-1")
    await stage.call_back("job-1")
    await stage.advance()
    assert stage.picture.state is PictureState.SUBMITTED
    assert stage.pictures.files == {}
    await stage.go()
    assert_delivered_once(stage)


async def test_a_result_that_does_not_come_is_noted_and_tried_again(stage):
    await stage.ask()
    stage.generator.trouble("fetch", Transient(Reason.BAD_RESULT, "cut off"))
    stage.generator.finish("job-1")
    await stage.call_back("job-1")
    await stage.advance()
    assert (stage.picture.state, stage.picture.tries) == (PictureState.GENERATED, 1)
    assert stage.due_in() > 0
    await stage.go()
    assert_delivered_once(stage)
