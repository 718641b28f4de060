"""Paying on the chat page: what an invoice asks for, how the payment went, and what is wrong."""

import asyncio

import pytest
from telegram import LabeledPrice

from tests.sandbox.pages import refusal

OFFER = {"title": "50 credits", "description": "Fifty pictures", "payload": "pack:50",
         "currency": "XTR", "prices": [LabeledPrice("50 credits", 50)]}  # fmt: skip


@pytest.fixture
async def place(bot, ann, started):
    """Ann and an invoice in her private chat, as the page names them."""
    sent = await bot.send_invoice(ann.id, **OFFER)
    return {"person": ann.id, "chat": ann.id, "message_id": sent.message_id}


async def answered(bot, telegram, paying, **answer):
    """What the page is told when the bot answers like this."""
    while not (
        asked := [one for one in await bot.get_updates(timeout=5) if one.pre_checkout_query]
    ):
        pass
    await asked[-1].pre_checkout_query.answer(**answer)
    return await paying


async def test_an_invoice_and_the_purse_are_shown(browser, place, ann):
    status, shown = await browser.get("invoice", **place)
    assert status == 200
    assert shown == {
        "title": "50 credits", "description": "Fifty pictures", "amount": 50, "period": 0,
        "balance": 1000, "paid": False,
    }  # fmt: skip
    _, state = await browser.get("state")
    assert next(one for one in state["people"] if one["id"] == ann.id)["stars"] == 1000


async def test_a_payment_is_answered_when_it_has_ended(bot, telegram, browser, place):
    async with browser.session.ws_connect("/api/events") as socket:
        paying = asyncio.create_task(browser.post("pay", **place))
        status, paid = await answered(bot, telegram, paying, ok=True)
        assert await browser.heard(socket, "chats")  # the purses are read anew
    assert (status, paid["status"], paid["balance"]) == (200, "paid", 950)
    assert paid["charge_id"] in telegram.world.stars.charges
    assert (await browser.get("invoice", **place))[1]["paid"] is True
    assert refusal(await browser.post("pay", **place)) == (400, "invoice_already_paid", "")


async def test_the_bots_refusal_is_shown_in_its_words(bot, telegram, browser, place):
    paying = asyncio.create_task(browser.post("pay", **place))
    _, failed = await answered(bot, telegram, paying, ok=False, error_message="Sold out")
    assert failed == {"status": "failed", "code": "BOT_PRECHECKOUT_FAILED",
                      "message": "Sold out", "balance": 1000}  # fmt: skip


async def test_a_bot_that_is_silent_fails_the_payment(telegram, browser, place):
    telegram.world.stars.checkout_seconds = 0.005
    _, failed = await browser.post("pay", **place)
    assert (failed["status"], failed["code"]) == ("failed", "BOT_PRECHECKOUT_TIMEOUT")


async def test_a_link_is_paid_and_a_subscription_renewed(bot, telegram, browser, ann, bob):
    link = await bot.create_invoice_link(**OFFER, subscription_period=2_592_000)
    where = {"person": bob.id, "slug": link.removeprefix("https://t.me/$")}
    assert (await browser.get("invoice", **where))[1]["period"] == 2_592_000
    paying = asyncio.create_task(browser.post("pay", **where))
    _, paid = await answered(bot, telegram, paying, ok=True)
    charge = {"charge_id": paid["charge_id"]}
    status, renewed = await browser.post("renew", person=bob.id, **charge)
    assert (status, renewed["charge_id"] != paid["charge_id"]) == (200, True)
    wrong = await browser.post("renew", person=ann.id, **charge)
    assert refusal(wrong) == (400, "charge_id_invalid", "")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"message_id": 99_999}, ("unknown_message", "message_id")),
        ({"message_id": None}, ("invalid", "message_id")),
        ({"person": 1}, ("unknown_person", "person")),
        ({"slug": "nothing"}, ("slug_invalid", "")),
    ],
)
async def test_payments_that_make_no_sense(browser, place, change, wrong):
    assert refusal(await browser.post("pay", **place | change)) == (400, *wrong)


async def test_who_is_not_there_or_has_blocked_the_bot_pays_nothing(telegram, browser, place, bob):
    assert refusal(await browser.post("pay", **place | {"person": bob.id}))[1] == "not_a_member"
    telegram.block(telegram.world.people[place["person"]])
    assert refusal(await browser.post("pay", **place))[1] == "blocked"
