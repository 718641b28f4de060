"""Credits for Telegram Stars, over HTTP: offered, paid, refused, renewed, paid back, found again."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from telegram import Bot

from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.chats import Person
from bot.sandbox.commands import seen_by
from bot.sandbox.payments import collect
from bot.sandbox.stars import Invoice
from bot.shop import Package, Shop
from tests.conftest import TOKEN, Studio, eventually
from tests.pressing import buttons, data, forge, labels

Message = dict[str, Any]
PACKAGES = "50=100, monthly:250=600"
SELLING: dict[str, Any] = {"stars_packages": PACKAGES, "free_credits_daily": 0}
SMALL = Package(stars=50, credits=100)
SIGNING = Shop(packages=(SMALL,), key=TOKEN)


async def offered(studio: Studio, person: Person | None = None) -> Message:
    """What /buy shows."""
    person = person or studio.ann
    studio.telegram.say(person, "/buy")
    return await studio.words(studio.chat(person), "Credits for Telegram Stars")


async def invoice(studio: Studio, person: Person | None = None) -> Message:
    """Through /buy to the invoice of the small package."""
    person = person or studio.ann
    page = await offered(studio, person)
    studio.telegram.press(person, page, data(page, "50:"))
    return await studio.telegram.wait_for(lambda one: "invoice" in one, chat=studio.chat(person))


async def outcome(studio: Studio, query: str) -> str:
    checkout = studio.telegram.world.stars.checkouts[query]
    await eventually(lambda: checkout.outcome)
    return checkout.outcome


async def paid(studio: Studio, what: Message | str, person: Person | None = None) -> str:
    """Pay it; returns the number of the payment."""
    query = studio.telegram.pay(person or studio.ann, what)
    assert await outcome(studio, query) == "paid"
    return studio.telegram.world.stars.checkouts[query].charge_id


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


def has(studio: Studio, person: Person | None = None) -> int:
    """What they have to keep."""
    name = f"own:{(person or studio.ann).id}"
    found = rows(studio, f"SELECT balance FROM accounts WHERE name = '{name}'")
    return int(found[0][0]) if found else 0


async def subscribed(studio: Studio) -> str:
    """Through /buy to a subscription; returns the number of its first payment."""
    page = await offered(studio)
    studio.telegram.press(studio.ann, page, data(page, "a month"))
    link = await studio.words(studio.chat(studio.ann), "every 30 days for")
    return await paid(studio, buttons(link)[0]["url"])


async def test_a_package_is_bought_and_drawn_with(studio: Studio) -> None:
    await studio.start(**SELLING)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    refused = await studio.words(chat, "This costs 4 credits")
    assert labels(refused) == ["⭐ Buy credits"]
    studio.telegram.press(studio.ann, refused, "buy")
    page = await studio.words(chat, "You have 0 credits")
    assert "100 credits: about 25 pictures" in page["text"]
    assert labels(page) == ["⭐ 50: 100 credits", "🔁 ⭐ 250 a month: 600 credits"]
    sent = await invoice(studio)
    assert (sent["invoice"]["title"], sent["invoice"]["total_amount"]) == ("100 credits", 50)
    await paid(studio, sent)
    await studio.words(chat, "100 credits came in for ⭐ 50; you have 100 now.")
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(chat, "a red fox")
    await eventually(lambda: has(studio) == 96)


async def test_it_works_without_a_public_address_too(studio: Studio) -> None:
    await studio.start(webhook=False, **SELLING)
    await paid(studio, await invoice(studio))
    await studio.words(studio.chat(studio.ann), "100 credits came in")


async def test_where_nothing_is_sold_that_is_said_and_nothing_offered(studio: Studio) -> None:
    await studio.start(free_credits_daily=0)
    chat = studio.chat(studio.ann)
    for command in ("/buy", "/terms", "/paysupport", "/start buy"):
        before = len(studio.from_bot(chat))
        studio.telegram.say(studio.ann, command)
        await studio.telegram.wait_until(lambda seen=before: len(studio.from_bot(chat)) > seen)
        assert "Nothing is sold here" in studio.from_bot(chat)[-1]["text"]
    studio.telegram.say(studio.ann, "a fox")
    assert labels(await studio.words(chat, "This costs")) == []
    studio.telegram.say(studio.ann, "/balance")
    assert labels(await studio.words(chat, "A picture costs")) == []


async def test_the_menu_has_what_a_seller_owes_only_where_something_is_sold(studio: Studio) -> None:
    telegram = studio.telegram

    def shown() -> set[str]:
        menu = seen_by(telegram.world, studio.ann, studio.chat(studio.ann))
        return {one["command"] for one in menu}

    await studio.start(**SELLING)
    await eventually(lambda: {"buy", "terms", "paysupport"} <= shown())
    await studio.stop()
    await studio.start()
    await eventually(lambda: not {"buy", "terms", "paysupport"} & shown())


async def test_the_balance_leads_to_what_is_sold(studio: Studio) -> None:
    await studio.start(**SELLING)
    studio.telegram.say(studio.ann, "/balance")
    shown = await studio.words(studio.chat(studio.ann), "A picture costs")
    assert labels(shown) == ["⭐ Buy credits"]


async def test_in_a_group_one_buys_in_private(studio: Studio) -> None:
    await studio.start(**SELLING)
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    studio.telegram.say(studio.ann, "/start")
    await studio.words(studio.chat(studio.ann), "Ann")
    studio.telegram.say(studio.ann, "/buy", chat=group)
    await studio.words(studio.chat(studio.ann), "Credits for Telegram Stars")
    # Bob has never written to us.
    studio.telegram.say(studio.bob, "/buy", chat=group)
    there = await studio.words(group, "between you and me")
    assert buttons(there)[0]["url"].endswith("?start=buy")
    studio.telegram.say(studio.ann, "/imagine a fox", chat=group)
    assert labels(await studio.words(group, "This costs")) == []


async def test_an_invoice_is_for_whoever_asked_for_it(studio: Studio) -> None:
    await studio.start(**SELLING)
    sent = await invoice(studio)
    query = studio.telegram.pay(studio.bob, sent)
    assert await outcome(studio, query) == "BOT_PRECHECKOUT_FAILED"
    assert "somebody else" in studio.telegram.world.stars.checkouts[query].words
    assert studio.telegram.world.stars.balance(studio.bob.id) == 1_000


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (lambda _who: "pack:50", "do not know this invoice"),
        (lambda who: SIGNING.payload(who, Package(stars=50, credits=999)), "sold no more"),
        (lambda who: Shop(key="x").payload(who, SMALL), "do not know this invoice"),
    ],
)
async def test_what_we_do_not_sell_cannot_be_paid(studio: Studio, payload: Any, words: str) -> None:
    await studio.start(**SELLING)
    made = Invoice(title="a", description="b", payload=payload(studio.ann.id), amount=50)
    query = studio.telegram.pay(studio.ann, studio.telegram.world.stars.link(made))
    assert await outcome(studio, query) == "BOT_PRECHECKOUT_FAILED"
    assert words in studio.telegram.world.stars.checkouts[query].words
    assert rows(studio, "SELECT * FROM purchases") == []


async def test_a_package_that_is_sold_no_more_is_refused_by_its_old_button_too(
    studio: Studio,
) -> None:
    await studio.start(**SELLING)
    page, sent = await offered(studio), await invoice(studio)
    await studio.stop()
    await studio.start(stars_packages="60=100")
    assert "sold no more" in await studio.press(studio.ann, page, data(page, "250"))
    query = studio.telegram.pay(studio.ann, sent)
    assert await outcome(studio, query) == "BOT_PRECHECKOUT_FAILED"


async def test_nothing_is_sold_to_who_is_banned(studio: Studio) -> None:
    await studio.start(**SELLING)
    page, sent = await offered(studio), await invoice(studio)
    await studio.stop()
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
        database.execute(
            "INSERT INTO standings (id, standing, changed_at) VALUES (?, 'banned', 1)",
            [studio.ann.id],
        )
    await studio.start(**SELLING)
    assert "sell nothing to you" in await studio.press(studio.ann, page, data(page, "250"))
    query = studio.telegram.pay(studio.ann, sent)
    assert await outcome(studio, query) == "BOT_PRECHECKOUT_FAILED"


async def test_the_question_is_answered_again_when_the_answer_was_lost(studio: Studio) -> None:
    await studio.start(**SELLING)
    sent = await invoice(studio)
    fault = Fault(method="answerPreCheckoutQuery", status=502, body="<p>Bad Gateway</p>")
    studio.telegram.faults.add(fault)
    await paid(studio, sent)


async def test_a_restart_between_the_question_and_the_payment_loses_nothing(
    studio: Studio,
) -> None:
    await studio.start(**SELLING)
    sent = await invoice(studio)
    telegram, chat = studio.telegram, studio.chat(studio.ann)
    # From the payment on nobody is at the door; Telegram keeps it until somebody is.
    telegram.updates.on_update.append(lambda one: _hold_back(telegram, one))
    await paid(studio, sent)
    await studio.stop()
    assert has(studio) == 0
    telegram.updates.on_update.pop()
    (told,) = [one for one in telegram.messages(chat) if "successful_payment" in one]
    telegram.world.tell_bot("message", chat.id, told)
    await studio.start(**SELLING)
    await studio.words(chat, "100 credits came in")
    assert has(studio) == 100


def _hold_back(telegram: BotApiServer, update: Any) -> None:
    if "successful_payment" in update.payload:
        telegram.updates.confirm(update.id)


async def test_one_payment_is_credited_and_thanked_for_once(studio: Studio) -> None:
    await studio.start(**SELLING)
    chat = studio.chat(studio.ann)
    await paid(studio, await invoice(studio))
    await studio.words(chat, "100 credits came in")
    (told,) = [one for one in studio.telegram.messages(chat) if "successful_payment" in one]
    # The same again under another number of an update.
    studio.telegram.world.tell_bot("message", chat.id, told)
    studio.telegram.say(studio.ann, "/payments")
    await studio.words(chat, "Your payments")
    assert has(studio) == 100
    assert sum("came in" in one.get("text", "") for one in studio.from_bot(chat)) == 1


async def test_words_that_look_like_a_payment_credit_nothing(studio: Studio) -> None:
    await studio.start(**SELLING)
    sent = await invoice(studio)
    await forge(studio, studio.ann, sent, "buy:50-100-once:paid")
    await forge(studio, studio.ann, sent, "buy:1-999-once")
    await forge(studio, studio.bob, sent, "buy:50-100-once")
    assert (has(studio), rows(studio, "SELECT * FROM purchases")) == (0, [])


async def test_a_subscription_credits_each_month_also_when_it_is_sold_no_more(
    studio: Studio,
) -> None:
    await studio.start(**SELLING)
    chat, charge = studio.chat(studio.ann), await subscribed(studio)
    first = await studio.words(chat, "600 credits came in")
    assert "goes on at" in first["text"]
    await studio.stop()
    await studio.start(free_credits_daily=0)
    studio.telegram.renew(studio.ann, charge)
    await studio.words(chat, "you have 1,200 now")


async def test_a_renewal_counts_though_the_person_has_blocked_us(studio: Studio) -> None:
    await studio.start(**SELLING)
    charge = await subscribed(studio)
    await studio.words(studio.chat(studio.ann), "600 credits came in")
    studio.telegram.block(studio.ann)
    studio.telegram.renew(studio.ann, charge)
    await eventually(lambda: has(studio) == 1_200)
    await eventually(lambda: rows(studio, "SELECT sum(told) FROM purchases") == [(2,)])


async def test_a_payment_nobody_can_read_is_kept_and_said(studio: Studio) -> None:
    await studio.start(**SELLING)
    telegram = studio.telegram
    telegram.say(studio.ann, "/start")
    collect(
        telegram.world,
        studio.ann,
        Invoice(title="a", description="b", payload="from another life", amount=50),
    )
    await studio.words(studio.chat(studio.ann), "⭐ 50 arrived, but I cannot tell")
    assert rows(studio, "SELECT person, stars, credits FROM purchases") == [(studio.ann.id, 50, 0)]


async def test_an_operator_pays_back_and_what_is_left_is_taken(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}), **SELLING)
    chat, desk = studio.chat(studio.ann), studio.chat(studio.bob)
    charge = await paid(studio, await invoice(studio))
    await studio.words(chat, "100 credits came in")
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(chat, "a red fox")
    await eventually(lambda: has(studio) == 96)
    studio.telegram.say(studio.bob, f"/refund {charge}")
    await studio.words(desk, "Of 100 credits, 96 were left and are taken back.")
    await studio.words(chat, "96 credits taken back for them. You have 0 now.")
    assert studio.telegram.world.stars.balance(studio.ann.id) == 1_000
    studio.telegram.say(studio.bob, f"/refund {charge}")
    await studio.words(desk, "were paid back already")
    studio.telegram.say(studio.ann, "/payments")
    shown = await studio.words(chat, "Your payments")
    assert "paid back" in shown["text"]
    assert charge in shown["text"]


async def test_what_was_reserved_when_it_was_paid_back_is_not_given_back(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}), jobs_at_once=1, **SELLING)
    chat, desk = studio.chat(studio.ann), studio.chat(studio.bob)
    charge = await paid(studio, await invoice(studio))
    await studio.words(chat, "100 credits came in")
    studio.generator.hold()
    for colour in ("red", "blue"):
        studio.telegram.say(studio.ann, f"a {colour} fox")
    await eventually(lambda: has(studio) == 92)
    studio.telegram.say(studio.bob, f"/refund {charge}")
    await studio.words(desk, "What is reserved for pictures now is taken back, too")
    studio.telegram.say(studio.ann, "/cancel")
    await studio.words(chat, "Cancelled")
    held = "SELECT amount FROM holds"
    await eventually(lambda: rows(studio, held) == [(4,)])
    assert has(studio) == 0
    studio.generator.release()


async def test_a_refund_by_another_way_takes_them_too(studio: Studio) -> None:
    await studio.start(**SELLING)
    charge = await paid(studio, await invoice(studio))
    await studio.words(studio.chat(studio.ann), "100 credits came in")
    async with Bot(TOKEN, base_url=f"{studio.telegram.url}/bot") as bot:
        await bot.refund_star_payment(studio.ann.id, charge)
    await studio.words(studio.chat(studio.ann), "100 credits taken back")
    assert has(studio) == 0


async def test_what_was_paid_back_already_at_telegram_is_noted(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}), **SELLING)
    charge = await paid(studio, await invoice(studio))
    await studio.words(studio.chat(studio.ann), "100 credits came in")
    studio.telegram.world.stars.charges[charge].refunded = True
    studio.telegram.say(studio.bob, f"/refund {charge}")
    await studio.words(studio.chat(studio.bob), "100 were left")
    assert has(studio) == 0


async def test_a_refund_needs_a_payment(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}), **SELLING)
    desk = studio.chat(studio.bob)
    studio.telegram.say(studio.bob, "/refund")
    await studio.words(desk, "the number of the payment")
    studio.telegram.say(studio.bob, "/refund stx123")
    await studio.words(desk, "I know nobody")
    studio.telegram.say(studio.bob, f"/refund stx123 {studio.ann.id}")
    await studio.words(desk, "Telegram did not pay it back")


async def test_nobody_else_can_pay_back_or_hears_that_one_could(studio: Studio) -> None:
    await studio.start(**SELLING)
    charge = await paid(studio, await invoice(studio))
    studio.telegram.say(studio.ann, f"/refund {charge}")
    await studio.words(studio.chat(studio.ann), "do not know")
    assert not studio.telegram.world.stars.charges[charge].refunded


async def test_a_payment_whose_update_was_lost_is_found(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    await studio.start(**SELLING)
    chat, charge = studio.chat(studio.ann), await subscribed(studio)
    await studio.words(chat, "600 credits came in")
    await studio.stop()
    studio.telegram.renew(studio.ann, charge)
    studio.telegram.updates.drop()
    await studio.start(**SELLING)
    await studio.words(chat, "you have 1,200 now")
    assert [one.message for one in caplog.records if "payment found" in one.message] != []
    await studio.stop()
    await studio.start(**SELLING)
    studio.telegram.say(studio.ann, "/payments")
    await studio.words(chat, "Your payments")
    assert has(studio) == 1_200


async def test_what_a_seller_owes_is_answered(studio: Studio) -> None:
    await studio.start(terms_url="https://example.org/terms", support_contact="@support", **SELLING)
    chat = studio.chat(studio.mei)
    for command, words in (("/terms", "https://example.org/terms"), ("/paysupport", "@support")):
        studio.telegram.say(studio.mei, command)
        await studio.words(chat, words)
    assert "条款" in studio.from_bot(chat)[0]["text"]
    studio.telegram.say(studio.mei, "/payments")
    await studio.words(chat, "还没有")
