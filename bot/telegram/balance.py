"""/balance: what is left, when it comes anew, and what pictures cost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.access import Access
from bot.credits import Books, next_day
from bot.origin import Origin
from bot.telegram import words_credits
from bot.telegram.answers import answer
from bot.telegram.buying import buy_button
from bot.telegram.pages import Page, show_in_private
from bot.telegram.rich import Rich
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.wishes import origin_of

LINK = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    access: Access
    books: Books
    speech: Speech
    clock: Callable[[], datetime]
    selling: bool = False

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CommandHandler("balance", self.on_command, filters=filters.UpdateType.MESSAGE)]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t = await self.speech.to_sender(message)
        origin = origin_of(message)
        if message.chat.type == "private":
            await self.on_link(message, "")
            return
        # What somebody has is nobody else's business.
        own = await self.speech.to(message.from_user)
        buttons = buy_button(own) if self.selling else None
        page = Page(Rich(await self._text(own, origin)), buttons)
        await show_in_private(message, t, page, LINK)

    async def on_link(self, message: Message, _rest: str) -> None:
        """`?start=balance`"""
        t = await self.speech.to_sender(message)
        buttons = buy_button(t) if self.selling else None
        await answer(message, await self._text(t, origin_of(message)), buttons)

    async def _text(self, t: Texts, origin: Origin) -> str:
        prices = await self.access.prices()
        allowances, now = self.access.terms.allowances, self.clock()
        if allowances.person is None or self.access.is_operator(origin.person):
            return words_credits.nothing_to_pay(t)
        purses = await self.access.purses(origin)
        statement = await self.books.statement(purses, origin.person)
        return words_credits.balance(
            t,
            origin,
            statement,
            prices,
            switches=await self.access.switches.get(),
            until_refill=next_day(now) - now,
        )
