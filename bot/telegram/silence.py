"""Groups whose admins have switched us off: nothing is answered there, but /group."""

from dataclasses import dataclass

from telegram import Message, Update
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.access import Access
from bot.telegram.wishes import COMMAND, origin_of


@dataclass(frozen=True, slots=True)
class Silence:
    """A witness that lets no room hear what is said there."""

    access: Access

    def witnesses(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        groups = filters.UpdateType.MESSAGE & filters.ChatType.GROUPS
        return [MessageHandler(groups, self.on_message)]

    async def on_message(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or _opens_the_desk(message):
            return
        if self.access.is_operator(origin_of(message).person):
            return
        if not (await self.access.groups.get(message.chat.id)).on:
            raise ApplicationHandlerStop


def _opens_the_desk(message: Message) -> bool:
    command = COMMAND.match(message.text or "")
    return command is not None and command["name"].casefold() == "group"
