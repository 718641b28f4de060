"""Taking back a message of ours that shows a picture."""

import logging

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.failures import Trouble, passing, trouble

log = logging.getLogger(__name__)


async def withdraw(bot: Bot, chat: int, number: int) -> bool:
    """Delete one message; what is too old for that loses its words and buttons instead, and the
    answer is False. Raises Transient.
    """
    try:
        await bot.delete_message(chat, number)
    except TelegramError as error:
        match trouble(error):
            case Trouble.PASSING:
                raise passing(error) from error
            case Trouble.TOO_OLD:
                await _strip(bot, chat, number)
                return False
            case _:
                log.info("not deleted", extra={"chat": chat, "detail": error.message})
    return True


async def _strip(bot: Bot, chat: int, number: int) -> None:
    try:
        await bot.edit_message_caption(chat, number)
    except TelegramError as error:
        if trouble(error) is Trouble.PASSING:
            raise passing(error) from error
        log.info("not stripped", extra={"detail": error.message})
