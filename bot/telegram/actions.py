"""The line at the top of a chat that says a picture is being sent. It lasts five seconds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.errors import Refused, Transient
from bot.telegram import place
from bot.telegram.place import Place

# Whatever is sent sooner is there before anybody has read that it comes.
_LONG = 0.5


@contextlib.asynccontextmanager
async def sending(bot: Bot, where: Place) -> AsyncIterator[None]:
    """Show the chat what takes long meanwhile. A courtesy: nobody is told when it fails."""
    action = asyncio.create_task(_show(bot, where))
    try:
        yield
    finally:
        action.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await action


async def _show(bot: Bot, where: Place) -> None:
    await asyncio.sleep(_LONG)
    with contextlib.suppress(TelegramError, Transient, Refused):
        await place.send(
            where,
            lambda here: bot.send_chat_action(
                here.chat, ChatAction.UPLOAD_PHOTO, message_thread_id=here.topic
            ),
        )
