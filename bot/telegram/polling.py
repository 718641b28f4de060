"""Fetching updates ourselves, for where Telegram cannot call us.

The offset moves only after the updates are on disk, so a crash in between has Telegram send
them again. https://core.telegram.org/bots/api#getupdates
"""

import asyncio
import logging
from collections.abc import Sequence

from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.errors import Transient
from bot.telegram.failures import backoff, passing
from bot.telegram.inbox import Inbox

log = logging.getLogger(__name__)

_LONG_POLL = 30
_LONGEST_WAIT = 30.0


class Polling:
    """Asks for updates of the `allowed` kinds until it is cancelled.

    `pause` is the wait in seconds after the first failure; it doubles with each more.
    """

    def __init__(
        self, bot: Bot, inbox: Inbox, allowed: Sequence[str], *, pause: float = 1.0
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._allowed = list(allowed)
        self._pause = pause

    async def run(self) -> None:
        offset, failures = 0, 0
        while True:
            try:
                offset = await self._once(offset)
                failures = 0
            except (TelegramError, Transient) as error:
                failures += 1
                wait = backoff(failures, first=self._pause, longest=_LONGEST_WAIT)
                if isinstance(error, RetryAfter):
                    wait = passing(error).retry_after or wait
                log.warning("polling failed", extra={"detail": str(error), "wait": wait})
                await asyncio.sleep(wait)

    async def _once(self, offset: int) -> int:
        updates = await self._bot.get_updates(
            offset=offset, timeout=_LONG_POLL, allowed_updates=self._allowed
        )
        if not updates:
            return offset
        # What the library does not know yet is in there too, and comes out again.
        await self._inbox.accept([update.to_json().encode() for update in updates])
        return max(update.update_id for update in updates) + 1
