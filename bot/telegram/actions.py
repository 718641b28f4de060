"""The line at the top of a chat that says a picture is coming. It lasts five seconds."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.errors import Refused, Transient
from bot.telegram import place
from bot.telegram.place import Place


async def show_action(bot: Bot, where: Place) -> None:
    """A courtesy: nobody is told when it fails."""
    with contextlib.suppress(TelegramError, Transient, Refused):
        await place.send(
            where,
            lambda here: bot.send_chat_action(
                here.chat, ChatAction.UPLOAD_PHOTO, message_thread_id=here.topic
            ),
        )


@dataclass(frozen=True, slots=True)
class Actions:
    """Those that nobody waits for, so that a card does not come later for them."""

    bot: Bot
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, where: Place) -> None:
        action = asyncio.create_task(show_action(self.bot, where))
        self._under_way.add(action)
        action.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """Cut off what is under way: a call that outlives its client never ends its connection."""
        actions = list(self._under_way)
        for action in actions:
            action.cancel()
        await asyncio.gather(*actions, return_exceptions=True)
