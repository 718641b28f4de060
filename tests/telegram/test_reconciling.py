"""Telegram's list of payments against ours: what is missing is credited, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.access import Terms
from bot.credits import Allowances
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Person
from bot.shop import Package, Shop
from bot.storage.ledger import Ledger
from bot.storage.purchases import PurchaseStore
from bot.storage.sqlite import SQLite
from bot.storage.taps import TapStore
from bot.telegram.application import AnyApplication
from bot.telegram.presses import Taps
from bot.telegram.reconciling import Reconciling
from bot.telegram.selling import Selling
from tests.telegram.rooms import access_on, speech_on

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SMALL = Package(stars=50, credits=100)
SHOP = Shop(packages=(SMALL,), key="123:token")


@pytest.fixture
def reconciling(app: AnyApplication, database: SQLite) -> Reconciling:
    return selling(database, SHOP).reconciling(app)


def selling(database: SQLite, shop: Shop) -> Selling:
    terms = Terms(allowances=Allowances(person=0))
    return Selling(
        shop=shop,
        purchases=PurchaseStore(database),
        access=access_on(database, lambda: NOW, terms),
        books=Ledger(database),
        speech=speech_on(database),
        taps=Taps(lambda: NOW, TapStore(database)),
        clock=lambda: NOW,
    )


def moved(
    who: Person, charge: str, *, side: str = "source", age: int = 0, **more: Any
) -> dict[str, Any]:
    """One line of Telegram's list."""
    partner = {"type": "user", "transaction_type": "invoice_payment", "user": who.user}
    partner |= {"invoice_payload": SHOP.payload(who.id, SMALL), **more}
    date = int((NOW - timedelta(days=age)).timestamp())
    return {"id": charge, "amount": 50, "date": date, side: partner}


async def known(database: SQLite) -> dict[str, tuple[int, bool]]:
    rows = await database.read("SELECT charge, credits, refunded_at FROM purchases")
    return {row["charge"]: (row["credits"], row["refunded_at"] is not None) for row in rows}


def told(server: BotApiServer, who: Person) -> list[str]:
    sent = server.messages(server.world.private(who))
    return [one["text"] for one in sent if one["from"]["is_bot"]]


async def test_what_is_missing_is_credited_and_said_once(
    reconciling: Reconciling, server: BotApiServer, database: SQLite, ann: Person, mei: Person
) -> None:
    server.world.stars.transactions += [moved(ann, "a"), moved(mei, "b")]
    assert await reconciling.once() == 2
    assert await reconciling.once() == 0
    assert await known(database) == {"a": (100, False), "b": (100, False)}
    assert told(server, ann) == ["✅ Thank you! 100 credits came in for ⭐ 50; you have 100 now."]
    assert "谢谢" in told(server, mei)[0]
    assert await Ledger(database).examine() == []


async def test_what_was_paid_back_in_the_meantime_is_worth_nothing(
    reconciling: Reconciling, server: BotApiServer, database: SQLite, ann: Person
) -> None:
    server.world.stars.transactions += [moved(ann, "a"), moved(ann, "a", side="receiver")]
    await reconciling.once()
    assert await known(database) == {"a": (100, True)}
    rows = await database.read("SELECT balance FROM accounts WHERE name = ?", [f"own:{ann.id}"])
    assert [row["balance"] for row in rows] == [0]


async def test_gifts_withdrawals_and_what_is_long_settled_are_left_alone(
    reconciling: Reconciling, server: BotApiServer, database: SQLite, ann: Person
) -> None:
    other = {"amount": 50, "date": int(NOW.timestamp())}
    server.world.stars.transactions += [
        moved(ann, "gift", transaction_type="gift_purchase"),
        {**other, "id": "ads", "source": {"type": "telegram_ads"}},
        {**other, "id": "out", "receiver": {"type": "fragment"}},
        {**other, "id": "nobody"},
        moved(ann, "old", age=31),
    ]
    assert await reconciling.once() == 0
    assert await known(database) == {}


async def test_a_long_list_is_read_to_its_end_and_then_from_there(
    reconciling: Reconciling, server: BotApiServer, database: SQLite, ann: Person
) -> None:
    listed = server.world.stars.transactions
    listed += [moved(ann, f"old-{number}", age=40) for number in range(250)]
    listed.append(moved(ann, "new"))
    assert await reconciling.once() == 1
    listed.append(moved(ann, "newer"))
    server.calls.clear()
    assert await reconciling.once() == 1
    asked = [call for call in server.calls if call.method == "getStarTransactions"]
    assert [int(call.params["offset"]) for call in asked] == [151, 251]


async def test_telegram_is_not_asked_where_nothing_was_ever_sold(
    app: AnyApplication, server: BotApiServer, database: SQLite, ann: Person
) -> None:
    closed = selling(database, Shop(key="123:token")).reconciling(app)
    server.world.stars.transactions.append(moved(ann, "a"))
    assert await closed.once() == 0
    assert [call.method for call in server.calls] == []
    # Subscriptions go on after the shop has closed.
    await closed.payments.purchases.add(
        SHOP.purchase("", charge="before", payer=ann.id, stars=50, at=NOW)
    )
    assert await closed.once() == 1
