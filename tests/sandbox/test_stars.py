"""Telegram Stars through python-telegram-bot: offering, paying, refusing, refunding, renewing."""

from datetime import timedelta

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LabeledPrice
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.paying import Unpayable
from bot.sandbox.stars import Invoice
from bot.sandbox.transcript import Transcript

MONTH = 2_592_000
SMALL = Invoice(title="a", description="b", payload="c", amount=5)
OLD = "Query is too old and response timeout expired or query id is invalid"


def offer(**more):
    """The parameters of a good invoice."""
    usual = {"title": "50 credits", "description": "Fifty pictures", "payload": "pack:50"}
    prices = [LabeledPrice("50 credits", more.pop("amount", 50))]
    return {**usual, "currency": "XTR", "prices": prices, **more}


def keyboard(*buttons):
    return InlineKeyboardMarkup([[button] for button in buttons])


async def heard(bot):
    """The updates that wait, confirmed."""
    updates = await bot.get_updates(allowed_updates=[])
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def bought(bot, telegram, person, what):
    """The person pays and the bot agrees; gives the message that says so."""
    await heard(bot)
    query_id = telegram.pay(person, what)
    await bot.answer_pre_checkout_query(query_id, ok=True)
    return (await heard(bot))[-1].message


async def test_an_invoice_shows_what_it_costs_but_not_its_payload(bot, telegram, ann, started):
    sent = await bot.send_invoice(ann.id, **offer(provider_token=""))
    assert (sent.invoice.title, sent.invoice.description) == ("50 credits", "Fifty pictures")
    assert (sent.invoice.currency, sent.invoice.total_amount) == ("XTR", 50)
    button = sent.reply_markup.inline_keyboard[0][0]
    assert (button.pay, button.text) == (True, "Pay ⭐ 50")
    assert "pack:50" not in str(sent.to_dict())
    assert telegram.problems == []


async def test_the_first_button_of_an_invoice_pays(bot, ann, started):
    pay, other = (
        InlineKeyboardButton("Buy for XTR 50", pay=True),
        InlineKeyboardButton("Terms", callback_data="terms"),
    )
    sent = await bot.send_invoice(ann.id, **offer(), reply_markup=keyboard(pay, other))
    assert sent.reply_markup == keyboard(pay, other)
    with pytest.raises(BadRequest, match="Reply_markup_buy_empty"):
        await bot.send_invoice(ann.id, **offer(), reply_markup=keyboard(other, pay))
    with pytest.raises(BadRequest, match="Reply_markup_buy_empty"):
        await bot.edit_message_reply_markup(ann.id, sent.message_id, reply_markup=keyboard(other))
    with pytest.raises(BadRequest, match="Button_type_invalid"):
        await bot.send_message(ann.id, "buy", reply_markup=keyboard(pay))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, 'Parameter "title" is required'),
        ({"title": "x" * 33}, "at most 32"),
        ({"description": ""}, 'Parameter "description" is required'),
        ({"description": "x" * 256}, "at most 255"),
        ({"payload": ""}, 'Parameter "payload" is required'),
        ({"payload": "é" * 65}, "Invoice_payload_invalid"),
        ({"prices": []}, "required|at least one price"),
        ({"prices": [LabeledPrice("a", 1), LabeledPrice("b", 1)]}, "Stars_invoice_invalid"),
        ({"amount": 0}, "Total price must be positive"),
        ({"amount": 100_001}, "Currency_total_amount_invalid"),
        ({"currency": "EUR"}, "Payment_provider_invalid"),
        ({"provider_token": "1:TEST"}, "Stars_invoice_invalid"),
        ({"max_tip_amount": 10}, "Stars_invoice_invalid"),
    ],
)
async def test_what_telegram_does_not_offer(bot, ann, started, wrong, words):
    for call in (lambda **given: bot.send_invoice(ann.id, **given), bot.create_invoice_link):
        with pytest.raises(BadRequest, match=words):
            await call(**offer(**wrong))


async def test_the_longest_and_dearest_invoice(bot, ann, started):
    longest = {"title": "x" * 32, "description": "y" * 255, "payload": "z" * 128}
    sent = await bot.send_invoice(ann.id, **offer(**longest, amount=100_000))
    assert sent.invoice.total_amount == 100_000


