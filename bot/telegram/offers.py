"""What waits for people whose chat was closed: offered once it is open, brought at a press."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
    Update,
    User,
)
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot.neighbours import Chats
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.texts import texts
from bot.waiting import Desk, Waiting

log = logging.getLogger(__name__)

_DATA = re.compile(r"bring:(-?[0-9]{1,16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    waiting: Waiting
    chats: Chats

    async def on_start(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/start asks for whatever is there, also when it was offered before."""
        if update.message:
            await self._offer(update.message)

    async def on_message(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """The first message from a chat that was closed."""
        message = update.message
        if message and (await self.chats.get(message.chat.id)).to_offer:
            await self._offer(message)

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        t = texts(query.from_user.language_code)
        message = query.message
        if message is None or not _belongs(query.data, message):
            await acknowledge(query)
            return
        brought = await self.waiting.bring(_desk(message, query.from_user))
        await acknowledge(query, words.on_their_way(t) if brought else words.nothing_waits(t))
        with suppress(TelegramError):
            await message.get_bot().edit_message_reply_markup(message.chat.id, message.message_id)

    async def _offer(self, message: Message) -> None:
        waiting = await self.waiting.at(_desk(message, message.from_user))
        if not waiting:
            return
        t = texts(message.from_user.language_code if message.from_user else None)
        pictures = sum(one.pictures for one in waiting)
        text = words.pictures_wait(t, pictures) if pictures else words.ends_wait(t, len(waiting))
        button = InlineKeyboardButton(words.bring(t), callback_data=f"bring:{message.chat.id}")
        if await answer(message, text, InlineKeyboardMarkup([[button]])):
            await self.chats.offered(message.chat.id)


async def on_strange_press(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """A button that is not ours, or no longer: nothing happens, and nobody waits for it."""
    if update.callback_query:
        await acknowledge(update.callback_query)


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """End the waiting of whoever pressed. Too late is no reason to do anything again."""
    try:
        await query.answer(text)
    except TelegramError as error:
        log.info("press not acknowledged", extra={"detail": error.message})


def _belongs(data: str | None, message: MaybeInaccessibleMessage) -> bool:
    """Whether the button is one of ours, where we put it: its data comes from outside."""
    named = _DATA.fullmatch(data or "")
    return named is not None and int(named[1]) == message.chat.id


def _desk(message: MaybeInaccessibleMessage, user: User | None) -> Desk:
    private = message.chat.type == "private" and user is not None
    person = user.id if user and private else None
    return Desk(chat=message.chat.id, message=message.message_id, person=person)
