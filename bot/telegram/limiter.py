"""Telegram's limits kept on our side, between python-telegram-bot and the network.

The library's own AIORateLimiter counts chat actions like messages and stops every chat when
one has to wait. Here each chat waits for itself, and a courtesy never takes the last of the
room from a picture. A long wait is raised as RetryAfter: the request then stays on disk and not
in memory.
"""

import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from telegram._utils.types import JSONDict
from telegram.error import BadRequest, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.pace import SharedPace
from bot.telegram.admission import Admission, Alone, Together
from bot.telegram.traffic import TELEGRAMS, Kind, Pace

# What makes or changes a message; everything else (actions, deletions, queries) is free.
_KINDS: Mapping[str, Kind] = {
    "sendPhoto": Kind.RESULT,
    "sendDocument": Kind.RESULT,
    "sendMediaGroup": Kind.RESULT,
    "sendMessage": Kind.ANSWER,
    "sendInvoice": Kind.ANSWER,
    "editMessageText": Kind.COURTESY,
}

Answer = bool | JSONDict | list[JSONDict]


class ChatLimiter(BaseRateLimiter[Kind]):
    """`rate_limit_args` names the kind of a message where the method alone does not tell. With
    `shared` the limits are those of all processes together.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace = TELEGRAMS,
        shared: SharedPace | None = None,
    ) -> None:
        self._admission: Admission = Together(pace, shared) if shared else Alone(pace, clock)

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
        turn = await self._admission.admit(chat_id, rate_limit_args or kind, count)
        try:
            return await callback(*args, **kwargs)
        except BadRequest:
            await self._admission.taken_back(chat_id, count, turn)
            raise
        except RetryAfter as wait:
            await self._admission.pause(chat_id, _seconds(wait))
            raise


def _seconds(wait: RetryAfter) -> float:
    named = wait.retry_after
    return named.total_seconds() if isinstance(named, timedelta) else float(named)
