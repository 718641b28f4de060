"""Which chats are open to us, as Telegram tells it: blocked, kicked, let in again, moved."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import ChatMember, ChatMemberRestricted, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.neighbours import Chats

log = logging.getLogger(__name__)

_OUT = (ChatMember.LEFT, ChatMember.BANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    chats: Chats
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [ChatMemberHandler(self.on_change, ChatMemberHandler.MY_CHAT_MEMBER)]

    def witnesses(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            MessageHandler(filters.UpdateType.MESSAGE, self.on_message),
            CallbackQueryHandler(self.on_press),
        ]

    async def on_change(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """`my_chat_member`: we were blocked, kicked, let in or given other rights."""
        changed = update.my_chat_member
        if changed is None:
            return
        if why := closed_by(changed.new_chat_member):
            await self._close(changed.chat.id, why)
        else:
            await self._open(changed.chat.id)

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Whoever writes to us can be answered, whatever we thought of the chat."""
        message = update.message
        if message is None:
            return
        chat = message.chat.id
        if message.migrate_to_chat_id:
            await self._move(chat, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id:
            await self._move(message.migrate_from_chat_id, chat)
        elif _sees_us_off(message, context.bot.id):
            await self._close(chat, "left")
        else:
            await self._open(chat)

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Nor does anybody press a button where we may not be."""
        if update.callback_query and update.callback_query.message:
            await self._open(update.callback_query.message.chat.id)

    async def _close(self, chat: int, why: str) -> None:
        log.info("chat closed", extra={"chat": chat, "detail": why})
        await self.chats.close(chat, why, self.clock())

    async def _open(self, chat: int) -> None:
        if (await self.chats.get(chat)).closed is not None:
            log.info("chat opened", extra={"chat": chat})
            await self.chats.open(chat, self.clock())

    async def _move(self, chat: int, to: int) -> None:
        if (await self.chats.get(chat)).moved_to != to:
            log.info("chat moved", extra={"chat": chat, "to": to})
            await self.chats.move(chat, to, self.clock())


def closed_by(standing: ChatMember) -> str | None:
    """Why nothing can be sent where we stand like this, or None."""
    if isinstance(standing, ChatMemberRestricted):
        return None if standing.is_member else "left"
    return str(standing.status) if standing.status in _OUT else None


def _sees_us_off(message: Message, bot_id: int) -> bool:
    return message.left_chat_member is not None and message.left_chat_member.id == bot_id
