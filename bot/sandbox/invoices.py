"""The methods that offer something for Telegram Stars: a message with a Pay button, or a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.keyboards import pay_keyboard
from bot.sandbox.places import open_chat
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.sending import send
from bot.sandbox.stars import PERIOD, Invoice, place_of
from bot.sandbox.world import World

TITLE_LENGTH = 32
DESCRIPTION_LENGTH = 255
PAYLOAD_BYTES = 128
HIGHEST = 100_000  # not documented; what others measured
HIGHEST_SUBSCRIPTION = 10_000


def send_invoice(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#sendinvoice"""
    invoice = _read(args)
    keyboard = pay_keyboard(args, open_chat(world, args).type, invoice.amount)
    message = send(world, args, {"invoice": invoice.json, **keyboard})
    world.stars.shown[place_of(message)] = invoice
    return message


def create_invoice_link(world: World, args: Arguments) -> str:
    """https://core.telegram.org/bots/api#createinvoicelink"""
    return world.stars.link(_read(args, period=args.number("subscription_period") or 0))


def _read(args: Arguments, *, period: int = 0) -> Invoice:
    for name in ("title", "description", "payload", "currency", "prices"):
        if not args.text(name):
            raise bad_request(f'parameter "{name}" is required')
    if len(args.text("title")) > TITLE_LENGTH:
        raise bad_request(f"invoice title must be at most {TITLE_LENGTH} characters long")
    if len(args.text("description")) > DESCRIPTION_LENGTH:
        raise bad_request(
            f"invoice description must be at most {DESCRIPTION_LENGTH} characters long"
        )
    amount = _price(args)
    if len(args.text("payload").encode()) > PAYLOAD_BYTES:
        raise bad_request("INVOICE_PAYLOAD_INVALID")
    if period and period != PERIOD:
        raise bad_request("SUBSCRIPTION_PERIOD_INVALID")
    if period and amount > HIGHEST_SUBSCRIPTION:
        raise bad_request("SUBSCRIPTION_AMOUNT_INVALID")
    return Invoice(
        title=args.text("title"),
        description=args.text("description"),
        payload=args.text("payload"),
        amount=amount,
        period=period,
        start_parameter=args.text("start_parameter"),
    )


def _price(args: Arguments) -> int:
    """The whole Stars of the one price."""
    prices = args.data("prices")
    if not isinstance(prices, list):
        raise bad_request("expected an Array of labeled prices")
    if not prices:
        raise bad_request("there must be at least one price")
    amounts = [_amount(one) for one in prices]
    if sum(amounts) <= 0:
        raise bad_request("total price must be positive")
    if args.text("currency") != "XTR":  # there are no payment providers here
        raise bad_request("PAYMENT_PROVIDER_INVALID")
    tips = args.number("max_tip_amount") or args.data("suggested_tip_amounts")
    if len(amounts) > 1 or args.text("provider_token") or tips:
        raise bad_request("STARS_INVOICE_INVALID")
    if amounts[0] > HIGHEST:
        raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")
    return amounts[0]


def _amount(price: Any) -> int:
    if not isinstance(price, dict):
        raise bad_request("can't parse labeled price: LabeledPrice must be an Object")
    for name in ("label", "amount"):
        if price.get(name) in (None, ""):
            raise bad_request(f"can't parse labeled price: Can't find field \"{name}\"")
    try:
        return int(str(price["amount"]))
    except ValueError as exc:
        text = 'can\'t parse labeled price: Field "amount" must be a valid Number'
        raise bad_request(text) from exc


METHODS: dict[str, Callable[[World, Arguments], Any]] = {
    "sendInvoice": send_invoice,
    "createInvoiceLink": create_invoice_link,
}
