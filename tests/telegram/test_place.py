"""The ladder of places, against a server that refuses what Telegram refuses."""

import pytest
from telegram import Bot, Message
from telegram.error import BadRequest

from bot.errors import Reason, Refused, Transient, Unclear
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.telegram import place
from bot.telegram.place import Place

REPLY_GONE = Fault(
    method="sendMessage", status=400, description="Bad Request: message to be replied not found"
)
TOPIC_GONE = Fault(
    method="sendMessage", status=400, description="Bad Request: message thread not found"
)


async def say(bot: Bot, where: Place, **options: float) -> Message:
    return await place.send(
        where, lambda to: bot.send_message(text="hello", **to.parameters(), **options)
    )


def tried(server: BotApiServer) -> list[tuple[bool, bool]]:
    """For each call: whether it named a topic, and a message to reply to."""
    return [
        ("message_thread_id" in call.params, "reply_parameters" in call.params)
        for call in server.calls
    ]


async def test_the_first_place_is_the_topic_and_the_reply(bot, server, ann, forum):
    topic = server.world.add_topic(forum, "Foxes")
    asked = server.say(ann, "/imagine a fox", chat=forum, topic=topic)
    sent = await say(bot, Place(forum.id, topic.id, asked["message_id"]))
    assert (sent.message_thread_id, sent.reply_to_message.message_id) == (
        topic.id,
        asked["message_id"],
    )
    assert tried(server) == [(True, True)]


async def test_where_a_message_is_gone_the_answer_comes_without_a_reply(bot, server, ann):
    asked = server.say(ann, "a fox")
    server.delete(asked)
    sent = await say(bot, Place(ann.id, reply_to=asked["message_id"]))
    assert sent.reply_to_message is None
    assert tried(server) == [(False, True)]


async def test_a_reply_that_is_gone_keeps_the_topic(bot, server, ann, forum):
    topic = server.world.add_topic(forum, "Foxes")
    asked = server.say(ann, "/imagine a fox", chat=forum, topic=topic)
    server.delete(asked)
    sent = await say(bot, Place(forum.id, topic.id, asked["message_id"]))
    assert sent.message_thread_id == topic.id
    assert tried(server) == [(True, True), (True, False)]


@pytest.mark.parametrize("end", ["close_topic", "delete_topic"])
async def test_without_its_topic_the_answer_goes_to_general(bot, server, ann, forum, end):
    topic = server.world.add_topic(forum, "Foxes")
    asked = server.say(ann, "/imagine a fox", chat=forum, topic=topic)
    getattr(server, end)(forum, topic)
    sent = await say(bot, Place(forum.id, topic.id, asked["message_id"]))
    assert sent.message_thread_id is None
    assert tried(server) == [(True, True), (False, False)]


async def test_reply_and_topic_can_go_one_after_the_other(bot, server, ann, forum):
    topic = server.world.add_topic(forum, "Foxes")
    server.faults.add(REPLY_GONE)
    server.faults.add(TOPIC_GONE)
    await say(bot, Place(forum.id, topic.id, topic.id))
    assert tried(server) == [(True, True), (True, False), (False, False)]


async def test_a_reply_can_be_what_points_into_a_closed_topic(bot, server, ann, forum):
    server.faults.add(TOPIC_GONE)
    asked = server.say(ann, "/imagine a fox", chat=forum)
    await say(bot, Place(forum.id, reply_to=asked["message_id"]))
    assert tried(server) == [(False, True), (False, False)]


async def test_a_chat_where_even_general_is_closed_is_refused(bot, server, ann, forum):
    closed = Fault(method="*", times=9, status=400, description="Bad Request: TOPIC_CLOSED")
    server.faults.add(closed)
    with pytest.raises(Refused, match="Topic_closed"):
        await say(bot, Place(forum.id, 5, 6))
    assert tried(server) == [(True, True), (False, False)]


async def test_the_same_refusal_for_ever_does_not_go_round_for_ever(bot, server, ann):
    server.faults.add(Fault(status=400, times=9, description=REPLY_GONE.description))
    with pytest.raises(BadRequest):
        await say(bot, Place(ann.id, reply_to=1))
    assert len(server.calls) == 2


async def test_a_chat_that_moved_is_followed_without_the_old_reply(bot, server, ann, group):
    asked = server.say(ann, "/imagine a fox", chat=group)
    new = server.migrate(group)
    sent = await say(bot, Place(group.id, reply_to=asked["message_id"]))
    assert (sent.chat.id, sent.reply_to_message) == (new.id, None)
    assert tried(server) == [(False, True), (False, False)]


async def test_a_chat_that_moved_and_then_threw_us_out_is_closed(bot, server, ann, group):
    new = server.migrate(group)
    server.kick(new)
    with pytest.raises(Refused, match="kicked from the supergroup"):
        await say(bot, Place(group.id))


@pytest.mark.parametrize("end", ["block", "deactivate"])
async def test_a_person_who_is_gone_is_left_alone(bot, server, ann, end):
    getattr(server, end)(ann)
    with pytest.raises(Refused) as refusal:
        await say(bot, Place(ann.id, reply_to=1))
    assert refusal.value.reason is Reason.UNDELIVERABLE
    assert len(server.calls) == 1


async def test_a_chat_nobody_knows_is_closed(bot, server):
    with pytest.raises(Refused, match="Chat not found"):
        await say(bot, Place(-1))


async def test_a_flood_is_left_to_whoever_can_wait(bot, server, ann):
    server.faults.add(Fault(status=429, description="Too Many Requests", retry_after=30))
    with pytest.raises(Transient) as failure:
        await say(bot, Place(ann.id))
    assert failure.value.retry_after == 30
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=502, body="<html>Bad Gateway</html>"),
        Fault(status=500, description="Internal Server Error"),
        Fault(close=True),
    ],
)
async def test_a_server_in_trouble_is_tried_later(bot, server, ann, fault):
    server.faults.add(fault)
    with pytest.raises(Transient):
        await say(bot, Place(ann.id))
    assert len(server.calls) == 1


async def test_an_answer_that_does_not_come_may_have_been_sent(bot, server, ann):
    server.faults.add(Fault(delay=0.05, before=False))
    with pytest.raises(Unclear):
        await say(bot, Place(ann.id), read_timeout=0.01)


async def test_what_is_wrong_with_the_message_is_the_callers_to_mend(bot, server, ann, group):
    group.forbidden.add("text messages")
    with pytest.raises(BadRequest, match="Not enough rights"):
        await say(bot, Place(group.id))
    with pytest.raises(BadRequest, match="Message is too long"):
        await place.send(
            Place(ann.id), lambda to: bot.send_message(text="x" * 4097, **to.parameters())
        )


@pytest.mark.parametrize(
    ("fields", "topic"),
    [({"is_topic_message": True, "message_thread_id": 3}, 3), ({"message_thread_id": 3}, None)],
)
def test_an_answer_belongs_into_the_topic_but_a_chain_of_replies_is_none(fields, topic):
    chat = {"id": -100, "type": "supergroup", "title": "Friends"}
    message = Message.de_json({"message_id": 9, "date": 1, "chat": chat, **fields}, None)
    assert place.of(message) == Place(-100, topic, 9)
