"""Who may decide for a group: its owner and administrators, also those who stay anonymous."""

from dataclasses import dataclass

from telegram import Bot, ChatMember, Message
from telegram.constants import ChatID
from telegram.error import TelegramError

from bot.neighbours import Chats
from bot.telegram.failures import Trouble, passing, trouble

_ADMINS = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


async def sent_by_admin(message: Message) -> bool:
    """Whether an admin of its group wrote this. Raises what passes."""
    if message.sender_chat:
        # Only admins speak as the group itself.
        return message.sender_chat.id == message.chat.id
    user = message.from_user
    return user is not None and await is_admin(message.get_bot(), message.chat.id, user.id)


async def is_admin(bot: Bot, chat: int, person: int) -> bool:
    """Whether this person is an admin there now; a private chat has none. Raises what passes."""
    if chat > 0:
        return False
    if person == ChatID.ANONYMOUS_ADMIN:
        return True
    try:
        return (await bot.get_chat_member(chat, person)).status in _ADMINS
    except TelegramError as error:
        if trouble(error) is Trouble.PASSING:
            raise
    # Telegram promises the first answer to bots that are admins themselves, this one to all.
    # https://core.telegram.org/bots/api#getchatmember
    try:
        admins = await bot.get_chat_administrators(chat)
    except TelegramError as error:
        if trouble(error) is Trouble.PASSING:
            raise
        return False
    return any(one.user.id == person for one in admins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admins:
    """Fits `group_rules.Members`."""

    bot: Bot
    chats: Chats

    async def decides(self, chat: int, person: int) -> bool:
        home = (await self.chats.get(chat)).moved_to or chat
        if person in (chat, home):
            # Only admins speak as the group itself.
            return True
        try:
            return await is_admin(self.bot, home, person)
        except TelegramError as error:
            raise passing(error) from error
