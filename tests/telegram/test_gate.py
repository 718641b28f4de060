"""A closed chat is left alone, a moved one is found at once; everybody else notices nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.certificates import certificates
from bot.errors import Reason, Refused, Transient
from bot.neighbours import ChatState
from bot.outlook import Outlook
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.chats import Chat
from bot.storage.chats import ChatStore
from bot.telegram import place
from bot.telegram.gate import Gate
from bot.telegram.place import Place
from bot.telegram.transport import Transport
from tests.telegram.conftest import NOW, TOKEN, PostOffice

Call = Callable[[Bot, int], Awaitable[object]]
CALLS: dict[str, Call] = {
    "message": lambda bot, chat: bot.send_message(chat, "hello"),
    "action": lambda bot, chat: bot.send_chat_action(chat, ChatAction.TYPING),
    "edit": lambda bot, chat: bot.edit_message_text("hello", chat, 1),
    "deletion": lambda bot, chat: bot.delete_message(chat, 1),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
async def bot(server: BotApiServer, chats: ChatStore) -> AsyncIterator[Bot]:
    """The bot of the other tests, behind the gate."""
    client = ExtBot(
        TOKEN,
        rate_limiter=Gate(chats, lambda: NOW),
        base_url=f"{server.url}/bot",
        request=Transport(certificates=certificates()),
        get_updates_request=Transport(certificates=certificates()),
    )
    async with client:
        server.calls.clear()
        yield client


async def say(bot: Bot, where: Place) -> Place:
    sent = await place.send(where, lambda to: bot.send_message(text="hello", **to.parameters()))
    return Place(sent.chat.id, sent.message_thread_id)


async def test_an_open_chat_is_asked_for_nothing_more(bot, server, chats, ann):
    await say(bot, Place(ann.id))
    assert await chats.get(ann.id) == ChatState()
    assert len(server.calls) == 1


@pytest.mark.parametrize("end", ["block", "deactivate"])
async def test_who_refuses_us_once_is_left_alone(bot, server, chats, ann, end):
    getattr(server, end)(ann)
    for _ in range(3):
        with pytest.raises(Refused) as refusal:
            await say(bot, Place(ann.id))
        assert refusal.value.reason is Reason.UNDELIVERABLE
    assert len(server.calls) == 1
    known = await chats.get(ann.id)
    assert known.closed == refusal.value.detail
    assert known.to_offer


@each_call
async def test_no_call_of_any_kind_is_made_to_a_closed_chat(bot, server, chats, ann, call):
    await chats.close(ann.id, "kicked", NOW)
    with pytest.raises(Forbidden):
        await call(bot, ann.id)
    assert server.calls == []


async def test_a_chat_that_is_open_again_is_written_to_again(bot, chats, ann):
    await chats.close(ann.id, "kicked", NOW)
    await chats.open(ann.id, NOW)
    assert await say(bot, Place(ann.id)) == Place(ann.id)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=400, description="Bad Request: message is too long"),
        Fault(status=400, description="Bad Request: not enough rights to send text messages"),
        Fault(status=429, description="Too Many Requests", retry_after=30),
        Fault(status=502, body="<html>Bad Gateway</html>"),
    ],
)
async def test_other_trouble_closes_no_chat(bot, server, chats, ann, fault):
    server.faults.add(fault)
    with pytest.raises((TelegramError, Transient)):
        await say(bot, Place(ann.id))
    assert await chats.get(ann.id) == ChatState()


async def test_a_group_that_moved_is_asked_for_its_new_id_only_once(bot, server, chats, group):
    new = server.migrate(group)
    for calls in (2, 3):
        assert await say(bot, Place(group.id, reply_to=7)) == Place(new.id)
        assert len(server.calls) == calls
    assert (await chats.get(group.id)).moved_to == new.id


@each_call
async def test_every_call_to_an_old_id_is_told_the_new_one(bot, server, chats, group, call):
    await chats.move(group.id, -1_000_200, NOW)
    with pytest.raises(ChatMigrated) as moved:
        await call(bot, group.id)
    assert moved.value.new_chat_id == -1_000_200
    assert server.calls == []


async def test_a_disk_in_trouble_is_waited_for(bot, database, ann):
    await database.close()
    with pytest.raises(Transient):
        await say(bot, Place(ann.id))
    with pytest.raises(Transient):
        await bot.send_message(ann.id, "hello")


async def test_a_disk_in_trouble_stops_no_courtesy(post, database, server, ann):
    await database.close()
    with pytest.raises(Transient):
        await post.board.show(post.task(server.world.private(ann)), Outlook())


async def test_a_card_that_could_not_be_taken_away_is_not_shown(
    bot: Bot, post: PostOffice, server: BotApiServer, group: Chat
):
    """The task knows the id the group had, and so does whoever takes the card away."""
    new = server.migrate(group)
    with pytest.raises(Refused):
        await post.board.show(post.task(group), Outlook())
    assert post.arrived(new) == []
    with pytest.raises(BadRequest):
        await bot.delete_message(new.id, 1)


async def test_a_picture_goes_where_its_group_has_gone(post, server, group, make_photo):
    new = server.migrate(group)
    await post.deliver(post.task(group, make_photo()))
    assert post.arrived(new) == ["photo"]
    assert {one["chat_id"] for one in server.actions} <= {new.id}
