"""What waits for people whose chat was closed: offered once it is open, brought at a press."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
    Update,
    User,
)
from telegram.error import TelegramError
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.neighbours import Chats
from bot.telegram import words
from bot.telegram.answers import answer_besides
from bot.telegram.presses import acknowledge, is_under_it
from bot.telegram.speech import Speech
from bot.waiting import Desk, Waiting

log = logging.getLogger(__name__)

_DATA = re.compile(r"bring:(-?[0-9]{1,16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    waiting: Waiting
    chats: Chats
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(self.on_press, pattern=r"^bring:")]

    def witnesses(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("start", self.on_start, filters=new),
            MessageHandler(new, self.on_message),
        ]

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
        t = await self.speech.to_presser(query)
        message = query.message
        if message is None or not _belongs(query.data, message):
            await acknowledge(query)
            return
        brought = await self.waiting.bring(_desk(message, query.from_user))
        await acknowledge(query, words.on_their_way(t) if brought else words.nothing_waits(t))
        if not is_under_it(query):
            return
        with suppress(TelegramError):
            await message.get_bot().edit_message_reply_markup(message.chat.id, message.message_id)

    async def _offer(self, message: Message) -> None:
        waiting = await self.waiting.at(_desk(message, message.from_user))
        if not waiting:
            return
        t = await self.speech.to_sender(message)
        pictures = sum(one.pictures for one in waiting)
        text = words.pictures_wait(t, pictures) if pictures else words.ends_wait(t, len(waiting))
        button = InlineKeyboardButton(words.bring(t), callback_data=f"bring:{message.chat.id}")
        if await answer_besides(message, text, InlineKeyboardMarkup([[button]])):
            await self.chats.offered(message.chat.id)


def _belongs(data: str | None, message: MaybeInaccessibleMessage) -> bool:
    """Whether the button is one of ours, where we put it: its data comes from outside."""
    named = _DATA.fullmatch(data or "")
    return named is not None and int(named[1]) == message.chat.id


def _desk(message: MaybeInaccessibleMessage, user: User | None) -> Desk:
    private = message.chat.type == "private" and user is not None
    person = user.id if user and private else None
    return Desk(chat=message.chat.id, message=message.message_id, person=person)
