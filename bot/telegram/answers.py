"""Answers in words to a message. Where we may not write there are none, and that stops nothing."""

import logging

from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.errors import Refused
from bot.telegram import place
from bot.telegram.failures import Trouble, trouble
from bot.telegram.place import Place

log = logging.getLogger(__name__)


async def answer(message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> bool:
    """Reply with plain text; returns whether it is there.

    Raises Transient when Telegram cannot be reached.
    """
    return await say(message.get_bot(), place.of(message), text, buttons)


async def say(
    bot: Bot, there: Place, text: str, buttons: InlineKeyboardMarkup | None = None
) -> bool:
    """The same where no message is at hand."""
    try:
        await place.send(
            there,
            lambda where: bot.send_message(text=text, reply_markup=buttons, **where.parameters()),
        )
    except Refused as refused:
        log.info("no answer", extra={"chat": there.chat, "detail": refused.detail})
        return False
    except TelegramError as error:
        if trouble(error) is not Trouble.NO_RIGHTS:
            raise
        log.info("no answer", extra={"chat": there.chat, "detail": error.message})
        return False
    return True
