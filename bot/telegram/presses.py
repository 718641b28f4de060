"""Presses on buttons: each is acknowledged, also those that are no longer ours."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

log = logging.getLogger(__name__)

# https://core.telegram.org/bots/api#answercallbackquery
ANSWER_MAX = 200
_DOUBLE_TAP = timedelta(seconds=10)


class StrangePresses:
    """The last room: buttons nobody else knows."""

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(on_strange_press)]


async def on_strange_press(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    """A button that is not ours, or no longer: nothing happens, and nobody waits for it."""
    if update.callback_query:
        await acknowledge(update.callback_query)


async def acknowledge(
    query: CallbackQuery, text: str | None = None, *, alert: bool | None = None
) -> None:
    """End the waiting of whoever pressed. Too late is no reason to do anything again.

    The text is seen by them alone, for a moment or, as an alert, until they close it.
    """
    try:
        await query.answer(text and text[:ANSWER_MAX], show_alert=alert)
    except TelegramError as error:
        log.info("press not acknowledged", extra={"detail": error.message})


def is_under_it(query: CallbackQuery) -> bool:
    """Whether the message that was pressed has this button.

    The data of a press comes from outside and may name any message of ours: what is done to that
    message needs more than the data. https://core.telegram.org/bots/api#callbackquery
    """
    message = query.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return False
    rows = message.reply_markup.inline_keyboard
    return any(one.callback_data == query.data for row in rows for one in row)


class TapStore(Protocol):
    """On disk: the next tap may come to another process. Raises Transient."""

    async def first(
        self, person: int, button: str, press: str, *, now: datetime, since: datetime
    ) -> bool:
        """Whether there was no other press of this person on this button after `since`; then it
        is noted.
        """


@dataclass(frozen=True, slots=True)
class Taps:
    """Which buttons were pressed just now: whoever taps twice means one."""

    clock: Callable[[], datetime]
    store: TapStore

    async def is_first(self, query: CallbackQuery) -> bool:
        """Whether this is no second tap. The same press, handled again, is still the first.

        Raises Transient.
        """
        now, person, button = self.clock(), query.from_user.id, query.data or ""
        since = now - _DOUBLE_TAP
        return await self.store.first(person, button, query.id, now=now, since=since)
