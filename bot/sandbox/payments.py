"""The methods about payments in Telegram Stars, and what a payment does to chats and balances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Person
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.stars import PERIOD, Checkout, Invoice, Subscription
from bot.sandbox.world import World

MOST = 100


def answer_pre_checkout_query(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#answerprecheckoutquery"""
    words = args.text("error_message")
    if not args.flag("ok") and not words:
        raise bad_request('parameter "error_message" is required')
    query_id = args.text("pre_checkout_query_id")
    checkout = world.stars.checkout_to_answer(query_id, world.clock())
    if not args.flag("ok"):
        end(world, checkout, "BOT_PRECHECKOUT_FAILED", words)
    elif world.stars.balance(checkout.person_id) < checkout.invoice.amount:
        end(world, checkout, "BALANCE_TOO_LOW")
    else:
        payment = collect(world, world.people[checkout.person_id], checkout.invoice)
        checkout.charge_id = payment["telegram_payment_charge_id"]
        if checkout.place is not None:
            world.stars.paid.add((checkout.place, checkout.person_id))
        end(world, checkout, "paid")
    return True


def refund_star_payment(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#refundstarpayment"""
    person = _person(world, args)
    charge = world.stars.charges.get(args.text("telegram_payment_charge_id"))
    if charge is None or charge.person_id != person.id:
        raise bad_request("CHARGE_ID_EMPTY")
    if charge.refunded:
        raise bad_request("CHARGE_ALREADY_REFUNDED")
    world.stars.give_back(charge, person.user, int(world.clock()))
    about = {"currency": "XTR", "total_amount": charge.invoice.amount}
    about |= {"invoice_payload": charge.invoice.payload, "telegram_payment_charge_id": charge.id}
    chat = world.private(person)
    message = world.post(chat, world.bot_user, {"refunded_payment": about})
    world.tell_bot("message", chat.id, message)
    world.tell("chats", chat.id, {})
    return True


def get_star_transactions(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getstartransactions"""
    offset = max(args.number("offset") or 0, 0)
    limit = args.number("limit")
    count = MOST if limit is None else min(max(limit, 1), MOST)
    return {"transactions": world.stars.transactions[offset : offset + count]}


def get_my_star_balance(world: World, _args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getmystarbalance"""
    return {"amount": world.stars.earned}


def edit_user_star_subscription(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#edituserstarsubscription"""
    person = _person(world, args)
    subscription = world.stars.subscriptions.get(args.text("telegram_payment_charge_id"))
    if subscription is None or subscription.person_id != person.id:
        raise bad_request("CHARGE_ID_INVALID")
    subscription.canceled = args.flag("is_canceled")
    return True


def collect(
    world: World, person: Person, invoice: Invoice, *, renewed: Subscription | None = None
) -> Json:
    """The person pays: Stars move, and the bot reads it in their private chat. Gives the
    `SuccessfulPayment`.
    """
    now = int(world.clock())
    charge = world.stars.take(person.user, invoice, now)
    payment: Json = {"currency": "XTR", "total_amount": invoice.amount}
    payment["invoice_payload"] = invoice.payload
    if invoice.period:
        until = (renewed.until if renewed else now) + PERIOD
        payment |= {"subscription_expiration_date": until, "is_recurring": True}
        if renewed is None:
            payment["is_first_recurring"] = True
            subscription = Subscription(person_id=person.id, invoice=invoice, until=until)
            world.stars.subscriptions[charge.id] = subscription
        else:
            renewed.until = until
    payment |= {"telegram_payment_charge_id": charge.id, "provider_payment_charge_id": ""}
    chat = world.private(person)
    if chat.bot == "new":
        chat.bot = "member"
    message = world.post(chat, person.user, {"successful_payment": payment})
    chat.authors[message["message_id"]] = person.id
    world.tell_bot("message", chat.id, message)
    world.tell("chats", chat.id, {})
    return payment


def end(world: World, checkout: Checkout, outcome: str, words: str = "") -> None:
    """How a checkout went; the person who waits is told."""
    checkout.outcome, checkout.words = outcome, words
    world.tell("checkout", checkout.person_id, {"id": checkout.id, "outcome": outcome})


def expire(world: World, checkout: Checkout) -> None:
    """The bot had its time."""
    if not checkout.outcome:
        end(world, checkout, "BOT_PRECHECKOUT_TIMEOUT")


def _person(world: World, args: Arguments) -> Person:
    user_id = args.number("user_id")
    if not user_id:
        raise bad_request("invalid user_id specified")
    if user_id not in world.people:
        raise bad_request("user not found")
    return world.people[user_id]


METHODS: dict[str, Callable[[World, Arguments], Any]] = {
    "answerPreCheckoutQuery": answer_pre_checkout_query,
    "refundStarPayment": refund_star_payment,
    "getStarTransactions": get_star_transactions,
    "getMyStarBalance": get_my_star_balance,
    "editUserStarSubscription": edit_user_star_subscription,
}
