"""The gate every call to Telegram passes: it remembers which chats are closed and which moved.

A closed chat is left alone: the call fails as it failed before, without being made. A call to
the old id of a group fails with the new id, and whoever sends goes there at once.
"""

import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from telegram.error import ChatMigrated, Forbidden, TelegramError

from bot.neighbours import Chats
from bot.pace import SharedPace
from bot.telegram.failures import Trouble, trouble
from bot.telegram.limiter import Answer, ChatLimiter
from bot.telegram.traffic import TELEGRAMS, Kind, Pace

log = logging.getLogger(__name__)


class Gate(ChatLimiter):
    """Keeps Telegram's limits too, for the calls it lets through."""

    def __init__(
        self,
        chats: Chats,
        clock: Callable[[], datetime],
        pace: Pace = TELEGRAMS,
        shared: SharedPace | None = None,
    ) -> None:
        super().__init__(pace=pace, shared=shared)
        self._chats = chats
        self._now = clock

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Kind | None,
    ) -> Answer:
        """Raises Transient when it cannot be read whether the chat is open, or whose turn it is."""
        chat_id = data.get("chat_id")
        if isinstance(chat_id, int):
            await self._check(chat_id)
        try:
            return await super().process_request(
                callback, args, kwargs, endpoint, data, rate_limit_args
            )
        except TelegramError as error:
            if isinstance(chat_id, int):
                await self._learn(chat_id, error)
            raise

    async def _check(self, chat_id: int) -> None:
        known = await self._chats.get(chat_id)
        if known.moved_to is not None:
            raise ChatMigrated(known.moved_to)
        if known.closed is not None:
            raise Forbidden(known.closed)

    async def _learn(self, chat_id: int, error: TelegramError) -> None:
        if isinstance(error, ChatMigrated):
            log.info("chat moved", extra={"chat": chat_id, "to": error.new_chat_id})
            await self._chats.move(chat_id, error.new_chat_id, self._now())
        elif trouble(error) is Trouble.CLOSED:
            log.info("chat closed", extra={"chat": chat_id, "detail": error.message})
            await self._chats.close(chat_id, error.message, self._now())
