"""/refund: an operator pays Stars back. https://core.telegram.org/bots/api#refundstarpayment"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.access import Access
from bot.shop import Purchases
from bot.telegram import words_refunds
from bot.telegram.answers import answer
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.pages import Page, show
from bot.telegram.rich import Rich
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_CHARGE = re.compile(r"[!-~]{1,300}")
_PERSON = re.compile(r"[1-9][0-9]{0,15}")
_ALREADY = "charge_already_refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunding:
    access: Access
    purchases: Purchases
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        # Nobody else need know of it.
        operators = filters.User(user_id=self.access.terms.operators)
        mine = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & operators
        return [CommandHandler("refund", self.on_command, filters=mine)]

    async def on_command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, said = update.message, context.args or []
        if message is None:
            return
        t = await self.speech.to_sender(message)
        charge, person = (*said, "", "")[:2]
        if not _CHARGE.fullmatch(charge) or (person and not _PERSON.fullmatch(person)):
            await show(message, Page(words_refunds.how_to_refund(t)))
            return
        known = await self.purchases.get(charge)
        if known and known.refunded_at:
            await answer(message, words_refunds.already_refunded(t, known))
            return
        payer = (known and known.person) or int(person or 0)
        if not payer:
            await show(message, Page(words_refunds.unknown_payment(t)))
            return
        await show(message, Page(await self._refund(t, message, charge, payer)))

    async def _refund(self, t: Texts, message: Message, charge: str, payer: int) -> Rich:
        """Raises Transient: then Telegram is asked again, which pays back no more than once."""
        try:
            await message.get_bot().refund_star_payment(payer, charge)
        except TelegramError as error:
            if trouble(error) is Trouble.PASSING:
                raise passing(error) from error
            if _ALREADY not in error.message.casefold():
                log.warning("not refunded", extra={"charge": charge, "detail": error.message})
                return Rich(words_refunds.not_paid_back(t, error.message))
        purchase = await self.purchases.refund(charge, self.clock())
        log.info("refunded", extra={"charge": charge, "person": payer, "by": message.chat.id})
        return Rich(words_refunds.paid_back(t, purchase))
