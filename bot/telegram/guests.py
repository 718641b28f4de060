"""Guest mode: `@bot a red fox` in a chat we are not in, answered there with what becomes the picture.

Telegram lets a guest answer once, and names the answer so that it can be changed later; from
there on it is like a message sent through inline mode. https://core.telegram.org/bots/api#answerguestquery
"""

import hashlib
import logging
from dataclasses import dataclass

from telegram import (
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    Message,
    Update,
    User,
)
from telegram.error import TelegramError
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.errors import Reason
from bot.neighbours import History
from bot.ordering import Ordering, Request
from bot.origin import Origin
from bot.prompt import Objection
from bot.telegram import words, words_gallery
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.objections import Objections
from bot.telegram.placeholders import GUEST, Placeholders, asking_how_it_goes
from bot.telegram.speech import Speech
from bot.telegram.wishes import Wish, is_from_a_bot, references_of, wish_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    ordering: Ordering
    history: History
    placeholders: Placeholders
    objections: Objections
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [MessageHandler(filters.UpdateType.GUEST_MESSAGE, self.on_message)]

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = update.guest_message, context.bot
        if message is None or message.from_user is None or is_from_a_bot(message):
            return
        wish = wish_of(message, bot_id=bot.id, username=bot.username)
        if wish is None or not message.guest_query_id:
            return
        key = _key(message.guest_query_id)
        if await self.history.asked_as(key) is None:
            await self._ask(message, message.from_user, wish, key)

    async def _ask(self, message: Message, user: User, wish: Wish, key: str) -> None:
        t = await self.speech.to(user)
        if message.sender_chat:
            # Whoever is behind the mask has no chat with us to bring the picture to.
            await _answer(message, words_gallery.not_for_masks(t))
            return
        try:
            if any(not one.is_picture for one in wish.attached):
                await _answer(message, words.refusal(t, Reason.NOT_A_PICTURE))
                return
            task = await self.ordering.prepare(_request(user, wish, key, None))
        except Objection as why:
            await _answer(message, self.objections.alert(t, why))
            return
        text = words_gallery.drawing_here(t, task.order.prompt)
        # Without a place here the picture still comes to the person in private.
        inline = await _answer(message, text, asking_how_it_goes(t, key))
        try:
            await self.ordering.place(_request(user, wish, key, inline))
        except Objection as why:
            if inline:
                await self.placeholders.say(inline, self.objections.alert(t, why))


def _key(guest_query_id: str) -> str:
    return GUEST + hashlib.sha256(guest_query_id.encode()).hexdigest()[:24]


def _request(user: User, wish: Wish, key: str, inline: str | None) -> Request:
    """Drawn for the chat that called us, and brought to the person's private chat."""
    origin = Origin(
        chat=user.id,
        message=0,
        person=user.id,
        language=user.language_code,
        private=True,
        inline=inline,
    )
    return Request(key=key, origin=origin, text=wish.text, references=references_of(wish))


async def _answer(
    message: Message, text: str, buttons: InlineKeyboardMarkup | None = None
) -> str | None:
    """Say this as a guest; returns the name of what was said, None where nothing may be said.

    Raises Transient.
    """
    article = InlineQueryResultArticle(
        "answer", text[:60], InputTextMessageContent(text), reply_markup=buttons
    )
    try:
        sent = await message.get_bot().answer_guest_query(message.guest_query_id or "", article)
    except TelegramError as error:
        if trouble(error) is Trouble.PASSING:
            raise passing(error) from error
        log.info("no answer as a guest", extra={"detail": error.message})
        return None
    return sent.inline_message_id
