"""Answers in words to a message. Where we may not write there are none, and that stops nothing."""

import logging
from collections.abc import Sequence

from telegram import Bot, InlineKeyboardMarkup, Message, MessageEntity
from telegram.error import TelegramError

from bot.errors import Refused, Transient
from bot.telegram import place
from bot.telegram.failures import Trouble, trouble
from bot.telegram.place import Place

log = logging.getLogger(__name__)


async def answer(
    message: Message,
    text: str,
    buttons: InlineKeyboardMarkup | None = None,
    entities: Sequence[MessageEntity] = (),
) -> bool:
    """Reply with a text; returns whether it is there.

    Raises Transient when Telegram cannot be reached.
    """
    return await say(message.get_bot(), place.of(message), text, buttons, entities)


async def answer_besides(
    message: Message, text: str, buttons: InlineKeyboardMarkup | None = None
) -> bool:
    """The same where this message has been answered already, which must not be done again: a
    short wait is slept through, and what takes longer is left unsaid.
    """
    try:
        return await say(message.get_bot(), place.of(message), text, buttons, patient=True)
    except Transient as failure:
        log.warning("no answer", extra={"chat": message.chat.id, "detail": str(failure)})
        return False


async def say(
    bot: Bot,
    where: Place,
    text: str,
    buttons: InlineKeyboardMarkup | None = None,
    entities: Sequence[MessageEntity] = (),
    *,
    patient: bool = False,
) -> bool:
    """The same, anywhere."""
    send = place.send_patiently if patient else place.send
    try:
        await send(
            where,
            lambda place: bot.send_message(
                text=text, reply_markup=buttons, entities=entities or None, **place.parameters()
            ),
        )
    except Refused as refused:
        log.info("no answer", extra={"chat": where.chat, "detail": refused.detail})
        return False
    except TelegramError as error:
        if trouble(error) is not Trouble.NO_RIGHTS:
            raise
        log.info("no answer", extra={"chat": where.chat, "detail": error.message})
        return False
    return True
