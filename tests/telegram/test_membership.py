"""What Telegram tells us about where we may write."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from telegram import ChatMember, Update

from bot.neighbours import ChatState
from bot.sandbox.bot_api import BotApiServer
from bot.storage.chats import ChatStore
from bot.telegram.application import AnyApplication
from bot.telegram.membership import Membership, closed_by
from tests.telegram.conftest import NOW
from tests.telegram.messages import ANN, BOT, GROUP, PRIVATE, raw

CLOSED, OPEN = ChatState(closed="kicked", to_offer=True), ChatState()
OPENED = ChatState(to_offer=True)


def standing(status: str, **more: object) -> ChatMember:
    fields = {"user": BOT, "status": status, "until_date": 0, **more}
    return ChatMember.de_json(fields, None)


RIGHTS = dict.fromkeys(
    [
        *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos"),
        *("can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls"),
        *("can_send_other_messages", "can_add_web_page_previews", "can_change_info"),
        *("can_invite_users", "can_pin_messages", "can_manage_topics", "can_edit_tag"),
        "can_react_to_messages",
    ],
    True,
)


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (standing("member"), None),
        (standing("left"), "left"),
        (standing("kicked"), "kicked"),
        (standing("restricted", is_member=True, **RIGHTS), None),
        (standing("restricted", is_member=False, **RIGHTS), "left"),
    ],
)
def test_who_may_write_somewhere(member, why):
    assert closed_by(member) == why


@pytest.fixture
def told(server: BotApiServer, app: AnyApplication, chats: ChatStore) -> Callable:
    """Passes on what waits at Telegram, or the message given; returns what is known then."""
    membership = Membership(chats=chats, clock=lambda: NOW)

    async def tell(chat_id: int, message: dict | None = None) -> ChatState:
        bodies = [one.json for one in server.updates.waiting()]
        server.updates.drop()
        if message:
            bodies = [{"update_id": 1, "message": message}]
        for body in bodies:
            update = Update.de_json(body, app.bot)
            context = SimpleNamespace(bot=app.bot)
            await membership.on_change(update, context)
            await membership.on_message(update, context)
            await membership.on_press(update, context)
        return await chats.get(chat_id)

    return tell


async def test_a_person_blocks_us_and_lets_us_in_again(told, server, ann):
    server.block(ann)
    assert await told(ann.id) == CLOSED
    server.unblock(ann)
    assert await told(ann.id) == OPENED


async def test_a_group_throws_us_out_and_takes_us_back(told, server, group):
    server.kick(group)
    assert await told(group.id) == CLOSED
    server.add_bot(group)
    assert await told(group.id) == OPENED


async def test_new_rights_open_nothing_that_was_open(told, server, group, database):
    server.promote_bot(group)
    assert await told(group.id) == OPEN
    assert await database.read("SELECT id FROM chats") == []


async def test_whoever_writes_or_presses_can_be_answered(told, server, chats, ann, bot):
    await chats.close(ann.id, "kicked", NOW)
    server.say(ann, "a fox")
    assert await told(ann.id) == OPENED
    button = {"inline_keyboard": [[{"text": "press", "callback_data": "x"}]]}
    await bot.send_message(ann.id, "hello", reply_markup=button)
    await chats.close(ann.id, "kicked", NOW)
    server.press(ann, server.messages(server.world.private(ann))[-1], "press")
    assert await told(ann.id) == OPENED


async def test_the_message_that_sees_us_off_opens_nothing(told):
    farewell = raw(chat=GROUP, sender=ANN, left_chat_member=BOT)
    assert await told(GROUP["id"], farewell) == ChatState(closed="left", to_offer=True)
    other = raw(chat=GROUP, sender=ANN, left_chat_member=ANN)
    assert await told(GROUP["id"], other) == OPENED


async def test_both_messages_about_a_move_are_the_same_news(told, server, group):
    new = server.migrate(group)
    assert await told(group.id) == ChatState(moved_to=new.id)
    assert await told(new.id) == OPEN


@pytest.mark.parametrize(
    ("fields", "chat"),
    [({"migrate_to_chat_id": -1_000_200}, -100), ({"migrate_from_chat_id": -99}, -99)],
)
async def test_either_of_them_is_enough(told, fields, chat):
    to = fields.get("migrate_to_chat_id", GROUP["id"])
    assert await told(chat, raw(chat=GROUP, **fields)) == ChatState(moved_to=to)


async def test_what_says_nothing_about_a_chat_changes_nothing(told, app):
    membership = Membership(chats=None, clock=lambda: NOW)
    update = Update.de_json({"update_id": 1, "edited_message": raw("a fox", chat=PRIVATE)}, app.bot)
    for heard in (membership.on_change, membership.on_message, membership.on_press):
        await heard(update, SimpleNamespace(bot=app.bot))
