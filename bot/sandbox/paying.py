"""People who pay with Telegram Stars: an invoice message, a link, a subscription again."""

from __future__ import annotations

import asyncio

from bot.sandbox.chats import Person
from bot.sandbox.membership import Membership
from bot.sandbox.payments import collect, expire
from bot.sandbox.refusals import Json
from bot.sandbox.stars import Checkout, Invoice, Place, place_of
from bot.sandbox.world import STRIDE

LINKS = ("https://t.me/$", "https://t.me/invoice/", "tg://invoice?slug=")


class Unpayable(Exception):
    """Telegram does not even ask the bot; `code` says why, in capitals."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Paying(Membership):
    """The purses of the people in a world."""

    def pay(self, person: Person, invoice: Json | str) -> str:
        """The person pays an invoice message, or a link; gives the id of the pre-checkout query.

        How it goes is in `world.stars.checkouts[id].outcome`, within `checkout_seconds`.
        Raises Unpayable when there is nothing to pay, or nothing to pay with.
        """
        stars, place = self.world.stars, None if isinstance(invoice, str) else place_of(invoice)
        offered = self.offered(place or str(invoice))
        if place is not None and (place, person.id) in stars.paid:
            raise Unpayable("INVOICE_ALREADY_PAID")
        if stars.balance(person.id) < offered.amount:
            raise Unpayable("BALANCE_TOO_LOW")
        first = 3_300_000_000_000_000_001 + STRIDE * self.world.base
        checkout = Checkout(
            id=str(self.world.next("checkout", first)),
            at=self.world.clock(),
            person_id=person.id,
            invoice=offered,
            place=place,
        )
        stars.checkouts[checkout.id] = checkout
        asyncio.get_running_loop().call_later(stars.checkout_seconds, expire, self.world, checkout)
        query: Json = {"id": checkout.id, "from": person.user, "currency": "XTR"}
        query |= {"total_amount": offered.amount, "invoice_payload": offered.payload}
        self.world.tell_bot("pre_checkout_query", person.id, query)
        return checkout.id

    def offered(self, where: Place | str) -> Invoice:
        """What there is to pay at a message or by a link; Unpayable if nothing."""
        stars = self.world.stars
        if isinstance(where, str):
            slug = where
            for start in LINKS:
                slug = slug.removeprefix(start)
            if slug not in stars.links:
                raise Unpayable("SLUG_INVALID")
            return stars.links[slug]
        chat_id, message_id = where
        message = self.world.chats[chat_id].messages.get(message_id, {})
        rows = message.get("reply_markup", {}).get("inline_keyboard", [[{}]])
        if where not in stars.shown or not rows[0][0].get("pay"):
            raise Unpayable("MESSAGE_ID_INVALID")
        return stars.shown[where]

    def renew(self, person: Person, charge_id: str) -> Json:
        """The next 30 days of a subscription, named by its first charge, are paid; the bot is not
        asked. Gives the `SuccessfulPayment`; Unpayable when it is not the person's, was cancelled
        by the bot or costs more than there is.
        """
        subscription = self.world.stars.subscriptions.get(charge_id)
        if subscription is None or subscription.person_id != person.id:
            raise Unpayable("CHARGE_ID_INVALID")
        if subscription.canceled:
            raise Unpayable("SUBSCRIPTION_CANCELED")
        if self.world.stars.balance(person.id) < subscription.invoice.amount:
            raise Unpayable("BALANCE_TOO_LOW")
        return collect(self.world, person, subscription.invoice, renewed=subscription)
