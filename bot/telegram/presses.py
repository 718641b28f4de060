"""Presses on buttons: each is acknowledged, also those that are no longer ours."""

import logging

from telegram import CallbackQuery, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

log = logging.getLogger(__name__)


class StrangePresses:
    """The last room: buttons nobody else knows."""

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(on_strange_press)]


async def on_strange_press(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """A button that is not ours, or no longer: nothing happens, and nobody waits for it."""
    if update.callback_query:
        await acknowledge(update.callback_query)


async def acknowledge(
    query: CallbackQuery, text: str | None = None, *, alert: bool = False
) -> None:
    """End the waiting of whoever pressed; `alert` keeps the text until they have read it.

    Too late is no reason to do anything again.
    """
    try:
        await query.answer(text, show_alert=alert or None)
    except TelegramError as error:
        log.info("press not acknowledged", extra={"detail": error.message})
