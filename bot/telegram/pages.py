"""Messages that change under their buttons: one page after the other, in one place."""

import logging
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.telegram.answers import answer, say
from bot.telegram.failures import Trouble, trouble
from bot.telegram.place import Place
from bot.telegram.rich import Rich
from bot.telegram.texts import Texts
from bot.telegram.traffic import Kind
from bot.telegram.words_private import come_to_me, open_chat

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    text: Rich
    buttons: InlineKeyboardMarkup | None = None


async def show(message: Message, page: Page) -> bool:
    """The page in answer to this message. Raises Transient."""
    return await answer(message, page.text.text, page.buttons, page.text.entities)


async def show_in_private(message: Message, t: Texts, page: Page, link: str) -> None:
    """The page in the sender's private chat; where we may not begin one, a way to open it here.

    `t` is for the words here, `link` the payload of /start that leads to the same page.
    """
    bot, user = message.get_bot(), message.from_user
    if user and message.sender_chat is None:
        text = page.text
        if await say(bot, Place(user.id), text.text, page.buttons, text.entities):
            return
    button = InlineKeyboardButton(open_chat(t), url=f"https://t.me/{bot.username}?start={link}")
    await answer(message, come_to_me(t), InlineKeyboardMarkup([[button]]))


async def turn(bot: ExtBot[Any], query: CallbackQuery, page: Page) -> None:
    """Change the message whose button was pressed. Raises what passes."""
    message = query.message
    if message is None:
        return
    try:
        await bot.edit_message_text(
            page.text.text,
            chat_id=message.chat.id,
            message_id=message.message_id,
            entities=page.text.entities or None,
            reply_markup=page.buttons,
            # Somebody waits for it, so it may not be dropped like a courtesy.
            rate_limit_args=Kind.ANSWER,
        )
    except TelegramError as error:
        kind = trouble(error)
        if kind in (Trouble.PASSING, Trouble.OURS):
            raise
        if kind is not Trouble.UNCHANGED:
            log.info("page not turned", extra={"chat": message.chat.id, "detail": error.message})
