"""Updates that cannot be handled are put aside; what only cannot be handled now is not."""

import json

import pytest
from telegram import Update
from telegram.error import BadRequest, NetworkError
from telegram.ext import TypeHandler

from bot import preferences
from bot.sandbox.bot_api import Fault
from bot.storage.preferences import PreferenceStore
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.handling import TRIES_MAX
from bot.telegram.texts import texts
from tests.telegram.conftest import NOW
from tests.telegram.inboxes import DISK_FULL, body


async def test_a_poison_update_is_tried_three_times_and_put_aside(mailroom, server, ann):
    mailroom.errors["poison"] = [ValueError("odd")] * 9
    await mailroom.inbox.accept([body(1, "poison", chat=ann.id), body(2, "next", chat=ann.id)])
    await mailroom.settled()
    assert TRIES_MAX == 3
    assert mailroom.begun == ["poison"] * 3 + ["next"]
    assert await mailroom.state(1) == ("parked", 3)
    assert mailroom.handled == ["next"]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_who_sent_a_poison_update_is_told(mailroom, server, ann, mei, language):
    person = {"en": ann, "zh": mei}[language]
    mailroom.errors["poison"] = [ValueError("odd")] * 3
    message = json.loads(body(1, "poison", chat=person.id))
    message["message"]["from"] = person.user
    await mailroom.inbox.accept([json.dumps(message).encode()])
    told = await server.wait_for(lambda one: one["from"]["is_bot"])
    assert told["text"] == words.broken(texts(language))


async def test_who_sent_a_poison_update_is_told_in_the_language_they_chose(mailroom, server, ann):
    chosen = PreferenceStore(mailroom.database)
    await chosen.change(preferences.person(ann.id), {"language": "zh_CN"}, NOW)
    mailroom.errors["poison"] = [ValueError("odd")] * 3
    message = json.loads(body(1, "poison", chat=ann.id))
    message["message"]["from"] = ann.user
    await mailroom.inbox.accept([json.dumps(message).encode()])
    told = await server.wait_for(lambda one: one["from"]["is_bot"])
    assert told["text"] == words.broken(texts("zh"))


async def test_a_group_does_not_hear_of_a_poison_update(mailroom, server, ann, group):
    mailroom.errors["poison"] = [ValueError("odd")] * 3
    message = json.loads(body(1, "poison"))
    message["message"]["chat"] = group.json
    await mailroom.inbox.accept([json.dumps(message).encode()])
    await mailroom.settled()
    assert server.messages(group) == []
    assert await mailroom.state(1) == ("parked", 3)


async def test_who_has_blocked_us_and_sent_poison_stops_nothing(mailroom, server, ann):
    server.block(ann)
    mailroom.errors["poison"] = [ValueError("odd")] * 3
    await mailroom.inbox.accept([body(1, "poison", chat=ann.id), body(2, "next", chat=ann.id)])
    await mailroom.until(lambda: mailroom.handled)
    assert mailroom.handled == ["next"]


async def test_what_the_library_cannot_read_is_put_aside_too(mailroom):
    await mailroom.inbox.accept(
        [b'{"update_id": 1, "message": {"message_id": "x"}}', body(2, "next")]
    )
    await mailroom.settled()
    assert (await mailroom.state(1), mailroom.handled) == (("parked", 3), ["next"])


async def test_a_refusal_by_telegram_counts_as_poison(mailroom, ann):
    mailroom.errors["fox"] = [BadRequest("Message is too long")] * 3
    await mailroom.inbox.accept([body(1, "fox", chat=ann.id)])
    await mailroom.settled()
    assert await mailroom.state(1) == ("parked", 3)


@pytest.mark.parametrize("error", [NetworkError("Bad Gateway"), DISK_FULL])
async def test_trouble_that_passes_is_waited_for_and_does_not_count(mailroom, error):
    mailroom.errors["fox"] = [error] * (2 * TRIES_MAX)
    await mailroom.inbox.accept([body(1, "fox"), body(2, "next")])
    await mailroom.settled()
    assert mailroom.handled == ["fox", "next"]
    assert await mailroom.state(1) == ("done", 0)


async def test_trouble_that_passes_uses_up_no_try(mailroom):
    away = NetworkError("Bad Gateway")
    mailroom.errors["fox"] = [away, away, ValueError("odd")]
    await mailroom.inbox.accept([body(1, "fox")])
    await mailroom.settled()
    assert (mailroom.handled, await mailroom.state(1)) == (["fox"], ("done", 1))


async def test_an_answer_during_an_outage_of_telegram_arrives_afterwards(
    app, mailroom, server, ann
):
    async def reply(update: Update, _context: object) -> None:
        await answer(update.message, "here you are")

    app.add_handler(TypeHandler(Update, reply), group=1)
    server.faults.add(Fault(method="sendMessage", times=5, status=502, body="<html></html>"))
    await mailroom.inbox.accept([body(1, "fox", chat=ann.id)])
    await mailroom.settled()
    answers = [one["text"] for one in server.messages() if one["from"]["is_bot"]]
    assert answers == ["here you are"]
    assert await mailroom.state(1) == ("done", 0)


@pytest.mark.parametrize(
    ("what", "times", "errors"), [("heads", 3, 0), ("done", 3, 0), ("failed", 1, 1)]
)
async def test_a_disk_that_fails_for_a_while_loses_nothing(mailroom, what, times, errors):
    mailroom.disk.troubles[what] = times
    mailroom.errors["fox"] = [ValueError("odd")] * errors
    await mailroom.inbox.accept([body(1, "fox"), body(2, "next")])
    await mailroom.settled()
    assert mailroom.disk.troubles[what] == 0
    assert mailroom.handled[-2:] == ["fox", "next"]
