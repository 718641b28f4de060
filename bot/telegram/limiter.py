"""Telegram's limits kept on our side, between python-telegram-bot and the network.

The library's own AIORateLimiter counts chat actions like messages and stops every chat when
one has to wait. Here each chat waits for itself, and a courtesy never takes the last of the
room from a picture. A short wait is slept through, a long one is raised as RetryAfter: the
request then stays on disk and not in memory.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from telegram._utils.types import JSONDict
from telegram.error import BadRequest, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.telegram.traffic import TELEGRAMS, Kind, Pace, Traffic

# What makes or changes a message; everything else (actions, deletions, queries) is free.
_KINDS: Mapping[str, Kind] = {
    "sendPhoto": Kind.RESULT,
    "sendDocument": Kind.RESULT,
    "sendMediaGroup": Kind.RESULT,
    "sendMessage": Kind.ANSWER,
    "sendInvoice": Kind.ANSWER,
    "editMessageText": Kind.COURTESY,
}
_SLEPT_THROUGH = 1.5

Answer = bool | JSONDict | list[JSONDict]


class ChatLimiter(BaseRateLimiter[Kind]):
    """`rate_limit_args` names the kind of a message where the method alone does not tell."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, pace: Pace = TELEGRAMS) -> None:
        self._clock = clock
        self._traffic = Traffic(pace)

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to take down."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Kind | None,
    ) -> Answer:
        """Raises RetryAfter when the chat has to wait, whoever says so: Telegram or we."""
        kind, chat_id = _KINDS.get(endpoint), data.get("chat_id")
        if kind is None or not isinstance(chat_id, int):
            return await callback(*args, **kwargs)
        count = len(data.get("media") or (1,))
        await self._admit(chat_id, rate_limit_args or kind, count)
        try:
            return await callback(*args, **kwargs)
        except BadRequest:
            self._traffic.taken_back(chat_id, count)
            raise
        except RetryAfter as wait:
            self._traffic.pause(chat_id, _seconds(wait), self._clock())
            raise

    async def _admit(self, chat_id: int, kind: Kind, count: int) -> None:
        while wait := self._traffic.wait(chat_id, kind, self._clock()):
            if wait > _SLEPT_THROUGH or kind is Kind.COURTESY:
                raise RetryAfter(timedelta(seconds=wait))
            await asyncio.sleep(wait)
        self._traffic.sent(chat_id, count, self._clock())


def _seconds(wait: RetryAfter) -> float:
    named = wait.retry_after
    return named.total_seconds() if isinstance(named, timedelta) else float(named)
