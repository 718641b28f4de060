"""The question before a payment: may it be made? Answered at once, whatever else waits.

https://core.telegram.org/bots/api#precheckoutquery
"""

import asyncio
import logging
from dataclasses import dataclass

from telegram import PreCheckoutQuery, Update
from telegram.error import TelegramError

from bot.access import Standing, Standings
from bot.errors import Transient
from bot.shop import Shop
from bot.telegram import words_shop
from bot.telegram.failures import Trouble, trouble
from bot.telegram.speech import Speech
from bot.telegram.texts import texts

log = logging.getLogger(__name__)

# Telegram waits ten seconds. What cannot be found out in good time is answered with no: nobody
# has paid yet, and may try again.
_DECIDED_WITHIN = 2.0
_ANSWERED_WITHIN = 2.0
_WAITS = (0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """`within`: after so many seconds what has not been found out is answered with no."""

    shop: Shop
    standings: Standings
    speech: Speech
    within: float = _DECIDED_WITHIN

    async def at_once(self, update: Update) -> None:
        query = update.pre_checkout_query
        if query is None:
            return
        try:
            async with asyncio.timeout(self.within):
                refusal = await self._refusal(query)
        except (TimeoutError, Transient) as failure:
            log.warning("payment not checked in time", extra={"detail": str(failure)})
            refusal = words_shop.try_again(texts(query.from_user.language_code))
        about = {"person": query.from_user.id, "stars": query.total_amount}
        log.info("payment refused" if refusal else "payment may be made", extra=about)
        await _answer(query, refusal)

    async def _refusal(self, query: PreCheckoutQuery) -> str | None:
        """Why not, in words for whoever wants to pay. Raises Transient."""
        payer = query.from_user
        obstacle = self.shop.obstacle(
            query.invoice_payload,
            payer=payer.id,
            amount=query.total_amount,
            currency=query.currency,
        )
        if obstacle:
            return words_shop.obstacle(await self.speech.to(payer), obstacle)
        if (await self.standings.of(payer.id)).get(payer.id) is Standing.BANNED:
            return words_shop.banned(await self.speech.to(payer))
        return None


async def _answer(query: PreCheckoutQuery, refusal: str | None) -> None:
    """Too late is no reason to do anything: nothing was paid then."""
    for wait in (*_WAITS, None):
        try:
            await query.answer(
                ok=refusal is None, error_message=refusal, read_timeout=_ANSWERED_WITHIN
            )
        except TelegramError as error:
            if wait is not None and trouble(error) is Trouble.PASSING:
                await asyncio.sleep(wait)
                continue
            log.warning("payment not answered", extra={"detail": error.message})
        return
