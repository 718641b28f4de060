"""Changing one's mind: the button on the card, and /cancel for everything at once."""

import logging
import re
from dataclasses import dataclass

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.life import OddMove
from bot.neighbours import History, Store
from bot.pipeline import Pipeline
from bot.telegram import words_cards
from bot.telegram.admins import is_admin
from bot.telegram.answers import answer
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.wishes import is_from_a_bot, origin_of

log = logging.getLogger(__name__)

_DATA = re.compile(r"cancel:([0-9a-f]{12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelling:
    pipeline: Pipeline
    tasks: Store
    history: History
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("cancel", self.on_command, filters=new),
            CallbackQueryHandler(self.on_press, pattern=r"^cancel:"),
        ]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        t = await self.speech.to_presser(query)
        named = _DATA.fullmatch(query.data or "")
        task = await self.tasks.get(named[1]) if named else None
        if task is None:
            await acknowledge(query, words_cards.too_late_to_cancel(t))
            return
        mine = task.origin.person == query.from_user.id
        if not mine and not await is_admin(query.get_bot(), task.origin.chat, query.from_user.id):
            await acknowledge(query, words_cards.not_yours_to_cancel(t))
            return
        by = f"press:{query.id}"
        # The same press once more is told the same.
        done = task.cancelled == by or await self._cancel(task.id, by)
        said = words_cards.cancelled_now(t) if done else words_cards.too_late_to_cancel(t)
        await acknowledge(query, said)

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or is_from_a_bot(message):
            return
        t, origin = await self.speech.to_sender(message), origin_of(message)
        chat = None if origin.private else origin.chat
        by = f"message:{origin.chat}:{origin.message}"
        for task in await self.history.unfinished(origin.person, chat):
            await self._cancel(task, by)
        # Counted afterwards: when the answer has to wait, all of this happens once more.
        count = await self.history.cancelled(origin.person, by)
        await answer(
            message,
            words_cards.all_cancelled(t, count) if count else words_cards.nothing_to_cancel(t),
        )

    async def _cancel(self, task_id: str, by: str) -> bool:
        try:
            await self.pipeline.cancel(task_id, by)
        except OddMove as move:
            log.info("not cancelled", extra={"task": task_id, "move": str(move)})
            return False
        return True
