"""Standing in line: what the person sees of it, and what the generator does."""

import asyncio
from datetime import timedelta

import pytest

from bot.bringing import ALBUM
from bot.errors import Reason, Refused, Transient, Unclear
from bot.life import TaskState
from bot.outlook import Forecast
from bot.patience import Patience
from tests.conftest import Studio, eventually
from tests.stage import NEVER, Stage, a_task, ids

# --- how long it will take ----------------------------------------------------------------


@pytest.fixture
def stage() -> Stage:
    return Stage()


def forecast(stage: Stage) -> Forecast:
    return Forecast(
        queue=stage.store, experience=stage.store, patience=Patience(), clock=stage.clock
    )


async def test_nothing_is_promised_before_anything_was_drawn(stage: Stage) -> None:
    await stage.ask()
    assert (await forecast(stage).of(stage.task)).expected is None


async def test_the_time_is_that_of_such_pictures_and_of_the_line(stage: Stage) -> None:
    await stage.ask()
    stage.store.usual = 20.0
    stage.clock.forward(7)
    outlook = await forecast(stage).of(stage.task)
    assert (outlook.place, outlook.expected, outlook.elapsed) == (None, 20.0, 7.0)


async def test_the_place_is_behind_all_pictures_that_come_before(stage: Stage) -> None:
    early, late = a_task(3), a_task()
    stage.store.tasks = {early.id: early, late.id: late}
    stage.store.usual = 20.0
    outlook = await forecast(stage).of(late)
    assert (outlook.place, outlook.expected) == (4, 22.0)


async def test_all_that_ask_at_the_same_time_share_one_answer(stage: Stage) -> None:
    tasks = [a_task() for _ in range(5)]
    stage.store.tasks = {task.id: task for task in tasks}
    foretold, asked = forecast(stage), []
    order = stage.store.order

    class Queue:
        async def order(self):
            asked.append(1)
            await asyncio.sleep(0)
            return await order()

    foretold.queue = Queue()
    outlooks = await asyncio.gather(*(foretold.of(task) for task in tasks))
    assert [one.place for one in outlooks] == [1, 2, 3, 4, 5]
    assert len(asked) == 1


async def test_those_who_join_while_a_round_is_made_share_the_next(stage: Stage) -> None:
    asked = []

    class Queue:
        async def next(self, _room):
            asked.append(1)
            await asyncio.sleep(0)
            return [], 0

    stage.line.queue = Queue()
    await asyncio.gather(*(stage.line.admit() for _ in range(10)))
    assert len(asked) == 2


# --- many pictures ------------------------------------------------------------------------


async def test_of_many_pictures_an_album_is_brought_when_it_is_full(stage: Stage) -> None:
    await stage.ask(ALBUM + 5)
    jobs = list(stage.generator.jobs)
    for number, job in enumerate(jobs[:ALBUM]):
        assert stage.people.sent == []
        stage.generator.finish(job)
        await stage.call_back(job, picture=number)
        await stage.advance()
    assert stage.people.sent == [ids(stage)[:ALBUM]]
    assert (stage.task.state, stage.task.sends) == (TaskState.WORKING, 0)
    for number, job in enumerate(jobs[ALBUM:], start=ALBUM):
        stage.generator.finish(job)
        await stage.call_back(job, picture=number)
    await stage.go()
    assert stage.people.sent == [ids(stage)[:ALBUM], ids(stage)[ALBUM:]]
    assert stage.task.state is TaskState.DELIVERED


@pytest.mark.parametrize(
    "trouble",
    [
        Transient(Reason.UNDELIVERABLE, "502"),
        Unclear(Reason.UNDELIVERABLE, "timed out"),
        Refused(Reason.UNDELIVERABLE, "blocked"),
    ],
)
async def test_an_album_that_could_not_be_brought_comes_with_the_rest(
    stage: Stage, trouble: Exception
) -> None:
    stage.people.trouble("deliver", trouble)
    await stage.ask(ALBUM + 1)
    for number, job in enumerate(list(stage.generator.jobs)):
        stage.generator.finish(job)
        await stage.call_back(job, picture=number)
        await stage.advance()
    await stage.go()
    brought = [one for album in stage.people.sent for one in album]
    assert sorted(brought) == sorted(ids(stage))
    assert stage.task.state is TaskState.DELIVERED


# --- the card -----------------------------------------------------------------------------


async def test_the_card_is_looked_after_ever_more_rarely() -> None:
    stage = Stage(patience=Patience(slow=NEVER))
    await stage.ask()
    while stage.clock.elapsed < 600:
        await stage.step()
    assert 10 < len(stage.people.outlooks) < 30


async def test_a_card_that_is_gone_is_left_alone() -> None:
    stage = Stage(patience=Patience(slow=NEVER))
    stage.people.trouble("update_card", Refused(Reason.UNDELIVERABLE, "message to edit not found"))
    await stage.ask()
    while stage.clock.elapsed < 60:
        await stage.step()
    assert len(stage.people.outlooks) == 1
    assert stage.task.card_at is None


async def test_a_card_for_which_there_was_no_room_is_shown_later() -> None:
    stage = Stage(patience=Patience(slow=NEVER))
    stage.people.trouble("show_card", Transient(Reason.UNDELIVERABLE, retry_after=2))
    await stage.ask()
    assert stage.task.card is None
    while stage.clock.elapsed < 6:
        await stage.step()
    assert stage.people.cards == [stage.task.card]


async def test_a_card_that_may_be_there_is_not_shown_twice() -> None:
    stage = Stage(patience=Patience(slow=NEVER))
    stage.people.trouble("show_card", Unclear(Reason.UNDELIVERABLE, "timed out"))
    await stage.ask()
    stage.clock.forward(timedelta(minutes=2).total_seconds())
    await stage.advance()
    assert stage.people.cards == []


# --- with the whole bot -------------------------------------------------------------------


async def test_one_who_asks_for_ten_does_not_hold_up_one_who_asks_for_one(studio: Studio) -> None:
    studio.generator.hold()
    await studio.start(person_at_once=2, jobs_at_once=2)
    studio.telegram.say(studio.ann, "a red fox --n 10")
    await eventually(lambda: len(studio.generator.jobs) == 2)
    studio.telegram.say(studio.bob, "a blue whale")
    waiting = await studio.words(studio.chat(studio.bob), "🎨 In line, number 1: a blue whale")
    assert waiting["reply_markup"]
    studio.generator.release()
    await studio.picture(studio.chat(studio.bob), "a blue whale")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    prompts = [job.input["prompt"] for job in studio.generator.jobs.values()]
    # Two places at the generator became free at almost the same time.
    assert "a blue whale" in prompts[2:4]


async def test_a_line_goes_on_after_a_restart(studio: Studio) -> None:
    studio.generator.hold()
    await studio.start(person_at_once=1)
    for prompt in ("a red fox", "a green frog"):
        studio.telegram.say(studio.ann, prompt)
    chat = studio.chat(studio.ann)
    await studio.words(chat, "In line, number 1")
    await studio.stop()
    studio.generator.release()
    await studio.start(person_at_once=1)
    await studio.picture(chat, "a red fox")
    await studio.picture(chat, "a green frog")
    await studio.quiet(chat)
    assert len(studio.generator.jobs) == 2
