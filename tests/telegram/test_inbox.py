"""The inbox: on disk first, in order within a chat, nothing lost and nothing in the way."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update
from telegram.error import BadRequest, NetworkError
from telegram.ext import TypeHandler

from bot.errors import Reason, Transient
from bot.neighbours import StoredUpdate
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.storage.sqlite import SQLite
from bot.storage.updates import UpdateStore
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.application import AnyApplication
from bot.telegram.inbox import TRIES_MAX, Inbox, NotAnUpdate, queue_of, read
from bot.telegram.texts import texts

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DISK_FULL = Transient(Reason.INTERNAL, "database: disk is full")


class Disk(UpdateStore):
    """The real inbox on disk, with trouble to order."""

    def __init__(self, database: SQLite) -> None:
        super().__init__(database)
        self.troubles: Counter[str] = Counter()
        self.slow_read = asyncio.Event()
        self.slow_read.set()
        self.read = asyncio.Event()

    async def heads(self, limit: int) -> list[StoredUpdate]:
        self._maybe_fail("heads")
        found = await super().heads(limit)
        self.read.set()
        await self.slow_read.wait()
        return found

    async def done(self, update_id: int) -> None:
        self._maybe_fail("done")
        await super().done(update_id)

    async def failed(self, update_id: int, error: str, *, park: bool) -> None:
        self._maybe_fail("failed")
        await super().failed(update_id, error, park=park)

    def _maybe_fail(self, what: str) -> None:
        if self.troubles[what]:
            self.troubles[what] -= 1
            raise DISK_FULL


@dataclass
class Desk:
    """An inbox whose handler does as it is told and keeps a record."""

    database: SQLite
    disk: Disk
    inbox: Inbox
    handled: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, update: Update, _context: object) -> None:
        text = update.message.text if update.message else "no message"
        self.begun.append(text)
        self.news.set()
        if hold := self.holds.get(text):
            await hold.wait()
        if errors := self.errors.get(text):
            raise errors.pop(0)
        self.handled.append(text)
        self.news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def state(self, update_id: int) -> tuple[str, int]:
        rows = await self.database.read(
            "SELECT state, tries FROM updates WHERE update_id = ?", [update_id]
        )
        return rows[0]["state"], rows[0]["tries"]

    async def settled(self, *, but: int = 0) -> None:
        """Until nothing waits on disk any more, or only so many."""
        async with asyncio.timeout(5):
            while len(await self.database.read("SELECT 1 FROM updates WHERE state = 'new'")) > but:
                await asyncio.sleep(0.001)


@pytest.fixture
async def desk(app: AnyApplication, tmp_path: Path) -> AsyncIterator[Desk]:
    database = await SQLite.open(tmp_path / "bot.db")
    disk = Disk(database)
    desk = Desk(database, disk, Inbox(disk, app, lambda: NOW, pause=0.001))
    app.add_handler(TypeHandler(Update, desk.handle))
    running = asyncio.create_task(desk.inbox.run())
    yield desk
    disk.slow_read.set()
    await desk.inbox.stop(within=0)
    await running
    await database.close()


def body(number: int, text: str, chat: int = 1, kind: str = "message") -> bytes:
    message = {
        "message_id": number,
        "date": 1_800_000_000,
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": False, "first_name": "Ann", "language_code": "en"},
        "text": text,
    }
    return json.dumps({"update_id": number, kind: message}).encode()


async def test_updates_of_a_chat_are_handled_in_the_order_they_came(desk):
    await desk.inbox.accept([body(number, str(number)) for number in (3, 1, 2)])
    await desk.inbox.accept([body(number, str(number)) for number in (5, 4)])
    await desk.settled()
    assert desk.handled == ["3", "1", "2", "5", "4"]


async def test_the_next_update_of_a_chat_waits_for_the_one_before(desk):
    desk.holds["slow"] = asyncio.Event()
    await desk.inbox.accept([body(1, "slow"), body(2, "next"), body(3, "other", chat=2)])
    await desk.until(lambda: desk.handled)
    assert (desk.begun, desk.handled) == (["slow", "other"], ["other"])
    desk.holds["slow"].set()
    await desk.settled()
    assert desk.handled == ["other", "slow", "next"]


async def test_chats_are_handled_side_by_side(desk):
    hold = asyncio.Event()
    desk.holds = {str(number): hold for number in range(20)}
    await desk.inbox.accept([body(number, str(number), chat=number + 1) for number in range(20)])
    await desk.until(lambda: len(desk.begun) == 20)
    assert desk.handled == []
    hold.set()


async def test_more_chats_than_go_at_once_all_get_their_turn(desk):
    await desk.inbox.accept([body(number, str(number), chat=number + 1) for number in range(200)])
    await desk.settled()
    assert sorted(map(int, desk.handled)) == list(range(200))


async def test_a_repeated_update_has_one_effect(desk):
    assert await desk.inbox.accept([body(1, "fox"), body(1, "fox")]) == 1
    await desk.settled()
    assert await desk.inbox.accept([body(1, "fox")]) == 0
    await desk.inbox.accept([body(2, "end")])
    await desk.settled()
    assert desk.handled == ["fox", "end"]


async def test_an_update_that_ends_while_the_inbox_is_read_is_not_handled_again(desk):
    desk.holds["fox"] = asyncio.Event()
    await desk.inbox.accept([body(1, "fox")])
    await desk.until(lambda: desk.begun)
    desk.disk.slow_read.clear()
    desk.disk.read.clear()
    await desk.inbox.accept([body(2, "other", chat=2)])
    await desk.disk.read.wait()
    desk.holds["fox"].set()
    await desk.settled(but=1)
    desk.disk.slow_read.set()
    await desk.settled()
    assert desk.begun == ["fox", "other"]


async def test_a_poison_update_is_tried_three_times_and_put_aside(desk, server, ann):
    desk.errors["poison"] = [ValueError("odd")] * 9
    await desk.inbox.accept([body(1, "poison", chat=ann.id), body(2, "next", chat=ann.id)])
    await desk.settled()
    assert TRIES_MAX == 3
    assert desk.begun == ["poison"] * 3 + ["next"]
    assert await desk.state(1) == ("parked", 3)
    assert desk.handled == ["next"]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_who_sent_a_poison_update_is_told(desk, server, ann, mei, language):
    person = {"en": ann, "zh": mei}[language]
    desk.errors["poison"] = [ValueError("odd")] * 3
    message = json.loads(body(1, "poison", chat=person.id))
    message["message"]["from"] = person.user
    await desk.inbox.accept([json.dumps(message).encode()])
    told = await server.wait_for(lambda one: one["from"]["is_bot"])
    assert told["text"] == words.broken(texts(language))


async def test_a_group_does_not_hear_of_a_poison_update(desk, server, ann, group):
    desk.errors["poison"] = [ValueError("odd")] * 3
    message = json.loads(body(1, "poison"))
    message["message"]["chat"] = group.json
    await desk.inbox.accept([json.dumps(message).encode()])
    await desk.settled()
    assert server.messages(group) == []
    assert await desk.state(1) == ("parked", 3)


async def test_who_has_blocked_us_and_sent_poison_stops_nothing(desk, server, ann):
    server.block(ann)
    desk.errors["poison"] = [ValueError("odd")] * 3
    await desk.inbox.accept([body(1, "poison", chat=ann.id), body(2, "next", chat=ann.id)])
    await desk.until(lambda: desk.handled)
    assert desk.handled == ["next"]


async def test_what_the_library_cannot_read_is_put_aside_too(desk):
    await desk.inbox.accept([b'{"update_id": 1, "message": {"message_id": "x"}}', body(2, "next")])
    await desk.settled()
    assert (await desk.state(1), desk.handled) == (("parked", 3), ["next"])


async def test_a_refusal_by_telegram_counts_as_poison(desk, ann):
    desk.errors["fox"] = [BadRequest("Message is too long")] * 3
    await desk.inbox.accept([body(1, "fox", chat=ann.id)])
    await desk.settled()
    assert await desk.state(1) == ("parked", 3)


@pytest.mark.parametrize("error", [NetworkError("Bad Gateway"), DISK_FULL])
async def test_trouble_that_passes_is_waited_for_and_does_not_count(desk, error):
    desk.errors["fox"] = [error] * (2 * TRIES_MAX)
    await desk.inbox.accept([body(1, "fox"), body(2, "next")])
    await desk.settled()
    assert desk.handled == ["fox", "next"]
    assert await desk.state(1) == ("done", 0)


async def test_an_answer_during_an_outage_of_telegram_arrives_afterwards(app, desk, server, ann):
    async def reply(update: Update, _context: object) -> None:
        await answer(update.message, "here you are")

    app.add_handler(TypeHandler(Update, reply), group=1)
    server.faults.add(Fault(method="sendMessage", times=5, status=502, body="<html></html>"))
    await desk.inbox.accept([body(1, "fox", chat=ann.id)])
    await desk.settled()
    answers = [one["text"] for one in server.messages() if one["from"]["is_bot"]]
    assert answers == ["here you are"]
    assert await desk.state(1) == ("done", 0)


@pytest.mark.parametrize("what", ["heads", "done", "failed"])
async def test_a_disk_that_fails_for_a_while_loses_nothing(desk, what):
    desk.disk.troubles[what] = 3
    desk.errors["fox"] = [ValueError("odd")] if what == "failed" else []
    await desk.inbox.accept([body(1, "fox"), body(2, "next")])
    await desk.settled()
    assert desk.disk.troubles[what] == 0
    assert desk.handled[-2:] == ["fox", "next"]


async def test_stopping_lets_what_is_being_handled_finish(desk):
    desk.holds["fox"] = asyncio.Event()
    await desk.inbox.accept([body(1, "fox"), body(2, "next")])
    await desk.until(lambda: desk.begun)
    stopping = asyncio.create_task(desk.inbox.stop(within=5))
    await asyncio.sleep(0)
    desk.holds["fox"].set()
    await stopping
    assert desk.handled == ["fox"]
    assert (await desk.state(1), await desk.state(2)) == (("done", 0), ("new", 0))


async def test_what_does_not_finish_in_time_is_handled_after_the_next_start(desk, app):
    desk.holds["fox"] = asyncio.Event()
    await desk.inbox.accept([body(1, "fox")])
    await desk.until(lambda: desk.begun)
    await desk.inbox.stop(within=0.001)
    assert (desk.handled, await desk.state(1)) == ([], ("new", 0))
    desk.holds.clear()
    again = Inbox(desk.disk, app, lambda: NOW)
    running = asyncio.create_task(again.run())
    await desk.settled()
    await again.stop(within=1)
    await running
    assert desk.handled == ["fox"]


async def test_a_batch_with_something_else_in_it_is_refused_whole(desk):
    with pytest.raises(NotAnUpdate):
        await desk.inbox.accept([body(1, "fox"), b"{}"])
    assert await desk.database.read("SELECT 1 FROM updates") == []


PERSON, CHAT = {"from": {"id": 5}}, {"chat": {"id": -100}, "from": {"id": 5}}


@pytest.mark.parametrize(
    ("kind", "content", "queue"),
    [
        ("message", CHAT, "chat:-100"),
        ("edited_message", CHAT, "chat:-100"),
        ("channel_post", {"chat": {"id": -200}}, "chat:-200"),
        ("edited_channel_post", {"chat": {"id": -200}}, "chat:-200"),
        ("my_chat_member", CHAT, "chat:-100"),
        ("callback_query", {**PERSON, "message": CHAT}, "callback_query:5"),
        ("inline_query", PERSON, "inline_query:5"),
        ("chosen_inline_result", PERSON, "chosen_inline_result:5"),
        ("pre_checkout_query", PERSON, "pre_checkout_query:5"),
        ("poll", {"id": "7"}, "poll"),
        ("something_new", {"a": 1}, "something_new"),
        ("message", {"chat": "odd"}, "message"),
        ("message", "odd", "unknown"),
    ],
)
def test_whose_turn_an_update_waits_for(kind, content, queue):
    assert queue_of({"update_id": 1, kind: content}) == queue


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b"{}", "update_id"),
        (b'{"update_id": "1"}', "update_id"),
        (b'{"update_id": true}', "update_id"),
        (b'{"update_id": 1.0}', "update_id"),
        (b'{"update_id": -1}', "update_id"),
        (b'{"update_id": 9007199254740992}', "update_id"),
    ],
)
def test_what_is_no_update_is_refused_with_the_reason(wrong, why):
    with pytest.raises(NotAnUpdate, match=why):
        read(wrong)


def test_an_update_is_kept_as_it_came():
    odd = b' {"update_id": 7, "message": {"chat": {"id": 5}}, "new_field": [1]} '
    assert read(odd) == StoredUpdate(update_id=7, queue="chat:5", body=odd)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
UPDATES = st.fixed_dictionaries(
    {"update_id": JSON}, optional={"message": JSON, "callback_query": JSON, "poll": JSON}
)


@given(st.binary() | JSON.map(json.dumps).map(str.encode) | UPDATES.map(json.dumps).map(str.encode))
def test_reading_anything_gives_an_update_or_a_refusal(anything):
    try:
        stored = read(anything)
    except NotAnUpdate as refusal:
        assert str(refusal)
    else:
        assert stored.body == anything
        assert 0 <= stored.update_id < 2**53
        assert stored.queue
