"""/start with its deep links, and the command menus."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardMarkup,
    Message,
    Update,
)
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.telegram import words_help as words
from bot.telegram.help import help_button, settings_button
from bot.telegram.pages import Page, show
from bot.telegram.speech import Speech
from bot.telegram.studio import studio_button
from bot.telegram.texts import Texts, languages, texts
from bot.telegram.words_menu import Menu, menu

log = logging.getLogger(__name__)

_SCOPES: Mapping[Menu, BotCommandScope] = {
    Menu.PRIVATE: BotCommandScopeAllPrivateChats(),
    Menu.GROUP: BotCommandScopeAllGroupChats(),
    Menu.ADMINS: BotCommandScopeAllChatAdministrators(),
}

# What follows the first `_` of a payload goes to the room that knows what stands before it.
# https://core.telegram.org/bots/features#deep-linking
Link = Callable[[Message, str], Awaitable[None]]
Shown = Callable[[Texts, Menu], Mapping[str, str]]
_PAYLOAD = re.compile(r"(?P<name>[A-Za-z0-9]+)(?:_(?P<rest>[A-Za-z0-9_-]*))?")


@dataclass(frozen=True, slots=True)
class Commands:
    """`links` maps the name in `?start=<name>_<rest>` to what it leads to; `studio` is the address
    of the Mini App, where there is one.
    """

    speech: Speech
    studio: str | None = None
    links: Mapping[str, Link] = field(default_factory=dict)

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CommandHandler("start", self.start, filters=filters.UpdateType.MESSAGE)]

    async def start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        payload = _PAYLOAD.fullmatch(context.args[0]) if context.args else None
        is_private = message.chat.type == "private"
        if payload and is_private and (link := self.links.get(payload["name"])):
            await link(message, payload["rest"] or "")
            return
        t = await self.speech.to_sender(message)
        user = message.from_user
        name = user.first_name if user else ""
        await show(message, welcome(t, name, self.studio) if is_private else hello(t))


def welcome(t: Texts, name: str, studio: str | None = None) -> Page:
    buttons = [[help_button(t), settings_button(t)]]
    if studio:
        buttons.append([studio_button(t, studio)])
    return Page(words.welcome(t, name), InlineKeyboardMarkup(buttons))


def hello(t: Texts) -> Page:
    """What a group hears first."""
    return Page(words.hello(t), InlineKeyboardMarkup([[help_button(t)]]))


async def publish_menus(
    bot: Bot, operators: Iterable[int] = (), *, selling: bool = False, studio: bool = False
) -> None:
    """Show our commands in each scope and language, and to operators theirs; calls only where
    something changed.

    https://core.telegram.org/bots/api#setmycommands
    """
    shown = partial(menu, selling=selling, studio=studio)
    for where, scope in _SCOPES.items():
        if not await _publish(bot, where, scope, shown):
            return
    for person in operators:
        # Whoever has never opened the chat with us has no menu there.
        await _publish(bot, Menu.OPERATORS, BotCommandScopeChat(person), shown)


async def _publish(bot: Bot, where: Menu, scope: BotCommandScope, shown: Shown) -> bool:
    for language in languages():
        # The first language is the one for everybody we have no words for.
        code = None if language == "en" else language.partition("_")[0]
        entries = shown(texts(language), where)
        commands = [BotCommand(name, what) for name, what in entries.items()]
        try:
            if list(await bot.get_my_commands(scope, code)) != commands:
                await bot.set_my_commands(commands, scope, code)
        except TelegramError as error:
            log.warning("command menu not published", extra={"detail": error.message})
            return False
    return True