@pytest.mark.parametrize(
    ("period", "amount", "words"),
    [(86_400, 50, "Subscription_period_invalid"), (MONTH, 10_001, "Subscription_amount_invalid")],
)
async def test_subscriptions_that_cannot_be(bot, period, amount, words):
    with pytest.raises(BadRequest, match=words):
        await bot.create_invoice_link(**offer(amount=amount), subscription_period=period)


async def test_a_payment_goes_through_when_the_bot_agrees(bot, telegram, ann, started):
    invoice = await bot.send_invoice(ann.id, **offer())
    query_id = telegram.pay(ann, invoice.to_dict())
    query = (await heard(bot))[0].pre_checkout_query
    assert (query.id, query.from_user.id, query.invoice_payload) == (query_id, ann.id, "pack:50")
    assert (query.currency, query.total_amount) == ("XTR", 50)
    assert telegram.world.stars.balance(ann.id) == 1000
    assert await query.answer(ok=True)
    message = (await heard(bot))[0].message
    payment = message.successful_payment
    assert (message.chat.id, message.from_user.id) == (ann.id, ann.id)
    assert (payment.currency, payment.total_amount) == ("XTR", 50)
    assert (payment.invoice_payload, payment.provider_payment_charge_id) == ("pack:50", "")
    assert (payment.is_recurring, payment.subscription_expiration_date) == (None, None)
    assert telegram.world.stars.checkouts[query_id].charge_id == payment.telegram_payment_charge_id
    assert telegram.world.stars.balance(ann.id) == 950
    assert (await bot.get_my_star_balance()).amount == 50


async def test_the_bot_says_no_and_why(bot, telegram, ann, started):
    invoice = await bot.send_invoice(ann.id, **offer())
    query_id = telegram.pay(ann, invoice.to_dict())
    with pytest.raises(BadRequest, match='Parameter "error_message" is required'):
        await bot.answer_pre_checkout_query(query_id, ok=False)
    await bot.answer_pre_checkout_query(query_id, ok=False, error_message="Sold out")
    checkout = telegram.world.stars.checkouts[query_id]
    assert (checkout.outcome, checkout.words) == ("BOT_PRECHECKOUT_FAILED", "Sold out")
    assert telegram.world.stars.balance(ann.id) == 1000
    assert not any("successful_payment" in one for one in telegram.messages(started))


async def test_a_query_is_answered_once_and_in_time(bot, telegram, ann, started, clock):
    invoice = (await bot.send_invoice(ann.id, **offer())).to_dict()
    first, second = telegram.pay(ann, invoice), telegram.pay(ann, invoice)
    await bot.answer_pre_checkout_query(first, ok=True)
    for query_id in (first, "1", "x"):
        with pytest.raises(BadRequest, match=OLD):
            await bot.answer_pre_checkout_query(query_id, ok=True)
    clock.now += 11
    with pytest.raises(BadRequest, match=OLD):
        await bot.answer_pre_checkout_query(second, ok=True)
    assert telegram.world.stars.balance(ann.id) == 950


async def test_a_silent_bot_loses_the_payment():
    async with BotApiServer(checkout_seconds=0.005) as telegram:
        ann = telegram.world.add_person("Ann")
        link = telegram.world.stars.link(SMALL)
        checkout = telegram.world.stars.checkouts[telegram.pay(ann, link)]
        await telegram.wait_until(lambda: checkout.outcome)
        assert checkout.outcome == "BOT_PRECHECKOUT_TIMEOUT"
        assert telegram.world.stars.balance(ann.id) == 1000


async def test_a_bot_that_does_not_ask_for_the_queries_gets_none(bot, telegram, ann, started):
    await bot.get_updates(allowed_updates=["message"])
    invoice = await bot.send_invoice(ann.id, **offer())
    telegram.pay(ann, invoice.to_dict())
    assert await bot.get_updates() == ()


async def test_nobody_pays_twice_or_with_what_they_have_not(bot, telegram, ann, started):
    invoice = (await bot.send_invoice(ann.id, **offer())).to_dict()
    await bought(bot, telegram, ann, invoice)
    dear = (await bot.send_invoice(ann.id, **offer(amount=951))).to_dict()
    text = (await bot.send_message(ann.id, "hi")).to_dict()
    cases = [(invoice, "INVOICE_ALREADY_PAID"), (dear, "BALANCE_TOO_LOW")]
    cases += [(text, "MESSAGE_ID_INVALID"), ("https://t.me/$nothing", "SLUG_INVALID")]
    for what, code in cases:
        with pytest.raises(Unpayable) as refused:
            telegram.pay(ann, what)
        assert refused.value.code == code


