"""Who runs this bot. What is theirs exists for nobody else, and only in private."""

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Message, Update
from telegram.ext import filters

from bot.telegram.presses import acknowledge
from bot.telegram.wishes import COMMAND


@dataclass(frozen=True, slots=True)
class Operators:
    """`ids` are the numbers of people."""

    ids: frozenset[int]

    @property
    def said(self) -> filters.BaseFilter:
        """New messages of theirs to us alone."""
        private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
        return private & filters.User(self.ids)

    async def pressed(
        self, update: Update, button: re.Pattern[str]
    ) -> tuple[CallbackQuery, re.Match[str]] | None:
        """A press of theirs on such a button; anybody else's is only acknowledged."""
        query = update.callback_query
        if query is None:
            return None
        message, named = query.message, button.fullmatch(query.data or "")
        private = message is not None and message.chat.type == "private"
        if named is None or not private or query.from_user.id not in self.ids:
            await acknowledge(query)
            return None
        return query, named


def rest_of(message: Message) -> str:
    """What stands behind the command."""
    text = message.text or ""
    command = COMMAND.match(text)
    return text[command.end() :].strip() if command else ""
