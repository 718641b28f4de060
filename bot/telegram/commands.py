"""/start, /help and the command menus."""

import logging
from dataclasses import dataclass

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    Update,
)
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.speech import Speech
from bot.telegram.texts import languages, texts

log = logging.getLogger(__name__)

_SCOPES = (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats())


@dataclass(frozen=True, slots=True)
class Commands:
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("start", self.start, filters=new),
            CommandHandler("help", self.help, filters=new),
        ]

    async def start(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if message := update.message:
            t = await self.speech.to_sender(message)
            user = message.from_user
            await answer(message, words.welcome(t, user.first_name if user else ""))

    async def help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        if message := update.message:
            t = await self.speech.to_sender(message)
            await answer(message, words.help_text(t, context.bot.username))


async def publish_menus(bot: Bot) -> None:
    """Show our commands in each scope and language; calls only where something changed.

    https://core.telegram.org/bots/api#setmycommands
    """
    for language in languages():
        # The first language is the one for everybody we have no words for.
        code = None if language == "en" else language.partition("_")[0]
        menu = [BotCommand(name, what) for name, what in words.menu(texts(language)).items()]
        for scope in _SCOPES:
            try:
                if list(await bot.get_my_commands(scope, code)) != menu:
                    await bot.set_my_commands(menu, scope, code)
            except TelegramError as error:
                log.warning("command menu not published", extra={"detail": error.message})
                return
