"""A short hello to a group that takes us in, once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telegram import ChatMemberUpdated, Update
from telegram.ext import BaseHandler, ChatMemberHandler, ContextTypes

from bot.telegram.answers import say
from bot.telegram.commands import hello
from bot.telegram.membership import closed_by
from bot.telegram.place import Place
from bot.telegram.speech import Speech

log = logging.getLogger(__name__)


class Greeted(Protocol):
    """Which groups know us, on disk. Raises Transient."""

    async def knows_us(self, chat: int) -> bool:
        """Whether it was greeted, or goes on from a group we were in."""

    async def greeted(self, chat: int, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    groups: Greeted
    speech: Speech
    clock: Callable[[], datetime]

    def witnesses(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [ChatMemberHandler(self.on_change, ChatMemberHandler.MY_CHAT_MEMBER)]

    async def on_change(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        changed = update.my_chat_member
        if changed is None or not takes_us_in(changed):
            return
        chat = changed.chat.id
        if await self.groups.knows_us(chat):
            return
        page = hello(await self.speech.in_group(chat, changed.from_user))
        text = page.text
        if await say(context.bot, Place(chat), text.text, page.buttons, text.entities):
            await self.groups.greeted(chat, self.clock())
            log.info("greeted", extra={"chat": chat})


def takes_us_in(changed: ChatMemberUpdated) -> bool:
    """Whether we were outside of this group, and are inside now."""
    is_group = changed.chat.type in ("group", "supergroup")
    outside = closed_by(changed.old_chat_member) is not None
    return is_group and outside and closed_by(changed.new_chat_member) is None
