"""/studio and the menu button: the Mini App, where this bot has an address of its own."""

import logging
from dataclasses import dataclass

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonCommands,
    MenuButtonWebApp,
    Message,
    Update,
    WebAppInfo,
)
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.telegram import words_menu as words
from bot.telegram.pages import Page, show, show_in_private
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts, texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StudioRoom:
    """`address` is that of the page, None where nobody could open it."""

    speech: Speech
    address: str | None

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        if self.address is None:
            return []
        new = filters.UpdateType.MESSAGE
        return [CommandHandler("studio", self.on_command, filters=new)]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or self.address is None:
            return
        t = await self.speech.to_sender(message)
        if message.chat.type == "private":
            await show(message, _door(t, self.address))
        else:
            # https://core.telegram.org/bots/api#inlinekeyboardbutton: such a button is for private
            # chats only.
            await show_in_private(message, t, _door(t, self.address), "studio")

    async def on_link(self, message: Message, _rest: str) -> None:
        t = await self.speech.to_sender(message)
        page = _door(t, self.address) if self.address else Page(words.no_studio(t))
        await show(message, page)


def studio_button(t: Texts, address: str) -> InlineKeyboardButton:
    """For private chats only."""
    return InlineKeyboardButton(words.open_studio(t), web_app=WebAppInfo(address))


def _door(t: Texts, address: str) -> Page:
    return Page(words.studio(t), InlineKeyboardMarkup([[studio_button(t, address)]]))


async def publish_menu_button(bot: Bot, address: str | None) -> None:
    """The button beside the input line opens the Studio; without one it is taken away again.

    There is one for everybody, so it speaks the language most know.
    https://core.telegram.org/bots/api#setchatmenubutton
    """
    try:
        now = await bot.get_chat_menu_button()
        if address is None:
            if isinstance(now, MenuButtonWebApp):
                await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
            return
        wanted = MenuButtonWebApp(words.menu_button(texts("en")), WebAppInfo(address))
        if now != wanted:
            await bot.set_chat_menu_button(menu_button=wanted)
    except TelegramError as error:
        log.warning("menu button not set", extra={"detail": error.message})
