"""What cannot wait for its turn: answered at once, beside the inbox, and never written down.

Telegram asks before a payment, and waits ten seconds for the answer. Nothing is lost with such a
question: nobody has paid yet. https://core.telegram.org/bots/api#answerprecheckoutquery
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telegram import Bot, Update

from bot.neighbours import StoredUpdate

log = logging.getLogger(__name__)

_KIND = "pre_checkout_query"


@dataclass(frozen=True, slots=True)
class Urgent:
    """`answer` is called for each of them, as soon as it comes."""

    bot: Bot
    answer: Callable[[Update], Awaitable[None]]
    _answering: set[asyncio.Task[None]] = field(default_factory=set)

    def takes(self, update: StoredUpdate) -> bool:
        """Whether this is one of them; then it is being answered from now on."""
        if update.queue.partition(":")[0] != _KIND:
            return False
        task = asyncio.create_task(self._answer(update))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        return True

    async def stop(self, *, within: float) -> None:
        """What is being answered may be; the rest is cut off."""
        answering = list(self._answering)
        if answering:
            await asyncio.wait(answering, timeout=within)
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)

    async def _answer(self, stored: StoredUpdate) -> None:
        try:
            await self.answer(Update.de_json(json.loads(stored.body), self.bot))
        except Exception:
            log.exception("urgent update failed", extra={"update": stored.update_id})
