"""Guest mode, end to end: called by name in a chat the bot is not in."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat
from tests.conftest import Studio, eventually, photo
from tests.inlining import filled, started, told


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


async def is_at_rest(studio: Studio) -> None:
    await eventually(lambda: not studio.telegram.updates.pending)
    await eventually(lambda: rows(studio, "SELECT id FROM tasks WHERE due_at IS NOT NULL") == [])


def elsewhere(studio: Studio) -> Chat:
    people = [studio.ann, studio.bob]
    return studio.telegram.world.add_group("Without the bot", members=people, bot="left")


async def answered(studio: Studio, chat: Chat) -> dict[str, Any]:
    """What the bot says there as a guest."""
    return await studio.telegram.wait_for(lambda one: "guest_bot_caller_user" in one, chat=chat)


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_its_name_in_any_chat_calls_it_there_and_it_draws(
    studio: Studio, webhook: bool
) -> None:
    await studio.start(webhook=webhook)
    chat, private = elsewhere(studio), await started(studio, studio.ann)
    studio.generator.hold()
    studio.telegram.say(studio.ann, "@nano_banana_bot a red fox --ar 16:9", chat=chat)
    placeholder = await answered(studio, chat)
    assert placeholder["text"].startswith("🎨 a red fox\n\nDrawing…")
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.press(studio.bob, placeholder, "⏳ How is it going?")
    await studio.telegram.wait_until(lambda: studio.telegram.callback_answers)
    assert "I am drawing it" in studio.telegram.callback_answers[0]["text"]
    studio.generator.release()
    there = await filled(studio, placeholder, "photo")
    picture = await studio.picture(private, "a red fox")
    assert there["photo"][-1]["file_id"] == picture["photo"][-1]["file_id"]
    await is_at_rest(studio)
    assert len(studio.from_bot(chat)) == 1
    assert [job.input["aspect_ratio"] for job in studio.generator.jobs.values()] == ["16:9"]


async def test_a_photo_that_calls_it_is_edited(studio: Studio) -> None:
    await studio.start()
    await started(studio, studio.ann)
    chat = elsewhere(studio)
    studio.telegram.send_photo(
        studio.ann, photo(), caption="@nano_banana_bot as a stamp", chat=chat
    )
    await filled(studio, await answered(studio, chat), "photo")
    (job,) = studio.generator.jobs.values()
    assert len(job.references) == 1


async def test_a_mistake_is_answered_there(studio: Studio) -> None:
    await studio.start()
    chat = elsewhere(studio)
    studio.telegram.say(studio.ann, "@nano_banana_bot a fox --ar 16:99", chat=chat)
    said = await answered(studio, chat)
    assert "--ar cannot be 16:99" in said["text"]
    assert "reply_markup" not in said
    await is_at_rest(studio)
    assert not studio.generator.jobs


async def test_with_a_closed_private_chat_it_says_where_the_picture_waits(studio: Studio) -> None:
    await studio.start()
    chat = elsewhere(studio)
    studio.telegram.say(studio.ann, "@nano_banana_bot a red fox", chat=chat)
    shown = await told(studio, await answered(studio, chat), "ready and waits")
    ((button,),) = shown["reply_markup"]["inline_keyboard"]
    studio.telegram.say(studio.ann, "/start " + button["url"].partition("?start=")[2])
    await filled(studio, shown, "photo")


async def test_an_answer_that_got_lost_draws_once_and_brings_the_picture_in_private(
    studio: Studio,
) -> None:
    """It may have been said, and it cannot be said twice: the picture is not lost with it."""
    studio.telegram.faults.add(
        TelegramFault(method="answerGuestQuery", status=400, description="Bad Request: QUERY_OLD")
    )
    await studio.start()
    private = await started(studio, studio.ann)
    chat = elsewhere(studio)
    studio.telegram.say(studio.ann, "@nano_banana_bot a red fox", chat=chat)
    await studio.picture(private, "a red fox")
    await is_at_rest(studio)
    assert (len(studio.generator.jobs), studio.from_bot(chat)) == (1, [])


async def test_a_message_handled_twice_is_one_task(studio: Studio) -> None:
    await studio.start()
    await started(studio, studio.ann)
    chat = elsewhere(studio)
    asked = studio.telegram.say(studio.ann, "@nano_banana_bot a red fox", chat=chat)
    await filled(studio, await answered(studio, chat), "photo")
    query_id = next(iter(studio.telegram.world.queries.guest))
    again = asked | {"guest_query_id": query_id}
    studio.telegram.world.tell_bot("guest_message", chat.id, again)
    await is_at_rest(studio)
    assert (len(studio.generator.jobs), len(studio.from_bot(chat))) == (1, 1)


async def test_nobody_calls_it_without_its_name(studio: Studio) -> None:
    await studio.start()
    chat = elsewhere(studio)
    studio.telegram.say(studio.ann, "what a nice day", chat=chat)
    studio.telegram.say(studio.ann, "/imagine a fox", chat=chat)
    studio.telegram.say(studio.ann, "@other_bot a fox", chat=chat)
    await is_at_rest(studio)
    assert studio.from_bot(chat) == []


async def test_an_anonymous_admin_hears_why_nothing_is_drawn(studio: Studio) -> None:
    chat = elsewhere(studio)
    chat.members[studio.ann.id] = "administrator"
    chat.masks[studio.ann.id] = chat
    await studio.start()
    studio.telegram.say(studio.ann, "@nano_banana_bot a red fox", chat=chat)
    said = await answered(studio, chat)
    assert said["text"].startswith("🎭 As a guest here")
    await is_at_rest(studio)
    assert rows(studio, "SELECT id FROM tasks") == []
