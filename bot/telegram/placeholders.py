"""Messages of other chats that wait for a picture: sent through inline mode, ours to edit.

A message like that takes only pictures Telegram knows already, so it is filled once the picture
is with its person in private. Saying the same twice changes nothing there.
"""

import logging
from collections.abc import Awaitable
from dataclasses import replace

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.errors import Reason, Transient
from bot.task import Picture, Task
from bot.telegram import keyboards, words, words_gallery
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.texts import Texts, texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

# Without a button Telegram does not name the message to us.
# https://core.telegram.org/bots/api#choseninlineresult
STATE = "inline:state"
# How a task is called that was asked for in a chat where we are guests.
GUEST = "guest:"


class Placeholders:
    def __init__(self, bot: ExtBot[Kind]) -> None:
        self._bot = bot

    async def fill(self, task: Task) -> None:
        """Say how the task has ended, best with the picture itself. Raises Transient."""
        message, t = task.origin.inline or "", texts(task.origin.language)
        sent = next((one for one in task.pictures if one.file_id and not one.deleted), None)
        if sent and await self._show(message, t, task, sent):
            return
        if sent or (task.unheard and any(one.deliverable for one in task.pictures)):
            text, door = words_gallery.comes_in_private(t, task), self._door(t, task)
            await self._say(message, text, door, task)
        else:
            await self._say(message, words.failure(t, _as_told(task)), None, task)

    async def tell(self, task: Task, text: str) -> None:
        """Say how it goes. Raises Transient."""
        t = texts(task.origin.language)
        await self._say(task.origin.inline or "", text, asking_how_it_goes(t, task.key), task)

    async def say(self, message: str, text: str) -> None:
        """Words, and nothing more will come. Raises Transient."""
        await self._say(message, text)

    async def _show(self, message: str, t: Texts, task: Task, picture: Picture) -> bool:
        """Returns whether the message is settled: the picture is in it, or it is gone."""
        media: InputMediaPhoto | InputMediaDocument
        caption, file_id = words.caption(t, task), picture.file_id or ""
        if picture.as_photo is False:
            media = InputMediaDocument(file_id, caption=caption)
        else:
            media = InputMediaPhoto(file_id, caption=caption, has_spoiler=task.order.spoiler)
        return await _edited(self._bot.edit_message_media(media, inline_message_id=message), task)

    async def _say(
        self,
        message: str,
        text: str,
        buttons: InlineKeyboardMarkup | None = None,
        task: Task | None = None,
    ) -> None:
        await _edited(
            self._bot.edit_message_text(text, inline_message_id=message, reply_markup=buttons), task
        )

    def _door(self, t: Texts, task: Task) -> InlineKeyboardMarkup:
        return InlineKeyboardMarkup([[keyboards.door(t, task, self._bot.username)]])


def asking_how_it_goes(t: Texts, key: str = "") -> InlineKeyboardMarkup:
    """A press names the message, and so the task; but for guests, whose task is named here."""
    guest = key.removeprefix(GUEST) if key.startswith(GUEST) else ""
    data = f"{STATE}:{guest}" if guest else STATE
    button = InlineKeyboardButton(words_gallery.how_does_it_go(t), callback_data=data)
    return InlineKeyboardMarkup([[button]])


def _as_told(task: Task) -> Task:
    """The task with a reason that says why there is no picture to see."""
    if task.reason in (None, Reason.UNDELIVERABLE):
        failed = [one.reason for one in task.pictures if one.reason]
        return replace(task, reason=failed[0] if failed else Reason.BAD_RESULT)
    return task


async def _edited(call: Awaitable[object], task: Task | None) -> bool:
    """Make the change; False when Telegram will not show that picture."""
    try:
        await call
    except TelegramError as error:
        match trouble(error):
            case Trouble.UNCHANGED:
                return True
            case Trouble.PASSING:
                failure = passing(error)
                # Whether it was changed or not: the same change again does no harm.
                raise Transient(
                    failure.reason, failure.detail, retry_after=failure.retry_after
                ) from error
            case kind:
                about = {"task": task.id if task else None, "detail": error.message}
                log.info("placeholder not changed", extra=about)
                return kind is Trouble.MESSAGE_GONE
    return True
