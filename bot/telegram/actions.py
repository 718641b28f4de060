"""The line at the top of a chat that says a picture is coming. It lasts five seconds."""

import contextlib

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
