"""/buy: what is sold for Telegram Stars, and the invoices. https://core.telegram.org/bots/payments-stars"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LabeledPrice,
    Message,
    Update,
    User,
)
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.access import Access, Standing
from bot.credits import Books
from bot.errors import Refused
from bot.models import CATALOGUE
from bot.origin import Origin
from bot.shop import CURRENCY, MONTH, Obstacle, Package, Shop
from bot.telegram import place, words_shop
from bot.telegram.answers import answer, say
from bot.telegram.pages import Page, show, show_in_private
from bot.telegram.place import Place
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

LINK = "buy"
_OPEN = "buy"


def buy_button(t: Texts) -> InlineKeyboardMarkup:
    """Leads to what is sold; for a private chat."""
    return InlineKeyboardMarkup.from_button(
        InlineKeyboardButton(words_shop.buy(t), callback_data=_OPEN)
    )


def shop_address(bot: Bot, shop: Shop) -> str | None:
    """Leads there from outside of the chat; None where nothing is sold, and until Telegram has told
    us our name.
    """
    if not shop.is_open:
        return None
    try:
        return f"https://t.me/{bot.username}?start={LINK}"
    except RuntimeError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buying:
    shop: Shop
    access: Access
    books: Books
    speech: Speech
    taps: Taps
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("buy", self.on_command, filters=filters.UpdateType.MESSAGE),
            CallbackQueryHandler(self.on_press, pattern=r"^buy(:|$)"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or message.from_user is None:
            return
        user = message.from_user
        t = await self.speech.to_sender(message)
        if not self.shop.is_open:
            await answer(message, words_shop.nothing_sold(t))
        elif message.chat.type == "private":
            await show(message, await self._page(t, user))
        else:
            own = await self.speech.to(user)
            await show_in_private(message, t, await self._page(own, user), LINK)

    async def on_link(self, message: Message, _rest: str) -> None:
        """`?start=buy`, also from an invoice that was forwarded."""
        t, user = await self.speech.to_sender(message), message.from_user
        if not self.shop.is_open or user is None:
            await answer(message, words_shop.nothing_sold(t))
            return
        await show(message, await self._page(t, user))

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        message, user = query.message, query.from_user
        in_private = message and (message.chat.type, message.chat.id) == ("private", user.id)
        if not in_private or not await self.taps.is_first(query):
            await acknowledge(query)
            return
        t = await self.speech.to_presser(query)
        code = (query.data or "").removeprefix(_OPEN).removeprefix(":")
        package = self.shop.find(code)
        if code and package is None:
            await acknowledge(query, words_shop.obstacle(t, Obstacle.SOLD_NO_MORE), alert=True)
        elif (await self.access.standings.of(user.id)).get(user.id) is Standing.BANNED:
            await acknowledge(query, words_shop.banned(t), alert=True)
        elif package is not None:
            await acknowledge(query)
            await self._invoice(t, query, package)
        elif not self.shop.is_open:
            await acknowledge(query, words_shop.nothing_sold(t), alert=True)
        else:
            await acknowledge(query)
            page = await self._page(t, user)
            await say(query.get_bot(), Place(user.id), page.text.text, page.buttons)

    async def _page(self, t: Texts, user: User) -> Page:
        origin = Origin(chat=user.id, message=0, person=user.id)
        purses = self.access.terms.allowances.purses(origin, self.clock())
        left = (await self.books.statement(purses, user.id)).left
        lines = [words_shop.line(t, one, await self._pictures(one)) for one in self.shop.packages]
        buttons = [
            InlineKeyboardButton(words_shop.package(t, one), callback_data=f"{_OPEN}:{one.code}")
            for one in self.shop.packages
        ]
        text = words_shop.offer(t, left, lines)
        return Page(text, InlineKeyboardMarkup.from_column(buttons))

    async def _pictures(self, package: Package) -> int:
        """About how many it is good for, with the model people get unless they choose."""
        usual = next(iter(CATALOGUE.values()))
        price = (await self.access.prices()).of(usual.key, usual.sizes[0])
        return package.credits // max(price, 1)

    async def _invoice(self, t: Texts, query: CallbackQuery, package: Package) -> None:
        try:
            await self._send_invoice(t, query, package)
        except Refused as refused:
            log.info("no invoice", extra={"chat": query.from_user.id, "detail": refused.detail})
        except TelegramError:
            log.exception("invoice refused", extra={"package": package.code})
            await say(query.get_bot(), Place(query.from_user.id), words_shop.not_offered(t))

    async def _send_invoice(self, t: Texts, query: CallbackQuery, package: Package) -> None:
        """Raises Refused, Transient and TelegramError."""
        bot, person, title = query.get_bot(), query.from_user.id, words_shop.title(t, package)
        invoice: dict[str, Any] = {
            "title": title,
            "description": words_shop.description(t, package, await self._pictures(package)),
            "payload": self.shop.payload(person, package),
            "currency": CURRENCY,
            "prices": [LabeledPrice(title, package.stars)],
        }
        if not package.monthly:
            # Copies that are forwarded lead here, and cannot be paid by somebody else.
            await place.send(
                Place(person),
                lambda where: bot.send_invoice(
                    start_parameter=LINK, **invoice, **where.parameters()
                ),
            )
            return
        link = await place.send(
            Place(person),
            lambda _where: bot.create_invoice_link(subscription_period=MONTH, **invoice),
        )
        button = InlineKeyboardButton(words_shop.pay(t, package), url=link)
        await say(
            bot,
            Place(person),
            words_shop.subscribe(t, package),
            InlineKeyboardMarkup.from_button(button),
        )
