"""Fetching updates ourselves, for where Telegram cannot call us.

The offset moves only after the updates are on disk, so a crash in between has Telegram send
them again. https://core.telegram.org/bots/api#getupdates
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any

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
        # Raw: an update the library cannot read is then parked like any other that breaks, and
        # does not stop those behind it. In lower case, as the library warns of its own name for it.
        updates: list[dict[str, Any]] = await self._bot.do_api_request(
            "getupdates",
            api_kwargs={"offset": offset, "timeout": _LONG_POLL, "allowed_updates": self._allowed},
            read_timeout=_LONG_POLL + 10,
        )
        if not updates:
            return offset
        await self._inbox.accept([json.dumps(update).encode() for update in updates])
        return max(int(update["update_id"]) for update in updates) + 1
