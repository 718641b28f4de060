"""Blocked, kicked, moved, closed topics: the chat is left alone, and nothing of it is lost."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat, Person
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually

BOTH_MODES = pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
BRING = "📥 Show me"


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


async def undeliverable(studio: Studio, count: int = 1) -> None:
    """Wait until so many tasks have ended without reaching anybody."""
    ended = "SELECT id FROM tasks WHERE state = 'reported' AND reason = 'undeliverable'"
    await eventually(lambda: len(rows(studio, ended)) == count)


async def known(studio: Studio, what: str) -> None:
    await eventually(lambda: rows(studio, f"SELECT id FROM chats WHERE {what}"))


async def asked_and_shut(studio: Studio, person: Person, prompt: str) -> None:
    """The person asks, and blocks the bot while it draws."""
    studio.generator.hold()
    studio.telegram.say(person, prompt)
    await studio.words(studio.chat(person), "🎨")
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.block(person)
    await known(studio, "closed IS NOT NULL")
    studio.telegram.calls.clear()
    studio.generator.release()


def pictures(studio: Studio, chat: Chat) -> list[dict[str, Any]]:
    return [one for one in studio.from_bot(chat) if "photo" in one]


@BOTH_MODES
async def test_who_blocks_us_is_left_alone_and_finds_the_pictures_later(
    studio: Studio, webhook: bool
) -> None:
    await studio.start(webhook=webhook)
    await asked_and_shut(studio, studio.ann, "a red fox --n 2")
    await undeliverable(studio)
    about = {call.params.get("chat_id") for call in studio.telegram.calls}
    assert str(studio.ann.id) not in about
    assert rows(studio, "SELECT state FROM pictures") == [("stored",), ("stored",)]

    chat = studio.chat(studio.ann)
    studio.telegram.unblock(studio.ann)
    studio.telegram.say(studio.ann, "/start")
    offer = await studio.words(chat, "2 pictures are waiting")
    for _ in range(2):
        studio.telegram.press(studio.ann, offer, BRING)
    await studio.picture(chat, "a red fox")
    await studio.telegram.wait_until(lambda: len(studio.telegram.callback_answers) == 2)
    await studio.quiet(chat)
    assert len(pictures(studio, chat)) == 2
    assert len(studio.generator.jobs) == 2
    ended = [("delivered", None)]
    await eventually(lambda: rows(studio, "SELECT state, reason FROM tasks") == ended)


async def test_the_offer_comes_with_any_message_once_and_outlives_a_restart(studio: Studio) -> None:
    await studio.start()
    await asked_and_shut(studio, studio.mei, "狐狸")
    await undeliverable(studio)
    await studio.stop()
    studio.telegram.unblock(studio.mei)
    await studio.start()
    chat = studio.chat(studio.mei)
    studio.telegram.say(studio.mei, "a wolf")
    offer = await studio.words(chat, "张图片在等着")
    await studio.picture(chat, "a wolf")
    studio.telegram.say(studio.mei, "a bear")
    await studio.picture(chat, "a bear")
    offers = [one for one in studio.from_bot(chat) if "在等着" in one.get("text", "")]
    assert [one["message_id"] for one in offers] == [offer["message_id"]]
    studio.telegram.press(studio.mei, offer, "📥 给我看")
    brought = await studio.picture(chat, "狐狸")
    await studio.quiet(chat)
    assert "狐狸" in brought["reply_to_message"]["text"]


async def test_a_refusal_closes_a_chat_as_well_as_an_update(studio: Studio) -> None:
    """The update that says so may come late; the first refusal is enough."""
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    await studio.words(studio.chat(studio.ann), "🎨")
    studio.telegram.deactivate(studio.ann)
    studio.generator.release()
    await undeliverable(studio)
    await known(studio, "closed LIKE '%deactivated%'")


async def test_what_could_not_be_told_is_told_later_too(studio: Studio) -> None:
    refused = {"code": "422", "text": "CONTENT_POLICY_BLOCKED: flagged as sensitive."}
    studio.generator.faults.add(Fault(where="outcome", kind="fail", **refused))
    await studio.start()
    await asked_and_shut(studio, studio.ann, "a red fox")
    await undeliverable(studio)
    studio.telegram.unblock(studio.ann)
    studio.telegram.say(studio.ann, "/start")
    chat = studio.chat(studio.ann)
    offer = await studio.words(chat, "ended without a picture")
    studio.telegram.press(studio.ann, offer, BRING)
    await studio.words(chat, "safety filter")


async def kicked(studio: Studio) -> Chat:
    """A group where Bob asked and the bot was thrown out; the picture is ready by now."""
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.bob, "/imagine a blue whale", chat=group)
    await studio.words(group, "🎨")
    studio.telegram.kick(group)
    await known(studio, "closed IS NOT NULL")
    studio.generator.release()
    await undeliverable(studio)
    return group


async def test_from_a_group_that_threw_us_out_the_picture_comes_to_its_person(
    studio: Studio,
) -> None:
    group = await kicked(studio)
    studio.telegram.say(studio.ann, "/start")
    await studio.words(studio.chat(studio.ann), "Hello Ann")
    studio.telegram.say(studio.bob, "/start")
    chat = studio.chat(studio.bob)
    offer = await studio.words(chat, "A picture is waiting")
    studio.telegram.press(studio.bob, offer, BRING)
    picture = await studio.picture(chat, "a blue whale")
    assert picture["reply_to_message"]["message_id"] == offer["message_id"]
    assert pictures(studio, group) == pictures(studio, studio.chat(studio.ann)) == []


async def test_a_group_that_takes_us_back_is_offered_what_was_asked_there(studio: Studio) -> None:
    group = await kicked(studio)
    studio.telegram.add_bot(group)
    offer = await studio.words(group, "A picture is waiting")
    studio.telegram.press(studio.ann, offer, BRING)
    picture = await studio.picture(group, "a blue whale")
    assert "/imagine a blue whale" in picture["reply_to_message"]["text"]
    await eventually(
        lambda: not [one for one in studio.from_bot(group) if "🎨" in one.get("text", "")]
    )
    studio.telegram.say(studio.bob, "/start")
    chat = studio.chat(studio.bob)
    await studio.words(chat, "Hello Bob")
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == 1


@BOTH_MODES
async def test_a_group_that_moves_while_we_draw_gets_its_picture_there(
    studio: Studio, webhook: bool
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann], supergroup=False)
    await studio.start(webhook=webhook)
    studio.generator.hold()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    await studio.words(group, "🎨")
    new = studio.telegram.migrate(group)
    await known(studio, f"moved_to = {new.id}")
    studio.telegram.calls.clear()
    studio.generator.release()
    await studio.picture(new, "a red fox")
    await eventually(lambda: rows(studio, "SELECT state FROM tasks") == [("delivered",)])
    assert {call.params.get("chat_id") for call in studio.telegram.calls} <= {str(new.id), None}


@pytest.mark.parametrize("end", ["close_topic", "delete_topic"])
async def test_without_its_topic_the_picture_comes_to_general(studio: Studio, end: str) -> None:
    forum = studio.telegram.world.add_group("Club", members=[studio.ann], forum=True)
    topic = studio.telegram.world.add_topic(forum, "Foxes")
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=forum, topic=topic)
    await studio.words(forum, "🎨")
    getattr(studio.telegram, end)(forum, topic)
    studio.generator.release()
    picture = await studio.picture(forum, "a red fox")
    assert "message_thread_id" not in picture


async def test_a_result_no_place_takes_waits_for_its_person(studio: Studio) -> None:
    """Even General is closed: that is no closed chat, but the picture is not lost either."""
    forum = studio.telegram.world.add_group("Club", members=[studio.ann], forum=True)
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=forum)
    await studio.words(forum, "🎨")
    closed = {"status": 400, "description": "Bad Request: TOPIC_CLOSED", "times": 9}
    studio.telegram.faults.add(TelegramFault(method="sendPhoto", **closed))
    studio.generator.release()
    await undeliverable(studio)
    assert rows(studio, "SELECT id FROM chats") == []
    studio.telegram.faults.clear()
    studio.telegram.say(studio.ann, "/start")
    chat = studio.chat(studio.ann)
    studio.telegram.press(studio.ann, await studio.words(chat, "is waiting"), BRING)
    await studio.picture(chat, "a red fox")
