"""⭐: a person's favourites, which are kept for as long as they are that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.favourites import Favourites
from bot.telegram import keyboards
from bot.telegram import words_results as words
from bot.telegram.keyboards import Action
from bot.telegram.presses import acknowledge
from bot.telegram.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Favouriting:
    results: Results
    favourites: Favourites
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(self.on_press, pattern=keyboards.pattern(Action.FAVOURITE))]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None or pressed.picture is None:
            return
        kept = await self.favourites.toggle(
            pressed.person, pressed.picture.id, self.clock(), press=pressed.query.id
        )
        await acknowledge(pressed.query, words.favoured(pressed.t, kept=kept))
