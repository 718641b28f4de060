"""Answers in words to a message. Who has blocked us gets none, and that stops nothing."""

import logging

from telegram import Message

from bot.errors import Refused
from bot.telegram import place

log = logging.getLogger(__name__)


async def answer(message: Message, text: str) -> None:
    """Reply with plain text. Raises Transient when Telegram cannot be reached."""
    bot = message.get_bot()
    try:
        await place.send(
            place.of(message),
            lambda where: bot.send_message(text=text, **where.parameters()),
        )
    except Refused as refused:
        log.info("no answer", extra={"chat": message.chat.id, "detail": refused.detail})
