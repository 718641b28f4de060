"""The sheets of /admin: which models may be asked for, and what a picture costs."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.access import Access
from bot.models import CATALOGUE
from bot.telegram import words_desk as words
from bot.telegram.answers import answer
from bot.telegram.desk import keyboard
from bot.telegram.operators import Operators, rest_of
from bot.telegram.pages import Page, show, turn
from bot.telegram.presses import acknowledge
from bot.telegram.rich import Rich
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_BUTTON = re.compile(r"desk:(?:prices|models(?::(?P<model>[a-z0-9.]{1,16}):(?P<to>on|off))?)")
_PRICE = re.compile(r"(?P<model>[a-z0-9.]+)(?::(?P<size>[0-9]k))?\s+(?P<price>[0-9]{1,7}|[-–—])")
_PRICE_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSheets:
    operators: Operators
    access: Access
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("price", self.on_price, filters=self.operators.said),
            CallbackQueryHandler(self.on_press, pattern=_BUTTON),
        ]

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.operators.pressed(update, _BUTTON)
        if pressed is None:
            return
        query, button = pressed
        await acknowledge(query)
        t = await self.speech.to_presser(query)
        if button["model"] in CATALOGUE:
            await self._switch(button["model"], on=button["to"] == "on")
            log.info("switched", extra={"what": button[0], "operator": query.from_user.id})
        is_prices = button[0] == "desk:prices"
        await turn(context.bot, query, await (self._prices(t) if is_prices else self._models(t)))

    async def on_price(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t = await self.speech.to_sender(message)
        change = price_change(rest_of(message))
        if change is None:
            await answer(message, words.price_usage(t))
            return
        name, price = change
        prices = dict((await self.access.switches.get()).prices)
        prices.pop(name, None)
        if price is not None:
            prices[name] = price
        await self.access.switches.change({"prices": prices}, self.clock())
        sender = message.chat.id
        log.info("switched", extra={"what": f"price {name}={price}", "operator": sender})
        await show(message, await self._prices(t))

    async def _switch(self, model: str, *, on: bool) -> None:
        off = {*(await self.access.switches.get()).models_off} - {model}
        off |= set() if on else {model}
        in_order = tuple(key for key in CATALOGUE if key in off)
        await self.access.switches.change({"models_off": in_order}, self.clock())

    async def _models(self, t: Texts) -> Page:
        off = (await self.access.switches.get()).models_off
        rows = [
            [
                (f"🚫 {model.label}", f"desk:models:{key}:on")
                if key in off
                else (f"✅ {model.label}", f"desk:models:{key}:off")
            ]
            for key, model in CATALOGUE.items()
        ]
        rows.append([(words.back_button(t), "desk:card")])
        return Page(Rich(words.models_sheet(t)), keyboard(rows))

    async def _prices(self, t: Texts) -> Page:
        changed = (await self.access.switches.get()).prices
        text = words.prices_sheet(t, await self.access.prices(), changed)
        return Page(Rich(text), keyboard([[(words.back_button(t), "desk:card")]]))


def price_change(text: str) -> tuple[str, int | None] | None:
    """`pro 20`, `2:4k 24`, `pro -`: what to price, and its credits, None to take them back."""
    named = _PRICE.fullmatch(text.strip().casefold())
    if named is None or named["model"] not in CATALOGUE:
        return None
    model, size = named["model"], named["size"]
    if size and size not in CATALOGUE[model].sizes:
        return None
    name = f"{model}:{size}" if size else model
    if not named["price"].isdecimal():
        return name, None
    price = int(named["price"])
    return (name, price) if price <= _PRICE_MAX else None
