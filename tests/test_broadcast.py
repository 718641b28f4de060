"""/broadcast: looked at, tried out, sent to everybody once, stopped, and gone on with."""

import pytest

from bot.sandbox.bot_api import Fault
from bot.sandbox.chats import Person
from tests.conftest import Studio, eventually
from tests.operating import rows
from tests.pressing import Message, forge, labels, now, press, toast

TEXT = "New: pictures in 4K."


@pytest.fixture
async def desk(studio: Studio) -> Studio:
    await start(studio)
    return studio


async def start(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))


async def ask(studio: Studio, *people: Person) -> None:
    for person in people:
        studio.telegram.say(person, "a fox")
    for person in people:
        await studio.picture(studio.chat(person), "a fox")


async def draft(studio: Studio, said: str = f"/broadcast {TEXT}") -> Message:
    studio.telegram.say(studio.bob, said)
    return await studio.words(studio.chat(studio.bob), "📣 This goes to")


def got(studio: Studio, person: Person) -> int:
    """How often somebody has it."""
    return sum(one.get("text") == TEXT for one in studio.from_bot(studio.chat(person)))


async def done(studio: Studio, card: Message, words: str = "✅ Sent.") -> str:
    await studio.telegram.wait_until(lambda: words in now(studio, card)["text"])
    return str(now(studio, card)["text"])


async def test_everybody_who_has_asked_for_something_gets_it_once(desk: Studio) -> None:
    eve = desk.telegram.world.add_person("Eve")
    desk.telegram.say(eve, "/start")
    group = desk.telegram.world.add_group("Friends", members=[desk.ann])
    desk.telegram.say(desk.ann, "/imagine a dog", chat=group)
    await desk.picture(group, "a dog")
    await ask(desk, desk.ann, desk.mei)
    card = await draft(desk)
    assert "📣 This goes to 2 private chats" in card["text"]
    assert got(desk, desk.ann) == got(desk, desk.mei) == 0
    press(desk, desk.bob, card, "Send to all")
    text = await done(desk, card)
    assert "100%" in text
    assert "2 have it, 0 were closed, of 2" in text
    assert labels(now(desk, card)) == []
    assert [got(desk, one) for one in (desk.ann, desk.mei, eve)] == [1, 1, 0]
    assert not any(one.get("text") == TEXT for one in desk.from_bot(group))


async def test_it_can_be_tried_out_first(desk: Studio) -> None:
    await ask(desk, desk.ann)
    card = await draft(desk)
    await toast(desk, press(desk, desk.bob, card, "Only to me"))
    await desk.telegram.wait_until(lambda: got(desk, desk.bob))
    assert got(desk, desk.ann) == 0


async def test_a_message_with_its_bold_words_can_be_replied_to(desk: Studio) -> None:
    await ask(desk, desk.ann)
    said = desk.telegram.say(desk.bob, "/help https://example.org/a and more")
    studio_card = desk.telegram.say(desk.bob, "/broadcast", reply_to=said)
    card = await desk.words(desk.chat(desk.bob), "📣 This goes to")
    assert card["reply_to_message"]["message_id"] == studio_card["message_id"]
    press(desk, desk.bob, card, "Send to all")
    await done(desk, card)
    (sent,) = [
        one for one in desk.from_bot(desk.chat(desk.ann)) if "and more" in one.get("text", "")
    ]
    assert sent["entities"] == said["entities"]


async def test_entities_behind_the_command_stay_where_they_were(desk: Studio) -> None:
    await ask(desk, desk.ann)
    card = await draft(desk, "/broadcast see https://example.org/a now")
    press(desk, desk.bob, card, "Send to all")
    await done(desk, card)
    (sent,) = [one for one in desk.from_bot(desk.chat(desk.ann)) if "see" in one.get("text", "")]
    (link,) = sent["entities"]
    assert sent["text"][link["offset"] :][: link["length"]] == "https://example.org/a"


