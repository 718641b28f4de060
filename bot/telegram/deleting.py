"""🗑: asks once more, then takes a picture out of the chat, the storage and everybody's favourites."""

import logging
from dataclasses import dataclass

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.discarding import Discarding
from bot.task import Picture, Task
from bot.telegram import keyboards
from bot.telegram import words_results as words
from bot.telegram.admins import is_admin
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.keyboards import Action
from bot.telegram.presses import acknowledge
from bot.telegram.results import Pressed, Results, show
from bot.telegram.withdrawing import withdraw

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleting:
    results: Results
    discarding: Discarding

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        mine = keyboards.pattern(Action.DROP, Action.GONE)
        return [CallbackQueryHandler(self.on_press, pattern=mine)]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None:
            return
        if not await may_delete(pressed):
            await acknowledge(pressed.query, words.not_yours_to_delete(pressed.t), alert=True)
        elif pressed.button.action is Action.DROP:
            await acknowledge(pressed.query)
            about = pressed.picture.id if pressed.picture else pressed.task.id
            await show(pressed, keyboards.sure(pressed.t, about))
        else:
            await self._delete(pressed)

    async def _delete(self, pressed: Pressed) -> None:
        doomed = _doomed(pressed)
        task = await self.discarding.discard(pressed.task, doomed)
        bot, chat = pressed.query.get_bot(), pressed.message.chat.id
        stuck = [one for one in _messages(pressed, doomed) if not await withdraw(bot, chat, one)]
        if pressed.in_panel:
            await _renew_panel(pressed, task)
        if stuck:
            await acknowledge(pressed.query, words.too_old_to_delete(pressed.t), alert=True)
        else:
            await acknowledge(pressed.query, words.deleted(pressed.t))


async def may_delete(pressed: Pressed) -> bool:
    """Whoever asked for it, and the admins of the group. Raises Transient."""
    if pressed.person == pressed.task.origin.person:
        return True
    if pressed.private:
        return False
    bot = pressed.query.get_bot()
    return await is_admin(bot, pressed.message.chat.id, pressed.person)


def _doomed(pressed: Pressed) -> list[Picture]:
    """What there is to delete: what is still to be brought was not meant."""
    task = pressed.task
    meant = (pressed.picture,) if pressed.picture else task.pictures
    return [one for one in meant if task.ended or one.message is not None]


def _messages(pressed: Pressed, doomed: list[Picture]) -> list[int]:
    """The messages that show them, in the chat where it was pressed."""
    numbers = [one.message for one in doomed if one.message and pressed.at_home]
    if pressed.in_place and not pressed.in_panel:
        numbers.append(pressed.message.message_id)
    return list(dict.fromkeys(numbers))


async def _renew_panel(pressed: Pressed, task: Task) -> None:
    """The message under the album counts what is left, or goes with the last of them."""
    bot, chat = pressed.query.get_bot(), pressed.message.chat.id
    number, left = pressed.message.message_id, keyboards.shown(task)
    try:
        if left:
            await bot.edit_message_text(
                words.album(pressed.t, len(left)),
                chat_id=chat,
                message_id=number,
                reply_markup=keyboards.album(pressed.t, task, left),
            )
        else:
            await bot.delete_message(chat, number)
    except TelegramError as error:
        if trouble(error) is Trouble.TOO_OLD:
            await show(pressed, None)
            return
        if trouble(error) is Trouble.PASSING:
            raise passing(error) from error
        log.info("panel stays", extra={"chat": chat, "detail": error.message})