async def test_two_payments_at_once_never_overdraw_a_purse(bot, telegram, ann, started):
    link = await bot.create_invoice_link(**offer(amount=600))
    first, second = telegram.pay(ann, link), telegram.pay(ann, link)
    await bot.answer_pre_checkout_query(first, ok=True)
    await bot.answer_pre_checkout_query(second, ok=True)
    assert telegram.world.stars.checkouts[second].outcome == "BALANCE_TOO_LOW"
    assert telegram.world.stars.balance(ann.id) == 400


async def test_several_people_pay_an_invoice_in_a_group(bot, telegram, ann, bob, group):
    invoice = (await bot.send_invoice(group.id, **offer())).to_dict()
    for person in (ann, bob):
        message = await bought(bot, telegram, person, invoice)
        assert (message.chat.id, message.from_user.id) == (person.id, person.id)
    assert (await bot.get_my_star_balance()).amount == 100


async def test_a_forwarded_invoice_is_paid_by_another(bot, telegram, ann, bob, group, started):
    invoice = (await bot.send_invoice(ann.id, **offer())).to_dict()
    passed_on = telegram.forward(ann, invoice, chat=group)
    message = await bought(bot, telegram, bob, passed_on)
    assert message.successful_payment.invoice_payload == "pack:50"
    again = await bot.forward_message(group.id, ann.id, invoice["message_id"])
    assert (await bought(bot, telegram, bob, again.to_dict())).successful_payment
    with pytest.raises(BadRequest, match="can't be copied"):
        await bot.copy_message(group.id, ann.id, invoice["message_id"])


async def test_a_start_parameter_leads_forwarded_invoices_to_the_bot(
    bot, telegram, ann, bob, group, started
):
    invoice = (await bot.send_invoice(ann.id, **offer(start_parameter="buy50"))).to_dict()
    passed_on = telegram.forward(ann, invoice, chat=group)
    button = passed_on["reply_markup"]["inline_keyboard"][0][0]
    assert button["url"] == "https://t.me/nano_banana_bot?start=buy50"
    with pytest.raises(Unpayable):
        telegram.pay(bob, passed_on)
    assert telegram.pay(ann, invoice)


async def test_a_link_is_paid_by_whoever_has_it(bot, telegram, ann, bob):
    link = await bot.create_invoice_link(**offer())
    assert link.startswith("https://t.me/$")
    charges = [await bought(bot, telegram, person, link) for person in (ann, bob, bob)]
    assert len({one.successful_payment.telegram_payment_charge_id for one in charges}) == 3
    slug = link.removeprefix("https://t.me/$")
    assert telegram.pay(ann, f"tg://invoice?slug={slug}")
    await bot.send_message(bob.id, "thanks")  # who has paid has started the bot


async def test_a_refund_comes_back_once_and_is_told(bot, telegram, ann, bob, started):
    paid = await bought(bot, telegram, ann, await bot.create_invoice_link(**offer()))
    charge_id = paid.successful_payment.telegram_payment_charge_id
    with pytest.raises(BadRequest, match="Charge_id_empty"):
        await bot.refund_star_payment(bob.id, charge_id)
    with pytest.raises(BadRequest, match="Charge_id_empty"):
        await bot.refund_star_payment(ann.id, "stxnothing")
    with pytest.raises(BadRequest, match="User not found"):
        await bot.refund_star_payment(1, charge_id)
    assert await bot.refund_star_payment(ann.id, charge_id)
    refund = (await heard(bot))[-1].message.refunded_payment
    assert (refund.total_amount, refund.invoice_payload) == (50, "pack:50")
    assert (refund.telegram_payment_charge_id, refund.currency) == (charge_id, "XTR")
    assert telegram.world.stars.balance(ann.id) == 1000
    with pytest.raises(BadRequest, match="Charge_already_refunded"):
        await bot.refund_star_payment(ann.id, charge_id)


