"""What is for one person only: in their private chat, else where only they see it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from telegram import Bot, CallbackQuery, Message, MessageEntity
from telegram.error import TelegramError

from bot.errors import Refused, Transient
from bot.telegram import place
from bot.telegram import words_results as words
from bot.telegram.failures import Trouble, trouble
from bot.telegram.place import Place
from bot.telegram.presses import acknowledge
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """One message, with its entities."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


async def tell(query: CallbackQuery, t: Texts, notes: Sequence[Note], short: str) -> None:
    """Tell whoever pressed, and nobody else, in one or more messages.

    Where their private chat is not open they get `short` as an alert, which holds 200
    characters. Raises Transient where they pressed in private.
    """
    message, person = query.message, query.from_user.id
    if message and message.chat.type == "private":
        await acknowledge(query)
        topic = place.of(message).topic if isinstance(message, Message) else None
        await _send(query, Place(message.chat.id, topic, message.message_id), notes)
        return
    try:
        arrived = await _send(query, Place(person), notes)
    except Transient as failure:
        log.info("no notice in private", extra={"detail": str(failure)})
        arrived = False
    if arrived:
        await acknowledge(query, words.sent_in_private(t))
    else:
        await acknowledge(query, short, alert=True)


async def _send(query: CallbackQuery, where: Place, notes: Sequence[Note]) -> bool:
    try:
        for note in notes:
            await place.send_patiently(where, partial(_say, query.get_bot(), note))
    except Refused as refused:
        log.info("no notice", extra={"chat": where.chat, "detail": refused.detail})
        return False
    except TelegramError as error:
        if trouble(error) is not Trouble.NO_RIGHTS:
            raise
        return False
    return True


async def _say(bot: Bot, note: Note, where: Place) -> Message:
    return await bot.send_message(text=note.text, entities=note.entities, **where.parameters())
