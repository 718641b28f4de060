"""/task: an operator sees all there is about a task, brings it again and gives its credits back."""

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from tests.conftest import Studio
from tests.operating import ended, newest, open_again, rows
from tests.pressing import Message, labels, now, press, refuse, toast


@pytest.fixture
async def desk(studio: Studio) -> Studio:
    await studio.start(admin_ids=frozenset({studio.bob.id}), free_credits_daily=40)
    return studio


async def drawn(studio: Studio, wish: str = "a red fox") -> str:
    """Returns the number of the task."""
    studio.telegram.say(studio.ann, wish)
    await studio.picture(studio.chat(studio.ann), wish.partition(" --")[0])
    await ended(studio)
    return newest(studio)


async def sheet(studio: Studio, number: str) -> Message:
    studio.telegram.say(studio.bob, f"/task {number}")
    return await studio.words(studio.chat(studio.bob), "🔎")


def pictures(studio: Studio) -> list[Message]:
    return [one for one in studio.from_bot(studio.chat(studio.ann)) if "photo" in one]


async def test_it_tells_everything_in_raw_codes(desk: Studio) -> None:
    task = await drawn(desk, "a red fox --ar 16:9 --n 2")
    text = (await sheet(desk, task))["text"]
    assert f"Task {task}: delivered" in text
    assert f"Who: {desk.ann.id}, where: chat {desk.ann.id}" in text
    assert "banana · 16:9 · 1k · ×2" in text
    assert "“a red fox”" in text
    for picture in rows(desk, "SELECT id FROM pictures"):
        assert f"{picture} stored" in text
    for job in desk.generator.jobs:
        assert f"job {job}" in text
    assert "0 credits reserved, 8 spent, 0 refunded" in text
    told = [line.partition(" ")[2] for line in text.partition("🕑")[2].splitlines()[1:]]
    assert told[0] == "asked"
    assert told.count("#1 submitted") == told.count("#1 generated") == 1
    assert "reserve 8" in told
    assert "commit 8" in told


async def test_a_failure_shows_its_code_and_what_the_generator_said(desk: Studio) -> None:
    refuse(desk)
    desk.telegram.say(desk.ann, "a red fox")
    await desk.words(desk.chat(desk.ann), "🚫")
    await ended(desk)
    text = (await sheet(desk, newest(desk)))["text"]
    assert ": reported prompt_refused" in text or ": reported filtered" in text
    assert "CONTENT_POLICY_BLOCKED: flagged as sensitive." in text
    assert "release 4" in text


async def test_the_number_of_a_picture_leads_to_its_task(desk: Studio) -> None:
    task = await drawn(desk)
    (picture,) = rows(desk, "SELECT id FROM pictures")
    assert task in (await sheet(desk, picture))["text"]


@pytest.mark.parametrize(
    ("said", "answer"),
    [("/task", "like /task"), ("/task fox", "like /task"), ("/task 0123456789ab", "no such task")],
)
async def test_what_is_no_task_is_said(desk: Studio, said: str, answer: str) -> None:
    desk.telegram.say(desk.bob, said)
    await desk.words(desk.chat(desk.bob), answer)


async def test_pictures_are_sent_again(desk: Studio) -> None:
    task = await drawn(desk, "a red fox --n 2")
    shown = await sheet(desk, task)
    press(desk, desk.bob, shown, "Deliver again")
    await desk.words(desk.chat(desk.bob), "2 pictures were sent again.")
    assert len(pictures(desk)) == 4
    assert len(desk.generator.jobs) == 2


async def test_what_could_not_be_brought_is_brought(desk: Studio) -> None:
    closed = TelegramFault(
        method="sendPhoto", status=403, description="Forbidden: bot was blocked by the user"
    )
    desk.telegram.faults.add(closed)
    desk.telegram.say(desk.ann, "a red fox")
    await ended(desk)
    open_again(desk)
    shown = await sheet(desk, newest(desk))
    assert ": reported undeliverable" in shown["text"]
    press(desk, desk.bob, shown, "Deliver again")
    await desk.words(desk.chat(desk.bob), "on its way once more")
    await desk.picture(desk.chat(desk.ann), "a red fox")


async def test_where_the_chat_is_closed_nothing_is_sent(desk: Studio) -> None:
    task = await drawn(desk)
    desk.telegram.block(desk.ann)
    shown = await sheet(desk, task)
    press(desk, desk.bob, shown, "Deliver again")
    await desk.words(desk.chat(desk.bob), "That chat is closed to us")


async def test_credits_are_given_back_once(desk: Studio) -> None:
    task = await drawn(desk, "a red fox --n 2")
    shown = await sheet(desk, task)
    pressed = press(desk, desk.bob, shown, "Refund 8 credits")
    again = press(desk, desk.bob, shown, "Refund 8 credits")
    assert "8 credits given back." in (await toast(desk, pressed))["text"]
    assert "nothing to give back" in (await toast(desk, again))["text"]
    await desk.telegram.wait_until(lambda: "8 refunded" in now(desk, shown)["text"])
    assert not any("Refund" in label for label in labels(now(desk, shown)))
    desk.telegram.say(desk.ann, "/balance")
    await desk.words(desk.chat(desk.ann), "8 credits of yours to keep")


async def test_where_nothing_was_spent_there_is_nothing_to_refund(desk: Studio) -> None:
    refuse(desk)
    desk.telegram.say(desk.ann, "a red fox")
    await desk.words(desk.chat(desk.ann), "🚫")
    await ended(desk)
    shown = await sheet(desk, newest(desk))
    assert not any("Refund" in label for label in labels(shown))
