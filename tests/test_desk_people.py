"""/user, /ban, /unban, /allow, /grant: what an operator knows and decides about somebody."""

import pytest

from tests.conftest import Studio
from tests.operating import ended
from tests.pressing import Message, labels, now, press, refuse, toast


@pytest.fixture
async def desk(studio: Studio) -> Studio:
    await studio.start(admin_ids=frozenset({studio.bob.id}), free_credits_daily=40)
    return studio


async def asks(
    studio: Studio, said: str, answer: str, *, reply_to: Message | None = None
) -> Message:
    studio.telegram.say(studio.bob, said, reply_to=reply_to)
    return await studio.words(studio.chat(studio.bob), answer)


async def tap(studio: Studio, message: Message, label: str, expected: str) -> None:
    await toast(studio, press(studio, studio.bob, message, label))
    await studio.telegram.wait_until(lambda: expected in str(now(studio, message)))


async def test_a_person_is_looked_up(desk: Studio) -> None:
    refuse(desk)
    desk.telegram.say(desk.ann, "a bad fox")
    await desk.words(desk.chat(desk.ann), "🚫")
    desk.telegram.say(desk.ann, "a red fox")
    await desk.picture(desk.chat(desk.ann), "a red fox")
    await ended(desk, 2)
    text = (await asks(desk, f"/user {desk.ann.id}", "👤"))["text"]
    assert f"👤 Person {desk.ann.id}" in text
    assert "🪙 0 credits to keep, 36 of today, 0 reserved" in text
    assert "Tasks of the last 30 days: 2, of which 1 delivered" in text
    assert "• filtered: 1" in text or "• prompt_refused: 1" in text
    assert text.splitlines()[-2].endswith("· delivered")


async def test_a_group_is_looked_up_too(desk: Studio) -> None:
    group = desk.telegram.world.add_group("Friends", members=[desk.ann])
    desk.telegram.say(desk.ann, "/imagine a red fox", chat=group)
    await desk.picture(group, "a red fox")
    await ended(desk)
    text = (await asks(desk, f"/user {group.id}", "👥"))["text"]
    assert "Tasks of the last 30 days: 1, of which 1 delivered" in text


async def test_whose_message_was_forwarded_is_looked_up(desk: Studio) -> None:
    said = desk.telegram.say(desk.ann, "/help")
    forwarded = desk.telegram.forward(desk.bob, said, chat=desk.chat(desk.bob))
    shown = await asks(desk, "/user", "👤", reply_to=forwarded)
    assert f"👤 Person {desk.ann.id}" in shown["text"]
    await asks(desk, "/grant 7", f"{desk.ann.id} has 7 credits", reply_to=forwarded)


async def test_without_a_number_it_is_said_how(desk: Studio) -> None:
    await asks(desk, "/user", "Whom?")
    await asks(desk, "/ban somebody", "Whom?")
    await asks(desk, "/grant 5", "/grant and a number")


async def test_who_is_banned_is_drawn_for_no_more_until_that_is_taken_back(desk: Studio) -> None:
    await asks(desk, f"/ban {desk.ann.id} draws only spam", "is banned.")
    desk.telegram.say(desk.ann, "a red fox")
    await desk.words(desk.chat(desk.ann), "I do not draw for you any more")
    text = (await asks(desk, f"/user {desk.ann.id}", "👤"))["text"]
    assert "🚫 Banned\n“draws only spam”" in text
    await asks(desk, f"/unban {desk.ann.id}", "banned no more")
    desk.telegram.say(desk.ann, "a blue fox")
    await desk.picture(desk.chat(desk.ann), "a blue fox")


async def test_who_is_let_in_may_ask_where_it_is_closed(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}), access="closed")
    studio.telegram.say(studio.ann, "a red fox")
    await studio.words(studio.chat(studio.ann), str(studio.ann.id))
    await asks(studio, f"/allow {studio.ann.id}", "is let in")
    studio.telegram.say(studio.ann, "a blue fox")
    await studio.picture(studio.chat(studio.ann), "a blue fox")


async def test_buttons_do_the_same(desk: Studio) -> None:
    await opened(desk)
    shown = await asks(desk, f"/user {desk.ann.id}", "👤")
    await tap(desk, shown, "🚫 Ban", "🚫 Banned")
    assert "↩️ Unban" in labels(now(desk, shown))
    await tap(desk, shown, "Unban", "🚫 Ban")
    await tap(desk, shown, "Let in", "✅ Let in\\n\\n🪙")
    await tap(desk, shown, "+40", "40 credits to keep")
    await desk.words(desk.chat(desk.ann), "You have been given 40 credits")


async def test_credits_are_given_once_however_often_the_message_comes(desk: Studio) -> None:
    said = desk.telegram.say(desk.bob, f"/grant {desk.mei.id} 25")
    await desk.words(desk.chat(desk.bob), "has 25 credits")
    desk.telegram.world.tell_bot("message", desk.bob.id, said)
    await desk.telegram.wait_until(lambda: len(desk.from_bot(desk.chat(desk.bob))) == 2)
    assert "has 25 credits" in desk.from_bot(desk.chat(desk.bob))[1]["text"]


async def test_who_is_given_credits_hears_of_it_in_their_language(desk: Studio) -> None:
    desk.telegram.say(desk.mei, "一只狐狸")
    await desk.picture(desk.chat(desk.mei), "一只狐狸")
    await asks(desk, f"/grant {desk.mei.id} 25", "has 25 credits")
    await desk.words(desk.chat(desk.mei), "你获赠")


async def opened(studio: Studio) -> None:
    """Ann has a chat with us."""
    studio.telegram.say(studio.ann, "/start")
    await studio.words(studio.chat(studio.ann), "Ann")


async def test_credits_are_taken_back_as_far_as_there_are_any(desk: Studio) -> None:
    await opened(desk)
    await asks(desk, f"/grant {desk.ann.id} 25", "has 25 credits")
    await asks(desk, f"/grant {desk.ann.id} -10", "has 15 credits")
    await asks(desk, f"/grant {desk.ann.id} -100", "has 0 credits")
    gifts = [one for one in desk.from_bot(desk.chat(desk.ann)) if "given" in one["text"]]
    assert len(gifts) == 1


async def test_a_group_can_be_given_credits(desk: Studio) -> None:
    group = desk.telegram.world.add_group("Friends", members=[desk.ann])
    await asks(desk, f"/grant {group.id} 100", f"{group.id} has 100 credits")
    assert desk.from_bot(group) == []


async def test_where_the_chat_is_closed_credits_are_given_all_the_same(desk: Studio) -> None:
    desk.telegram.block(desk.ann)
    await asks(desk, f"/grant {desk.ann.id} 25", "has 25 credits")


@pytest.mark.parametrize("amount", ["0", "1000001", "-1000001", "many", "1.5", "--3"])
async def test_odd_amounts_are_refused(desk: Studio, amount: str) -> None:
    await asks(desk, f"/grant {desk.ann.id} {amount}", "/grant and a number")
