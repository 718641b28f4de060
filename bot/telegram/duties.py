"""/terms and /paysupport, which Telegram wants of whoever sells.

https://core.telegram.org/bots/payments-stars
"""

from dataclasses import dataclass

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.shop import Purchases, Shop
from bot.telegram import words_shop
from bot.telegram.answers import answer
from bot.telegram.speech import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    shop: Shop
    purchases: Purchases
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("terms", self.on_terms, filters=new),
            CommandHandler("paysupport", self.on_support, filters=new),
        ]

    async def on_terms(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message:
            t = await self.speech.to_sender(update.message)
            await self._say(update.message, words_shop.terms(t, self.shop.terms_url))

    async def on_support(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message:
            t = await self.speech.to_sender(update.message)
            await self._say(update.message, words_shop.support(t, self.shop.contact))

    async def _say(self, message: Message, text: str) -> None:
        user = message.from_user
        # Whoever has bought something is owed both, also where nothing is sold any more.
        if self.shop.is_open or (user and await self.purchases.of(user.id, 1)):
            await answer(message, text)
            return
        await answer(message, words_shop.nothing_sold(await self.speech.to_sender(message)))
