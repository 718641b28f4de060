"""Presses on buttons: each is acknowledged, also those that are no longer ours."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

log = logging.getLogger(__name__)

# https://core.telegram.org/bots/api#answercallbackquery
ANSWER_MAX = 200
_DOUBLE_TAP = timedelta(seconds=10)
_REMEMBERED = 1000


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


@dataclass(frozen=True, slots=True)
class Taps:
    """Which buttons were pressed just now: whoever taps twice means one."""

    clock: Callable[[], datetime]
    _lately: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def is_first(self, query: CallbackQuery) -> bool:
        """Whether this is no second tap. The same press, handled again, is still the first."""
        now, button = self.clock(), f"{query.data}:{query.from_user.id}"
        press, at = self._lately.get(button, (query.id, now))
        if press != query.id and now - at < _DOUBLE_TAP:
            return False
        self._lately[button] = (query.id, now)
        if len(self._lately) > _REMEMBERED:
            del self._lately[next(iter(self._lately))]
        return True
