"""Changing one's mind: what has not begun ends at once, what has begun is not sent any more."""

from typing import Any

import pytest

from bot.errors import Reason, Transient, Unclear
from bot.life import OddMove, PictureState, TaskState
from bot.sandbox.chats import Chat, Person
from tests.conftest import Studio, eventually
from tests.stage import Stage

# --- the life of a cancelled task ---------------------------------------------------------


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_before_it_has_begun_it_costs_nothing(stage: Stage) -> None:
    stage.people.trouble("fetch", *[Transient(Reason.OVERLOADED)] * 3)
    await stage.ask(3, sources=("file-a",))
    await stage.pipeline.cancel(stage.task_id, "ann")
    await stage.go()
    assert (stage.task.state, stage.task.reason) == (TaskState.REPORTED, Reason.CANCELLED)
    assert stage.generator.submissions == []
    assert stage.people.closed == [stage.people.cards[0]]
    assert (stage.people.sent, stage.people.reports) == ([], [])


async def test_what_is_being_drawn_is_kept_and_not_sent(stage: Stage) -> None:
    await stage.ask()
    await stage.pipeline.cancel(stage.task_id, "ann")
    await stage.advance()
    assert stage.people.closed
    assert not stage.task.ended
    stage.generator.finish("job-1")
    await stage.call_back("job-1")
    await stage.go()
    assert (stage.task.state, stage.task.reason) == (TaskState.REPORTED, Reason.CANCELLED)
    assert stage.picture.state is PictureState.STORED
    assert stage.people.sent == []


async def test_what_may_have_been_submitted_is_not_submitted_again(stage: Stage) -> None:
    stage.generator.trouble("submit", Unclear(Reason.OVERLOADED, "timed out"))
    await stage.ask()
    await stage.pipeline.cancel(stage.task_id, "ann")
    await stage.go()
    assert len(stage.generator.submissions) == 1
    assert stage.task.reason is Reason.CANCELLED


async def test_once_it_is_on_its_way_it_is_too_late(stage: Stage) -> None:
    stage.generator.instant = True
    stage.people.trouble("deliver", Transient(Reason.UNDELIVERABLE))
    await stage.ask()
    await stage.step()
    assert stage.task.settled
    with pytest.raises(OddMove, match="too late"):
        await stage.pipeline.cancel(stage.task_id, "ann")
    await stage.go()
    assert stage.task.state is TaskState.DELIVERED


async def test_twice_is_once(stage: Stage) -> None:
    await stage.ask()
    await stage.pipeline.cancel(stage.task_id, "ann")
    with pytest.raises(OddMove):
        await stage.pipeline.cancel(stage.task_id, "ann")


# --- in a chat ----------------------------------------------------------------------------


async def asked(studio: Studio, person: Person, chat: Chat, text: str) -> dict[str, Any]:
    """The card of a request that takes for ever."""
    studio.telegram.say(person, text, chat=None if chat.id > 0 else chat)
    prompt = text.removeprefix("/imagine ")
    return await studio.words(chat, prompt)


async def press_cancel(studio: Studio, person: Person, card: dict[str, Any]) -> str:
    """What the person is told."""
    return await studio.press(person, card, "✖ Cancel")


@pytest.fixture
def slow(studio: Studio) -> Studio:
    studio.generator.seconds_per_job = 3_600
    return studio


async def test_the_card_has_a_button_that_cancels(slow: Studio) -> None:
    await slow.start()
    chat = slow.chat(slow.ann)
    card = await asked(slow, slow.ann, chat, "a red fox")
    assert await press_cancel(slow, slow.ann, card) == "Cancelled."
    closed = await slow.words(chat, "✖ Cancelled: a red fox")
    assert closed["message_id"] == card["message_id"]
    assert "reply_markup" not in closed


async def test_in_a_group_only_the_asker_and_admins_cancel(slow: Studio) -> None:
    group = slow.telegram.world.add_group("Friends", members=[slow.ann, slow.bob, slow.mei])
    slow.telegram.promote(group, slow.mei)
    await slow.start()
    card = await asked(slow, slow.ann, group, "/imagine a red fox")
    assert "or an admin" in await press_cancel(slow, slow.bob, card)
    assert not [one for one in slow.from_bot(group) if "Cancelled" in one.get("text", "")]
    assert await press_cancel(slow, slow.mei, card) == "已取消。"
    await slow.words(group, "✖ Cancelled: a red fox")


async def test_the_command_cancels_all_that_is_mine_here_and_nothing_else(slow: Studio) -> None:
    group = slow.telegram.world.add_group("Friends", members=[slow.ann, slow.bob])
    await slow.start()
    await asked(slow, slow.ann, group, "/imagine a red fox")
    slow.telegram.say(slow.ann, "/imagine a green frog", chat=group)
    slow.telegram.say(slow.bob, "/imagine a blue whale", chat=group)
    slow.telegram.say(slow.ann, "a grey wolf")
    await eventually(lambda: len(slow.generator.jobs) == 4)
    slow.telegram.say(slow.ann, "/cancel", chat=group)
    await slow.words(group, "✖ Cancelled 2 requests.")
    await slow.words(group, "✖ Cancelled: a red fox")
    slow.telegram.say(slow.ann, "/cancel", chat=group)
    await slow.words(group, "Nothing of yours is under way here.")
    slow.telegram.say(slow.ann, "/cancel")
    await slow.words(slow.chat(slow.ann), "✖ Cancelled one request.")
    said = [one.get("text", "") for one in slow.from_bot(group)]
    assert not any("Cancelled" in one and "whale" in one for one in said)
