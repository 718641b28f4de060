"""Payments that were made and paid back, as Telegram tells of them; /payments shows one's own.

Credits come for `successful_payment` only, once for each charge. A subscription goes on with the
same payload and a new charge. https://core.telegram.org/bots/api#successfulpayment
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Bot, Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.credits import Allowances, Books
from bot.origin import Origin
from bot.shop import Purchase, Purchases, Shop
from bot.telegram import words_shop
from bot.telegram.answers import answer, say
from bot.telegram.pages import Page, show, show_in_private
from bot.telegram.place import Place
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

LINK = "payments"
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    shop: Shop
    purchases: Purchases
    books: Books
    allowances: Allowances
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            MessageHandler(new & filters.SUCCESSFUL_PAYMENT, self.on_paid),
            MessageHandler(new & filters.StatusUpdate.REFUNDED_PAYMENT, self.on_refunded),
            CommandHandler("payments", self.on_command, filters=new),
        ]

    async def on_paid(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or message.from_user is None:
            return
        paid = message.successful_payment
        if paid is None:
            return
        private = message.chat.type == "private"
        purchase = self.shop.purchase(
            paid.invoice_payload,
            charge=paid.telegram_payment_charge_id,
            payer=message.chat.id if private else message.from_user.id,
            stars=paid.total_amount,
            at=message.date,
        )
        t = await self.speech.to(message.from_user)
        until = paid.subscription_expiration_date
        await self.receive(message.get_bot(), t, purchase, until=until)

    async def receive(
        self, bot: Bot, t: Texts, purchase: Purchase, *, until: datetime | None = None
    ) -> None:
        """Credit a payment and thank for it, each once. Raises Transient."""
        known = await self.purchases.add(purchase)
        about = {"person": known.person, "charge": known.charge, "stars": known.stars}
        if known.told:
            log.info("payment repeated", extra=about)
            return
        if known.credits:
            log.info("payment", extra={**about, "credits": known.credits})
        else:
            log.error("payment not understood", extra=about)
        left = await self._left(known.person)
        await say(bot, Place(known.person), words_shop.thanks(t, known, left, until=until))
        await self.purchases.told(known.charge)

    async def on_refunded(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        # Who it is from is said nowhere; the chat is that of whoever had paid.
        if message is None or message.chat.type != "private":
            return
        back = message.refunded_payment
        if back is None:
            return
        # What has never reached us must not be credited when it does.
        await self.purchases.add(
            self.shop.purchase(
                back.invoice_payload,
                charge=back.telegram_payment_charge_id,
                payer=message.chat.id,
                stars=back.total_amount,
                at=message.date,
            )
        )
        purchase = await self.purchases.refund(back.telegram_payment_charge_id, self.clock())
        if purchase is None:
            return
        log.info("payment refunded", extra={"charge": purchase.charge, "taken": purchase.taken})
        t = await self.speech.to_sender(message)
        left = await self._left(message.chat.id)
        await answer(message, words_shop.refunded(t, purchase, left))

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or message.from_user is None:
            return
        if message.chat.type == "private":
            await self.on_link(message, "")
            return
        own = await self.speech.to(message.from_user)
        page = Page(words_shop.payments(own, await self._of(message.from_user.id)))
        await show_in_private(message, await self.speech.to_sender(message), page, LINK)

    async def on_link(self, message: Message, _rest: str) -> None:
        """`?start=payments`"""
        t = await self.speech.to_sender(message)
        await show(message, Page(words_shop.payments(t, await self._of(message.chat.id))))

    async def _of(self, person: int) -> list[Purchase]:
        return await self.purchases.of(person, _SHOWN)

    async def _left(self, person: int) -> int:
        origin = Origin(chat=person, message=0, person=person)
        purses = self.allowances.purses(origin, self.clock())
        return (await self.books.statement(purses, person)).left
