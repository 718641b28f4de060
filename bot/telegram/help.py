"""/help: one message with a page for each topic, and the way there from elsewhere."""

import re
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.telegram import words_help as words
from bot.telegram.pages import Page, show, turn
from bot.telegram.presses import acknowledge, is_under_it
from bot.telegram.settings_sheets import Sheet
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.words_help import HelpTopic

_DATA = re.compile(rf"help:({'|'.join(HelpTopic)})")


@dataclass(frozen=True, slots=True)
class HelpRoom:
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("help", self.on_command, filters=filters.UpdateType.MESSAGE),
            CallbackQueryHandler(self.on_press, pattern=r"^help:"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message:
            await self.on_link(update.message, "")

    async def on_link(self, message: Message, rest: str) -> None:
        """`?start=help_<topic>`"""
        t = await self.speech.to_sender(message)
        topic = HelpTopic(rest) if rest in set(HelpTopic) else HelpTopic.ASKING
        await show(message, _page(t, topic, message.get_bot().username))

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        await acknowledge(query)
        asked = _DATA.fullmatch(query.data or "")
        if asked and is_under_it(query):
            t = await self.speech.to_presser(query)
            await turn(context.bot, query, _page(t, HelpTopic(asked[1]), context.bot.username))


def hint(t: Texts) -> Page:
    """For a command that says nothing."""
    return Page(words.hint(t), InlineKeyboardMarkup([[help_button(t)]]))


def help_button(t: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        words.topics_button(t), callback_data=f"help:{HelpTopic.ASKING.value}"
    )


def settings_button(t: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(words.settings_button(t), callback_data=Sheet(person=True).data())


def _page(t: Texts, topic: HelpTopic, username: str) -> Page:
    buttons = [
        InlineKeyboardButton(
            f"• {words.title(t, one)}" if one is topic else words.title(t, one),
            callback_data=f"help:{one.value}",
        )
        for one in HelpTopic
    ]
    rows = [buttons[start : start + 2] for start in range(0, len(buttons), 2)]
    return Page(words.page(t, topic, username), InlineKeyboardMarkup(rows))
