"""The question before a payment is answered at once, whatever else waits or is broken."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from telegram import Update
from telegram.ext import TypeHandler

from bot.access import Standing
from bot.errors import Reason, Transient
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.chats import Person
from bot.sandbox.stars import Checkout as Asked
from bot.sandbox.stars import Invoice
from bot.shop import Package, Shop
from bot.storage.sqlite import SQLite
from bot.storage.standings import StandingStore
from bot.storage.updates import UpdateStore
from bot.telegram.application import AnyApplication
from bot.telegram.checkout import Checkout
from bot.telegram.inbox import Inbox
from bot.telegram.urgent import Urgent
from tests.telegram.inboxes import body
from tests.telegram.rooms import speech_on

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SMALL = Package(stars=50, credits=100)
SHOP = Shop(packages=(SMALL,), key="123:token")


class Standings(StandingStore):
    """Those on disk, with trouble to order."""

    def __init__(self, database: SQLite) -> None:
        super().__init__(database)
        self.trouble: Exception | None = None
        self.hold = asyncio.Event()
        self.hold.set()

    async def of(self, *numbers: int) -> Mapping[int, Standing]:
        await self.hold.wait()
        if self.trouble:
            raise self.trouble
        return await super().of(*numbers)


class Till:
    """An inbox whose handlers never end, and somebody who pays."""

    def __init__(self, server: BotApiServer, inbox: Inbox, standings: Standings) -> None:
        self.server, self.inbox, self.standings = server, inbox, standings

    def asks(self, person: Person) -> tuple[Asked, bytes]:
        """Somebody is about to pay; gives the question as it comes in."""
        payload = SHOP.payload(person.id, SMALL)
        made = Invoice(title="a", description="b", payload=payload, amount=SMALL.stars)
        query = self.server.pay(person, self.server.world.stars.link(made))
        (update,) = [one for one in self.server.updates.waiting() if one.payload["id"] == query]
        return self.server.world.stars.checkouts[query], json.dumps(update.json).encode()

    async def ends(self, asked: Asked) -> str:
        await self.server.wait_until(lambda: asked.outcome)
        return asked.outcome


@asynccontextmanager
async def opened(
    server: BotApiServer, app: AnyApplication, database: SQLite, *, within: float = 2.0
) -> AsyncIterator[Till]:
    standings, held = Standings(database), asyncio.Event()
    checkout = Checkout(shop=SHOP, standings=standings, speech=speech_on(database), within=within)
    inbox = Inbox(
        UpdateStore(database),
        app,
        lambda: NOW,
        speech=speech_on(database),
        urgent=Urgent(app.bot, checkout.at_once),
    )

    async def never(_update: Update, _context: object) -> None:
        await held.wait()

    app.add_handler(TypeHandler(Update, never))
    running = asyncio.create_task(inbox.run())
    yield Till(server, inbox, standings)
    held.set()
    await inbox.stop(within=1)
    await running


@pytest.fixture
async def till(server: BotApiServer, app: AnyApplication, database: SQLite) -> AsyncIterator[Till]:
    async with opened(server, app, database) as till:
        yield till


async def test_a_payment_is_answered_while_a_thousand_updates_wait(
    till: Till, ann: Person, database: SQLite
) -> None:
    waiting = [body(number, "a fox", chat=number) for number in range(1, 1_001)]
    # Of hers too: her own queue does not hold it up either.
    await till.inbox.accept([*waiting, *(body(2_000 + n, "a fox", chat=ann.id) for n in range(9))])
    asked, question = till.asks(ann)
    await till.inbox.accept([question])
    assert await till.ends(asked) == "paid"
    # All the others still wait, and the question has left nothing behind.
    rows = await database.read("SELECT count(*) AS waiting FROM updates WHERE state = 'new'")
    assert rows[0]["waiting"] == 1_009


async def test_the_question_does_not_need_the_disk_to_take_updates(
    till: Till, ann: Person, database: SQLite
) -> None:
    asked, question = till.asks(ann)
    # Also when it comes along with others that cannot be written.
    till.inbox.updates.add = _full
    with pytest.raises(Transient):
        await till.inbox.accept([body(1, "a fox"), question])
    assert await till.ends(asked) == "paid"


async def _full(*_updates: object) -> int:
    raise Transient(Reason.INTERNAL, "database: disk is full")


async def test_what_cannot_be_looked_up_is_not_sold(till: Till, ann: Person) -> None:
    till.standings.trouble = Transient(Reason.INTERNAL, "database: locked")
    asked, question = till.asks(ann)
    await till.inbox.accept([question])
    assert await till.ends(asked) == "BOT_PRECHECKOUT_FAILED"
    assert "Nothing was paid" in asked.words


async def test_nobody_waits_for_a_slow_disk(
    server: BotApiServer, app: AnyApplication, database: SQLite, mei: Person
) -> None:
    async with opened(server, app, database, within=0.01) as till:
        till.standings.hold.clear()
        asked, question = till.asks(mei)
        await till.inbox.accept([question])
        assert await till.ends(asked) == "BOT_PRECHECKOUT_FAILED"
        assert "没有扣款" in asked.words


async def test_who_is_banned_is_told(till: Till, ann: Person) -> None:
    await till.standings.set(ann.id, Standing.BANNED, NOW)
    asked, question = till.asks(ann)
    await till.inbox.accept([question])
    assert await till.ends(asked) == "BOT_PRECHECKOUT_FAILED"
    assert "sell nothing to you" in asked.words


async def test_an_answer_that_comes_too_late_stops_nothing(
    till: Till, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    late, question = till.asks(ann)
    late.outcome = "BOT_PRECHECKOUT_TIMEOUT"
    await till.inbox.accept([question])
    asked, question = till.asks(ann)
    await till.inbox.accept([question])
    assert await till.ends(asked) == "paid"
    await till.server.wait_until(
        lambda: any(one.message == "payment not answered" for one in caplog.records)
    )


async def test_the_same_question_twice_is_paid_once(till: Till, ann: Person) -> None:
    asked, question = till.asks(ann)
    await till.inbox.accept([question, question])
    assert await till.ends(asked) == "paid"
    assert len(till.server.world.stars.charges) == 1


async def test_one_that_is_no_question_at_all_stops_nothing(
    till: Till, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    odd = {"update_id": 7, "pre_checkout_query": {"id": "1"}}
    asked, question = till.asks(ann)
    await till.inbox.accept([json.dumps(odd).encode(), question])
    assert await till.ends(asked) == "paid"
    assert "urgent update failed" in [one.message for one in caplog.records]


async def test_a_gateway_that_stumbles_is_asked_again(till: Till, ann: Person) -> None:
    till.server.faults.add(Fault(method="answerPreCheckoutQuery", close=True))
    asked, question = till.asks(ann)
    await till.inbox.accept([question])
    assert await till.ends(asked) == "paid"
