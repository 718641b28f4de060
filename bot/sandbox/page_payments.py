"""Paying on the chat page: what an invoice asks for, the payment and how it went, renewals."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.page_forms import Invoiced, Meant, Renew, read_json, read_values
from bot.sandbox.page_guard import Wrong
from bot.sandbox.paying import Unpayable
from bot.sandbox.refusals import Json
from bot.sandbox.stars import place_of

PATIENCE = 5.0  # seconds beyond those the bot has
TROUBLE = {
    "BALANCE_TOO_LOW": "there are not enough Stars",
    "INVOICE_ALREADY_PAID": "this invoice is paid already",
    "MESSAGE_ID_INVALID": "there is nothing to pay at this message",
    "SLUG_INVALID": "there is nothing to pay by this link",
    "CHARGE_ID_INVALID": "there is no such subscription",
    "SUBSCRIPTION_CANCELED": "the bot has cancelled this subscription",
    "BOT_PRECHECKOUT_TIMEOUT": "the bot did not confirm in time",
}


@dataclass(frozen=True, slots=True)
class Payments:
    """GET /api/invoice, POST /api/pay and /api/renew."""

    telegram: BotApiServer

    async def invoice(self, request: web.Request) -> web.Response:
        form = read_values(dict(request.query), Invoiced)
        person, where = Meant(self.telegram.world).person(form), self._where(form)
        stars = self.telegram.world.stars
        try:
            invoice = self.telegram.offered(where if isinstance(where, str) else place_of(where))
        except Unpayable as error:
            raise _wrong(error) from error
        paid = not isinstance(where, str) and (place_of(where), person.id) in stars.paid
        shown = {"title": invoice.title, "description": invoice.description}
        price = {"amount": invoice.amount, "period": invoice.period}
        state = {"balance": stars.balance(person.id), "paid": paid}
        return web.json_response({**shown, **price, **state})

    async def pay(self, request: web.Request) -> web.Response:
        """Answers when the payment has ended: `status` "paid", or "failed" with the reason."""
        form = await read_json(request, Invoiced)
        world, where = self.telegram.world, self._where(form)
        person = Meant(world).person(form)
        if world.private(person).bot == "blocked":
            raise Wrong("blocked", f"{person.first_name} has blocked the bot", field="person")
        try:
            checkout = world.stars.checkouts[self.telegram.pay(person, where)]
        except Unpayable as error:
            raise _wrong(error) from error
        seconds = world.stars.checkout_seconds + PATIENCE
        await self.telegram.wait_until(lambda: checkout.outcome, seconds=seconds)
        balance = {"balance": world.stars.balance(person.id)}
        if checkout.outcome == "paid":
            return web.json_response({"status": "paid", "charge_id": checkout.charge_id, **balance})
        words = checkout.words or TROUBLE[checkout.outcome]
        failed = {"status": "failed", "code": checkout.outcome, "message": words}
        return web.json_response(failed | balance)

    async def renew(self, request: web.Request) -> web.Response:
        form = await read_json(request, Renew)
        try:
            payment = self.telegram.renew(Meant(self.telegram.world).person(form), form.charge_id)
        except Unpayable as error:
            raise _wrong(error) from error
        return web.json_response({"charge_id": payment["telegram_payment_charge_id"]})

    def _where(self, form: Invoiced) -> Json | str:
        """The message, or the link's slug; Wrong unless it is one of them."""
        if form.slug is not None:
            return form.slug
        if form.chat is None or form.message_id is None:
            raise Wrong("invalid", "message_id: which invoice?", field="message_id")
        meant = Meant(self.telegram.world)
        return meant.message(meant.own_chat(form, form.chat), form.message_id)


def _wrong(error: Unpayable) -> Wrong:
    return Wrong(error.code.lower(), TROUBLE[error.code])
