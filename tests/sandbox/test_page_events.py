"""Whatever happens is told to every open page, in order."""

import aiohttp
import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

AGAIN = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again")]])


@pytest.fixture
async def socket(browser, started):
    async with browser.session.ws_connect("/api/events") as socket:
        yield socket


async def happenings(socket, count):
    """The next events but "chats", which is told a moment after people and chats were made."""
    seen = []
    while len(seen) < count:
        event = await socket.receive_json()
        if event["kind"] != "chats":
            seen.append(event)
    return seen


async def farewell(socket):
    """The code with which the server closes, whatever it told before."""
    while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
        pass
    return message.data


async def test_messages_come_change_and_go(bot, telegram, socket, ann):
    sent = await bot.send_message(ann.id, "drawing")
    await bot.edit_message_text("done", ann.id, sent.message_id)
    await bot.delete_message(ann.id, sent.message_id)
    new, edited, deleted = await happenings(socket, 3)
    assert (new["kind"], new["message"]["text"]) == ("new", "drawing")
    assert (edited["kind"], edited["message"]["text"]) == ("edited", "done")
    assert deleted == {"kind": "deleted", "chat": ann.id, "message_id": sent.message_id}


async def test_signs_of_life(bot, telegram, socket, ann, forum):
    sent = await bot.send_message(ann.id, "look", reply_markup=AGAIN)
    await happenings(socket, 1)
    await bot.send_chat_action(ann.id, "typing")
    await bot.send_message_draft(ann.id, 1, "a fox…")
    await bot.set_message_reaction(ann.id, sent.message_id, "👀")
    message = {"message_id": sent.message_id, "chat": {"id": ann.id}}
    first, second = telegram.press(ann, message, "again"), telegram.press(ann, message, "again")
    await bot.answer_callback_query(first, "hello", show_alert=True)
    address = "https://t.me/nano_banana_bot?start=x"
    await bot.answer_callback_query(second, url=address)
    assert await happenings(socket, 5) == [
        {"kind": "action", "chat": ann.id, "topic": None, "action": "typing"},
        {"kind": "draft", "chat": ann.id, "text": "a fox…"},
        {
            "kind": "reaction", "chat": ann.id, "message_id": sent.message_id,
            "reactions": [{"emoji": "👀", "by": bot.id}],
        },
        {"kind": "answer", "query_id": first, "person": ann.id, "text": "hello", "alert": True},
        {
            "kind": "answer", "query_id": second, "person": ann.id, "text": "", "alert": False,
            "url": address,
        },
    ]  # fmt: skip


async def test_many_changes_of_chats_are_told_once(bot, telegram, browser, socket, ann, forum):
    for number in range(5):
        telegram.world.add_topic(forum, str(number))
    await browser.heard(socket, "new")
    assert [(await socket.receive_json())["kind"] for _ in range(5)] == ["new"] * 4 + ["chats"]


async def test_two_pages_hear_the_same_and_one_may_leave(bot, browser, socket, ann):
    async with browser.session.ws_connect("/api/events") as other:
        await bot.send_message(ann.id, "fox")
        assert await happenings(other, 1) == await happenings(socket, 1)
    await bot.send_message(ann.id, "wolf")
    assert (await happenings(socket, 1))[0]["message"]["text"] == "wolf"


async def test_the_log_is_shown_from_warnings_on(page, socket):
    page.on_line({"level": "info", "event": "quiet"})
    page.on_line({"event": "no level"})
    page.on_line({"level": "warning", "event": "slow", "detail": 7, "secret": "x"})
    assert await happenings(socket, 1) == [
        {"kind": "log", "level": "warning", "event": "slow", "detail": "7"}
    ]


async def test_pages_are_told_when_the_server_goes(page, socket):
    await page.close()
    assert await farewell(socket) == 1001


async def test_a_page_that_does_not_read_is_let_go(page, socket):
    page.events.longest = 2
    for number in range(9):
        page.events.tell({"kind": "log", "level": "error", "event": str(number), "detail": ""})
    assert [event["event"] for event in await happenings(socket, 2)] == ["0", "1"]
    assert await farewell(socket) == 1013
