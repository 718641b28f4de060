"""The offer: one message, one button, and presses that do no more than the first."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
from telegram import Update

from bot.neighbours import Unheard
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.storage.chats import ChatStore
from bot.storage.preferences import PreferenceStore
from bot.storage.sqlite import SQLite
from bot.telegram import words
from bot.telegram.application import AnyApplication
from bot.telegram.offers import Offers
from bot.telegram.presses import on_strange_press
from bot.telegram.speech import Speech
from bot.telegram.texts import texts
from bot.waiting import Desk
from tests.telegram.conftest import NOW
from tests.telegram.messages import ANN, BOT, PRIVATE, raw

EN, ZH = texts("en"), texts("zh")
PICTURES = [Unheard(task="a", pictures=2), Unheard(task="b", pictures=0)]
NO_PICTURES = [Unheard(task="b", pictures=0)]


@dataclass
class Waits:
    """Where the tasks would be."""

    tasks: list[Unheard] = field(default_factory=list)
    asked: list[Desk] = field(default_factory=list)
    brought: list[Desk] = field(default_factory=list)

    async def at(self, desk: Desk) -> list[Unheard]:
        self.asked.append(desk)
        return self.tasks

    async def bring(self, desk: Desk) -> int:
        self.brought.append(desk)
        brought, self.tasks = len(self.tasks), []
        return brought


class Counter:
    """The handlers of offers, between Telegram and what waits."""

    def __init__(
        self,
        server: BotApiServer,
        app: AnyApplication,
        chats: ChatStore,
        database: SQLite,
    ) -> None:
        self.server = server
        self.app = app
        self.waits = Waits()
        speech = Speech(PreferenceStore(database))
        self.offers = Offers(waiting=self.waits, chats=chats, speech=speech)

    async def handle(self) -> None:
        for one in self.server.updates.waiting():
            self.server.updates.confirm(one.id)
            await self.take(one.json)

    async def take(self, body: dict) -> None:
        update, context = Update.de_json(body, self.app.bot), SimpleNamespace(bot=self.app.bot)
        if update.message and (update.message.text or "").startswith("/start"):
            await self.offers.on_start(update, context)
        elif update.message:
            await self.offers.on_message(update, context)
        else:
            await self.offers.on_press(update, context)

    async def offer(self, person, said: str = "/start", **where) -> dict:
        self.server.say(person, said, **where)
        await self.handle()
        return self.said(where.get("chat") or self.server.world.private(person))[-1]

    def said(self, chat) -> list[dict]:
        return [one for one in self.server.messages(chat) if one["from"]["is_bot"]]

    @property
    def toasts(self) -> list[str | None]:
        return [one.get("text") for one in self.server.callback_answers]


@pytest.fixture
def counter(
    server: BotApiServer, app: AnyApplication, chats: ChatStore, database: SQLite
) -> Counter:
    return Counter(server, app, chats, database)


def button(message: dict) -> dict:
    ((only,),) = message["reply_markup"]["inline_keyboard"]
    return only


async def test_start_says_how_many_pictures_wait_and_offers_to_bring_them(counter, ann):
    counter.waits.tasks = PICTURES
    offer = await counter.offer(ann)
    assert offer["text"] == words.pictures_wait(EN, 2)
    assert "2 pictures" in offer["text"]
    assert button(offer) == {"text": "📥 Show me", "callback_data": f"bring:{ann.id}"}


async def test_it_is_said_in_the_language_of_who_is_there(counter, mei):
    counter.waits.tasks = PICTURES
    offer = await counter.offer(mei)
    assert offer["text"] == words.pictures_wait(ZH, 2) != words.pictures_wait(EN, 2)
    assert button(offer)["text"] == words.bring(ZH)


async def test_where_no_picture_came_about_that_is_what_waits(counter, ann):
    counter.waits.tasks = NO_PICTURES
    assert (await counter.offer(ann))["text"] == words.ends_wait(EN, 1)


async def test_where_nothing_waits_nothing_is_said(counter, server, ann, chat):
    server.say(ann, "/start")
    await counter.handle()
    assert counter.said(chat) == []


async def test_the_first_message_from_a_chat_that_was_closed_gets_the_offer(
    counter, server, chats, ann, chat
):
    counter.waits.tasks = PICTURES
    server.say(ann, "a fox")
    await counter.handle()
    assert counter.said(chat) == []
    await chats.close(ann.id, "kicked", NOW)
    await chats.open(ann.id, NOW)
    for said in ("a fox", "a wolf"):
        server.say(ann, said)
        await counter.handle()
    assert [one["text"] for one in counter.said(chat)] == [words.pictures_wait(EN, 2)]


async def test_an_offer_that_did_not_arrive_is_made_again(counter, server, chats, ann, chat):
    counter.waits.tasks = PICTURES
    await chats.close(ann.id, "kicked", NOW)
    forbidden = "Forbidden: bot was blocked by the user"
    server.faults.add(Fault(method="sendMessage", status=403, description=forbidden))
    for said in ("a fox", "a wolf"):
        server.say(ann, said)
        await counter.handle()
    assert len(counter.said(chat)) == 1


async def test_an_offer_that_has_to_wait_long_does_not_have_everything_else_said_again(
    counter, server, chats, ann, chat
):
    counter.waits.tasks = PICTURES
    await chats.close(ann.id, "kicked", NOW)
    await chats.open(ann.id, NOW)
    flood = Fault(method="sendMessage", status=429, description="Too Many Requests", retry_after=60)
    server.faults.add(flood)
    server.say(ann, "a fox")
    await counter.handle()
    assert counter.said(chat) == []
    assert (await chats.get(ann.id)).to_offer


async def test_a_press_brings_them_and_takes_the_button_away(counter, server, ann):
    counter.waits.tasks = PICTURES
    offer = await counter.offer(ann)
    server.press(ann, offer, "📥 Show me")
    await counter.handle()
    assert counter.waits.brought == [Desk(chat=ann.id, message=offer["message_id"], person=ann.id)]
    assert counter.toasts == [words.on_their_way(EN)]
    assert "reply_markup" not in counter.said(server.world.private(ann))[-1]


async def test_a_double_tap_is_answered_twice_and_does_no_harm(counter, server, mei):
    counter.waits.tasks = PICTURES
    offer = await counter.offer(mei)
    server.press(mei, offer, words.bring(ZH))
    server.press(mei, offer, words.bring(ZH))
    await counter.handle()
    assert counter.toasts == [words.on_their_way(ZH), words.nothing_waits(ZH)]


async def test_in_a_group_only_what_was_asked_for_there_is_offered_and_anyone_may_press(
    counter, server, ann, mei, group
):
    counter.waits.tasks = PICTURES
    offer = await counter.offer(ann, chat=group)
    server.press(mei, offer, "📥 Show me")
    await counter.handle()
    assert {desk.person for desk in counter.waits.asked + counter.waits.brought} == {None}
    assert {desk.chat for desk in counter.waits.brought} == {group.id}


async def test_a_press_that_is_acknowledged_too_late_brings_them_all_the_same(counter, server, ann):
    counter.waits.tasks = PICTURES
    offer = await counter.offer(ann)
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    server.faults.add(Fault(method="answerCallbackQuery", status=400, description=too_old))
    server.press(ann, offer, "📥 Show me")
    await counter.handle()
    assert len(counter.waits.brought) == 1


@pytest.mark.parametrize("data", ["bring:7", "bring:-5", "bring:", "bring:x", "bring:5 ", None])
async def test_a_button_we_did_not_put_there_brings_nothing(counter, server, data):
    query = {"id": "1", "from": ANN, "chat_instance": "1", "message": raw("hi", sender=BOT)}
    query |= {"data": data} if data else {"game_short_name": "chess"}
    await counter.take({"update_id": 1, "callback_query": query})
    assert counter.waits.brought == []
    assert [call.method for call in server.calls] == ["answerCallbackQuery"]


async def test_a_message_telegram_no_longer_shows_can_still_be_pressed(counter):
    gone = {"chat": PRIVATE, "message_id": 10, "date": 0}
    query = {"id": "1", "from": ANN, "chat_instance": "1", "message": gone, "data": "bring:5"}
    await counter.take({"update_id": 1, "callback_query": query})
    assert counter.waits.brought == [Desk(chat=5, message=10, person=5)]


async def test_a_strange_button_keeps_nobody_waiting(counter, server):
    for message in ({"message": raw("hi", sender=BOT)}, {"inline_message_id": "x"}):
        query = {"id": "1", "from": ANN, "chat_instance": "1", "data": "x", **message}
        update = Update.de_json({"update_id": 1, "callback_query": query}, counter.app.bot)
        await on_strange_press(update, None)
        await counter.offers.on_press(update, None)
    assert [call.method for call in server.calls] == ["answerCallbackQuery"] * 4


async def test_an_edited_message_is_no_reason_for_an_offer(counter):
    await counter.offers.on_start(_edited(counter), None)
    await counter.offers.on_message(_edited(counter), None)
    await counter.offers.on_press(_edited(counter), None)
    await on_strange_press(_edited(counter), None)
    assert counter.waits == replace(counter.waits, asked=[], brought=[])


def _edited(counter: Counter) -> Update:
    return Update.de_json({"update_id": 1, "edited_message": raw("/start")}, counter.app.bot)
