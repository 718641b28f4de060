"""Buttons that only show other buttons: of one picture of an album, and of the shapes."""

from dataclasses import dataclass

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.telegram import keyboards
from bot.telegram.keyboards import Action
from bot.telegram.presses import acknowledge
from bot.telegram.results import Results, show


@dataclass(frozen=True, slots=True)
class Panels:
    results: Results

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        mine = keyboards.pattern(Action.PANEL, Action.RATIO)
        return [CallbackQueryHandler(self.on_press, pattern=mine)]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None:
            return
        await acknowledge(pressed.query)
        if pressed.button.action is Action.RATIO and pressed.picture:
            await show(pressed, keyboards.shapes(pressed.t, pressed.task, pressed.picture.id))
        else:
            await show(pressed, pressed.keyboard())
