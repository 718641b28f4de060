"""Who may do what in a chat, as Telegram says at this moment."""

import logging

from telegram import Bot, ChatMember
from telegram.error import TelegramError

from bot.telegram.failures import Trouble, passing, trouble

log = logging.getLogger(__name__)

_ADMINS = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


async def is_admin(bot: Bot, chat: int, person: int) -> bool:
    """Whether this person is an admin of this group; nobody is one of a private chat.

    Raises Transient.
    """
    if chat > 0:
        return False
    try:
        member = await bot.get_chat_member(chat, person)
    except TelegramError as error:
        if trouble(error) is Trouble.PASSING:
            raise passing(error) from error
        log.info("no such member", extra={"chat": chat, "detail": error.message})
        return False
    return member.status in _ADMINS
