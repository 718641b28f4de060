"""Answers in words to a message. Where we may not write there are none, and that stops nothing."""

import logging

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.errors import Refused
from bot.telegram import place
from bot.telegram.failures import Trouble, trouble

log = logging.getLogger(__name__)


async def answer(message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> bool:
    """Reply with plain text; returns whether it is there.

    Raises Transient when Telegram cannot be reached.
    """
    bot = message.get_bot()
    try:
        await place.send(
            place.of(message),
            lambda where: bot.send_message(text=text, reply_markup=buttons, **where.parameters()),
        )
    except Refused as refused:
        log.info("no answer", extra={"chat": message.chat.id, "detail": refused.detail})
        return False
    except TelegramError as error:
        if trouble(error) is not Trouble.NO_RIGHTS:
            raise
        log.info("no answer", extra={"chat": message.chat.id, "detail": error.message})
        return False
    return True
