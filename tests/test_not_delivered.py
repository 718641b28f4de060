"""A picture Telegram does not take, or takes nowhere here, is not paid for; it waits, or ends."""

import logging
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat
from tests.conftest import Studio, eventually
from tests.pressing import labels, now, pressed
from tests.test_credits_in_chat import money

IMAGE_PROCESS_FAILED = "Bad Request: IMAGE_PROCESS_FAILED"
HELD, SPENT = 4, 4


def ends(studio: Studio) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in studio.keeping.rows("SELECT state, reason FROM tasks", [])]


def refuse_files(studio: Studio) -> None:
    for method in ("sendPhoto", "sendDocument"):
        fault = TelegramFault(method=method, status=400, description=IMAGE_PROCESS_FAILED)
        studio.telegram.faults.add(fault)


@pytest.fixture
def group(studio: Studio) -> Chat:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    group.forbidden |= {"photos", "documents"}
    return group


async def test_what_telegram_will_not_take_is_told_and_not_charged(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await studio.start()
    refuse_files(studio)
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    told = await studio.words(chat, "arrived damaged")
    assert "Nothing was charged" in told["text"]
    await eventually(lambda: "ended" in caplog.messages)
    assert "delivered" not in caplog.messages
    assert ends(studio) == [("reported", "bad_result")]
    assert money(studio) == {"held": 0, "spent": 0}
    await studio.quiet(chat)
    await studio.press(studio.ann, told, "🔁 Try again")
    await studio.picture(chat, "a red fox")
    await eventually(lambda: money(studio) == {"held": 0, "spent": SPENT})


async def test_one_of_two_that_telegram_will_not_take_leaves_the_other(studio: Studio) -> None:
    await studio.start()
    fault = TelegramFault(method="sendMediaGroup", status=400, description=IMAGE_PROCESS_FAILED)
    studio.telegram.faults.add(fault)
    refuse_files(studio)
    studio.telegram.say(studio.ann, "a red fox --n 2")
    chat = studio.chat(studio.ann)
    await studio.words(chat, "arrived damaged")
    await studio.picture(chat, "a red fox")
    await eventually(lambda: ends(studio) == [("delivered", None)])
    assert money(studio) == {"held": 0, "spent": SPENT}


async def test_where_no_picture_is_welcome_it_waits_and_is_not_charged(
    studio: Studio, group: Chat
) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    told = await studio.words(group, "🔒")
    await studio.quiet(group)
    await eventually(lambda: ends(studio) == [("reported", "undeliverable")])
    assert money(studio) == {"held": HELD, "spent": 0}
    group.forbidden.clear()
    await studio.press(studio.ann, told, "📥 Bring it here")
    await studio.picture(group, "a red fox")
    await eventually(lambda: ends(studio) == [("delivered", None)])
    assert money(studio) == {"held": 0, "spent": SPENT}
    assert len(studio.generator.jobs) == 1


async def test_what_may_not_be_sent_in_the_group_can_be_had_in_private(
    studio: Studio, group: Chat
) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a red fox --n 3", chat=group)
    told = await studio.words(group, "🔒")
    ((door, *_), *_) = told["reply_markup"]["inline_keyboard"]
    studio.telegram.say(studio.ann, f"/start {door['url'].partition('start=')[2]}")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await eventually(lambda: ends(studio) == [("delivered", None)])
    assert money(studio) == {"held": 0, "spent": 3 * SPENT}
    assert [one["text"] for one in studio.from_bot(group) if "🔒" in one.get("text", "")] == [
        told["text"]
    ]


async def test_somebody_else_cannot_bring_it(studio: Studio, group: Chat) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    told = await studio.words(group, "🔒")
    await studio.quiet(group)
    await eventually(lambda: ends(studio) == [("reported", "undeliverable")])
    await studio.press(studio.bob, told, "📥 Bring it here")
    assert ends(studio) == [("reported", "undeliverable")]


async def test_in_a_group_that_moves_while_it_is_drawn_the_buttons_work(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "/imagine a red fox --n 2", chat=group)
    await studio.words(group, "🎨")
    await eventually(lambda: studio.generator.jobs)
    new = studio.telegram.migrate(group)
    studio.generator.release()
    panel = await studio.words(new, "2 pictures")
    await studio.quiet(new)
    await eventually(lambda: ends(studio) == [("delivered", None)])
    sql = "SELECT DISTINCT chat FROM pictures"
    assert [row[0] for row in studio.keeping.rows(sql, [])] == [new.id]
    await pressed(studio, studio.ann, panel, "🗑 Delete")
    await studio.telegram.wait_until(lambda: "🗑 Really delete" in labels(now(studio, panel)))
    await pressed(studio, studio.ann, panel, "🗑 Really delete")
    await eventually(lambda: not [one for one in studio.from_bot(new) if "photo" in one])
