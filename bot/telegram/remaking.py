"""Buttons that draw: again, variations, larger, another shape, and what failed once more.

Whoever presses gets a task of their own, and one only, however fast they tap.
"""

from dataclasses import dataclass

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot import redrawing
from bot.ordering import Ordering, Request
from bot.prompt import Mistake, Objection
from bot.redrawing import Redrawing
from bot.telegram import keyboards, words
from bot.telegram import words_results as say
from bot.telegram.keyboards import Action
from bot.telegram.objections import Objections
from bot.telegram.presses import acknowledge
from bot.telegram.results import Pressed, Results, show


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaking:
    results: Results
    ordering: Ordering
    objections: Objections

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        mine = keyboards.pattern(
            *(Action.AGAIN, Action.VARY, Action.LARGER, Action.SHAPE, Action.RETRY)
        )
        return [CallbackQueryHandler(self.on_press, pattern=mine)]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None:
            return
        try:
            wish = wished(pressed)
        except Mistake as mistake:
            await acknowledge(pressed.query, words.mistake(pressed.t, mistake), alert=True)
            return
        if wish is None:
            await acknowledge(pressed.query, say.nothing_failed(pressed.t))
            return
        try:
            await self.ordering.place(_request(pressed, wish))
        except Objection as why:
            await acknowledge(pressed.query, self.objections.alert(pressed.t, why), alert=True)
            return
        await acknowledge(pressed.query, _toast(pressed))
        if pressed.button.action is Action.SHAPE:
            # A shape was chosen: the picture has its own buttons again.
            await show(pressed, pressed.keyboard())


def _request(pressed: Pressed, wish: Redrawing) -> Request:
    return Request(
        key=f"press:{pressed.query.id}",
        slot=f"{pressed.query.data}:{pressed.person}",
        origin=pressed.origin,
        text=wish.order.prompt,
        order=wish.order,
        references=wish.references,
        prompts=wish.prompts,
        parent=wish.parent,
    )


def wished(pressed: Pressed) -> Redrawing | None:
    """What a press asks for; None when there is nothing left to do. Raises Mistake."""
    task, picture, button = pressed.task, pressed.picture, pressed.button
    if button.action is Action.RETRY:
        return redrawing.failed(task)
    if picture is None:
        return redrawing.again(task)
    match button.action:
        case Action.VARY:
            return redrawing.variations(task, picture)
        case Action.LARGER:
            return redrawing.larger(task, picture)
        case Action.SHAPE:
            return redrawing.reshaped(task, picture, button.shape or "")
        case _:
            return redrawing.again(task, picture)


def _toast(pressed: Pressed) -> str:
    match pressed.button.action:
        case Action.VARY:
            return say.drawing_variations(pressed.t)
        case Action.LARGER:
            return say.drawing_larger(pressed.t)
        case Action.SHAPE:
            return say.drawing_reshaped(pressed.t, pressed.button.shape or "")
        case _:
            return say.drawing_again(pressed.t)