async def test_who_has_blocked_us_is_passed_over_and_known_as_closed(desk: Studio) -> None:
    await ask(desk, desk.ann, desk.mei)
    desk.telegram.block(desk.ann)
    await eventually(lambda: rows(desk, "SELECT id FROM chats WHERE closed IS NOT NULL"))
    card = await draft(desk)
    assert "📣 This goes to 1 private chat:" in card["text"]
    press(desk, desk.bob, card, "Send to all")
    assert "1 have it, 0 were closed, of 1" in await done(desk, card)


async def test_who_is_found_closed_meanwhile_is_counted(desk: Studio) -> None:
    await ask(desk, desk.ann, desk.mei)
    card = await draft(desk)
    desk.telegram.deactivate(desk.ann)
    press(desk, desk.bob, card, "Send to all")
    assert "1 have it, 1 were closed, of 2" in await done(desk, card)
    assert rows(desk, "SELECT id FROM chats WHERE closed IS NOT NULL") == [str(desk.ann.id)]


async def test_a_discarded_one_is_never_sent(desk: Studio) -> None:
    await ask(desk, desk.ann)
    card = await draft(desk)
    await toast(desk, press(desk, desk.bob, card, "Discard"))
    await done(desk, card, "✖ Discarded.")
    number = rows(desk, "SELECT id FROM broadcasts")[0]
    await forge(desk, desk.bob, now(desk, card), f"desk:broadcast:{number}:send")
    await ask(desk, desk.mei)
    assert got(desk, desk.ann) == 0


async def test_pressed_twice_it_is_sent_once(desk: Studio) -> None:
    await ask(desk, desk.ann)
    card = await draft(desk)
    for _ in range(2):
        press(desk, desk.bob, card, "Send to all")
    await done(desk, card)
    await ask(desk, desk.mei)
    assert got(desk, desk.ann) == 1


async def test_it_is_stopped(desk: Studio) -> None:
    people = [desk.telegram.world.add_person(f"P{number}") for number in range(3)]
    await ask(desk, *people)
    # The first of them keeps us waiting.
    desk.telegram.faults.add(flood(people[0]))
    card = await draft(desk)
    press(desk, desk.bob, card, "Send to all")
    await done(desk, card, "📣 Being sent")
    assert labels(now(desk, card)) == ["⏹ Stop"]
    press(desk, desk.bob, card, "Stop")
    await done(desk, card, "⏹ Stopped.")
    await desk.stop()
    await start(desk)
    await ask(desk, desk.mei)
    assert [got(desk, one) for one in people] == [0, 0, 0]


async def test_it_goes_on_after_a_restart_and_nobody_gets_it_twice(desk: Studio) -> None:
    people = [desk.telegram.world.add_person(f"P{number}") for number in range(3)]
    await ask(desk, *people)
    desk.telegram.faults.add(flood(people[1]))
    card = await draft(desk)
    press(desk, desk.bob, card, "Send to all")
    await desk.telegram.wait_until(lambda: got(desk, people[0]))
    await eventually(lambda: rows(desk, "SELECT 1 FROM broadcasts WHERE reached = 1"))
    await desk.stop()
    desk.telegram.faults.clear()
    await start(desk)
    assert "3 have it, 0 were closed, of 3" in await done(desk, card)
    assert [got(desk, one) for one in people] == [1, 1, 1]


async def test_a_chat_that_is_being_sent_to_at_the_end_does_not_get_it_again(desk: Studio) -> None:
    await ask(desk, desk.ann)
    # It arrives at once, and Telegram takes its time to say so.
    slow = Fault(method="sendMessage", chat_id=desk.ann.id, delay=0.5, before=False)
    desk.telegram.faults.add(slow)
    card = await draft(desk)
    press(desk, desk.bob, card, "Send to all")
    await desk.telegram.wait_until(lambda: got(desk, desk.ann))
    await desk.stop()
    await start(desk)
    await done(desk, card)
    assert got(desk, desk.ann) == 1


async def test_without_a_text_it_is_said_how(desk: Studio) -> None:
    desk.telegram.say(desk.bob, "/broadcast")
    await desk.words(desk.chat(desk.bob), "/broadcast and the text")


def flood(person: Person) -> Fault:
    return Fault(
        method="sendMessage",
        chat_id=person.id,
        status=429,
        description="Too Many Requests: retry after 30",
        retry_after=30,
    )
