"""Telegram's list of payments against ours: what never reached us is credited after all.

https://core.telegram.org/bots/api#getstartransactions
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import StarTransaction, TransactionPartner, TransactionPartnerUser
from telegram.error import TelegramError

from bot.errors import Transient
from bot.telegram.application import AnyApplication
from bot.telegram.payments import Payments

log = logging.getLogger(__name__)

_EVERY = 24 * 3600.0
_AT_ONCE = 100
# Telegram keeps an update for a day. What is older than a month was settled long ago, and our
# own list is not kept for ever.
_LOOKED_BACK = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class Reconciling:
    """Runs beside the rooms: at the start, and once a day."""

    application: AnyApplication
    payments: Payments
    clock: Callable[[], datetime]
    # The list grows at its end; what was read once need not be read each day.
    _read: int = 0

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except (TelegramError, Transient) as error:
                log.warning("payments not compared", extra={"detail": str(error)})
            await asyncio.sleep(_EVERY)

    async def once(self) -> int:
        """Returns how many payments were found. Raises TelegramError, Transient."""
        payments, found = self.payments, 0
        if not payments.shop.is_open and not await payments.purchases.any():
            return 0
        offset = max(self._read - _AT_ONCE, 0)
        while True:
            answered = await self.application.bot.get_star_transactions(offset, _AT_ONCE)
            for one in answered.transactions:
                found += await self._compare(one)
            offset += len(answered.transactions)
            if len(answered.transactions) < _AT_ONCE:
                self._read = offset
                return found

    async def _compare(self, one: StarTransaction) -> bool:
        """Whether this is a payment we did not know of."""
        if one.date < self.clock() - _LOOKED_BACK:
            return False
        if _paid_by(one.receiver):
            # The same number as that of the payment.
            await self.payments.purchases.refund(one.id, self.clock())
            return False
        payer = _paid_by(one.source)
        if payer is None or await self.payments.purchases.get(one.id):
            return False
        purchase = self.payments.shop.purchase(
            payer.invoice_payload or "",
            charge=one.id,
            payer=payer.user.id,
            stars=one.amount,
            at=one.date,
        )
        log.warning("payment found", extra={"charge": one.id, "person": payer.user.id})
        t = await self.payments.speech.to(payer.user)
        await self.payments.receive(self.application.bot, t, purchase)
        return True


def _paid_by(partner: TransactionPartner | None) -> TransactionPartnerUser | None:
    """The person of an invoice; not of a gift, and not whoever else Stars come from."""
    if not isinstance(partner, TransactionPartnerUser):
        return None
    return partner if partner.transaction_type == "invoice_payment" else None