async def test_every_star_that_moved_is_listed_in_order(bot, telegram, ann, bob):
    link = await bot.create_invoice_link(**offer())
    first = await bought(bot, telegram, ann, link)
    await bought(bot, telegram, bob, link)
    charge_id = first.successful_payment.telegram_payment_charge_id
    await bot.refund_star_payment(ann.id, charge_id)
    moved = (await bot.get_star_transactions()).transactions
    assert [(one.amount, one.source is not None) for one in moved] == [
        (50, True), (50, True), (50, False),
    ]  # fmt: skip
    assert (moved[0].id, moved[2].id) == (charge_id, charge_id)
    assert (moved[0].source.user.id, moved[0].source.invoice_payload) == (ann.id, "pack:50")
    assert moved[2].receiver.user.id == ann.id
    some = (await bot.get_star_transactions(offset=1, limit=1)).transactions
    assert [one.source.user.id for one in some] == [bob.id]
    assert (await bot.get_my_star_balance()).amount == 50


async def test_a_subscription_is_renewed_with_a_new_charge(bot, telegram, ann, started, clock):
    link = await bot.create_invoice_link(**offer(), subscription_period=timedelta(days=30))
    first = (await bought(bot, telegram, ann, link)).successful_payment
    ends = clock.now + MONTH
    assert (first.is_recurring, first.is_first_recurring) == (True, True)
    assert first.subscription_expiration_date.timestamp() == ends
    telegram.renew(ann, first.telegram_payment_charge_id)
    second = (await heard(bot))[-1].message.successful_payment
    assert (second.is_recurring, second.is_first_recurring) == (True, None)
    assert second.subscription_expiration_date.timestamp() == ends + MONTH
    assert second.invoice_payload == first.invoice_payload
    assert second.telegram_payment_charge_id != first.telegram_payment_charge_id
    assert telegram.world.stars.balance(ann.id) == 900
    moved = telegram.world.stars.transactions
    assert [one["source"]["subscription_period"] for one in moved] == [MONTH, MONTH]


async def test_the_bot_cancels_a_subscription_and_takes_that_back(bot, telegram, ann, bob):
    link = await bot.create_invoice_link(**offer(), subscription_period=MONTH)
    paid = await bought(bot, telegram, ann, link)
    charge_id = paid.successful_payment.telegram_payment_charge_id
    assert await bot.edit_user_star_subscription(ann.id, charge_id, is_canceled=True)
    with pytest.raises(Unpayable, match="SUBSCRIPTION_CANCELED"):
        telegram.renew(ann, charge_id)
    assert await bot.edit_user_star_subscription(ann.id, charge_id, is_canceled=False)
    assert telegram.renew(ann, charge_id)
    for person, name in ((bob, charge_id), (ann, "stxnothing")):
        with pytest.raises(BadRequest, match="Charge_id_invalid"):
            await bot.edit_user_star_subscription(person.id, name, is_canceled=True)


async def test_trouble_on_order_meets_payments_too(bot, telegram, ann, started, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    telegram.faults.add(Fault(method="sendInvoice", status=429, retry_after=3))
    with pytest.raises(RetryAfter):
        await bot.send_invoice(ann.id, **offer())
    invoice = (await bot.send_invoice(ann.id, **offer())).to_dict()
    query_id = telegram.pay(ann, invoice)
    telegram.faults.add(Fault(method="answerPreCheckoutQuery", close=True, before=False))
    with pytest.raises(NetworkError):
        await bot.answer_pre_checkout_query(query_id, ok=True)
    assert telegram.world.stars.checkouts[query_id].outcome == "paid"
    charge_id = telegram.world.stars.checkouts[query_id].charge_id
    telegram.faults.add(Fault(method="refundStarPayment", status=502, body="<html>"))
    with pytest.raises(NetworkError):
        await bot.refund_star_payment(ann.id, charge_id)
    assert await bot.refund_star_payment(ann.id, charge_id)
    assert telegram.problems == []


async def test_the_transcript_tells_of_stars(bot, telegram, ann, started, tmp_path):
    lines = []
    Transcript(telegram, tmp_path, lines.append)
    invoice = await bot.send_invoice(ann.id, **offer())
    paid = await bought(bot, telegram, ann, invoice.to_dict())
    await bot.refund_star_payment(ann.id, paid.successful_payment.telegram_payment_charge_id)
    told = "\n".join(lines)
    assert "50 credits for 50 Stars: Fifty pictures" in told
    assert "Ann: (pays 50 Stars)" in told
    assert "Nano Banana: (gives back 50 Stars)" in told
