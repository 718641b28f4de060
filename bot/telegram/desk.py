"""/admin: one card that says how the bot does today, and the switches operators have."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.access import Access, Switches
from bot.bookkeeping import Bookkeeping
from bot.errors import Failure
from bot.statistics import Statistics
from bot.telegram import words_desk as words
from bot.telegram.operators import Operators, rest_of
from bot.telegram.pages import Page, show, turn
from bot.telegram.presses import ANSWER_MAX, acknowledge
from bot.telegram.rich import Rich
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.words_desk import Sight

log = logging.getLogger(__name__)

# A button names the state it leads to, so that a press that is handled twice changes nothing.
_BUTTON = re.compile(r"desk:(?:card|(?P<switch>maintenance|closed):(?P<to>on|off))")
_BALANCE_WITHIN = 5.0
# Whoever presses a button reads them in an alert.
_WORDS_MAX = ANSWER_MAX
_MOMENT = timedelta(milliseconds=1)

Balance = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`balance` asks the generator for our credits there; raises Failure."""

    operators: Operators
    access: Access
    statistics: Statistics
    books: Bookkeeping
    balance: Balance
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("admin", self.on_command, filters=self.operators.said),
            CommandHandler("maintenance", self.on_maintenance, filters=self.operators.said),
            CallbackQueryHandler(self.on_press, pattern=_BUTTON),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if message := update.message:
            await show(message, await self._page(await self.speech.to_sender(message)))

    async def on_maintenance(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """With words for everybody who asks meanwhile, or `off`."""
        message = update.message
        if message is None:
            return
        said = rest_of(message)[:_WORDS_MAX]
        value = None if said.casefold() == "off" else said
        await self.access.switches.change({"maintenance": value}, self.clock())
        log.info("switched", extra={"what": "maintenance", "operator": message.chat.id})
        await self.on_command(update, context)

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.operators.pressed(update, _BUTTON)
        if pressed is None:
            return
        query, button = pressed
        await acknowledge(query)
        if button["switch"]:
            on = button["to"] == "on"
            value = on if button["switch"] == "closed" else "" if on else None
            await self.access.switches.change({button["switch"]: value}, self.clock())
            log.info("switched", extra={"what": button[0], "operator": query.from_user.id})
        await turn(context.bot, query, await self._page(await self.speech.to_presser(query)))

    async def _page(self, t: Texts) -> Page:
        sight = await self._look()
        return Page(Rich(words.card(t, sight)), _buttons(t, sight))

    async def _look(self) -> Sight:
        now, switches = self.clock(), await self.access.switches.get()
        midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        # A report is of some time, and at midnight there is none yet.
        since = min(midnight, now - _MOMENT)
        (turnover,) = await self.books.turnover(since, now, now - since)
        return Sight(
            now=now,
            today=await self.statistics.report(since, now),
            snapshot=await self.statistics.snapshot(),
            turnover=turnover,
            balance=await balance_of(self.balance),
            switches=switches,
            closed=is_closed(self.access, switches),
        )


def is_closed(access: Access, switches: Switches) -> bool:
    return access.terms.closed if switches.closed is None else switches.closed


async def balance_of(ask: Balance) -> float | None:
    """What is left at the generator; None where it does not say so soon."""
    try:
        async with asyncio.timeout(_BALANCE_WITHIN):
            return await ask()
    except (Failure, TimeoutError) as failure:
        log.info("balance not known", extra={"detail": repr(failure)})
        return None


def _buttons(t: Texts, sight: Sight) -> InlineKeyboardMarkup:
    working = sight.switches.maintenance is not None
    rows = [
        [(words.refresh_button(t), "desk:card"), (words.charts_button(t), "desk:charts")],
        [
            (words.maintenance_button(t, on=working), f"desk:maintenance:{_other(working)}"),
            (words.closed_button(t, on=sight.closed), f"desk:closed:{_other(sight.closed)}"),
        ],
        [(words.models_button(t), "desk:models"), (words.prices_button(t), "desk:prices")],
    ]
    return keyboard(rows)


def keyboard(rows: list[list[tuple[str, str]]]) -> InlineKeyboardMarkup:
    """Rows of buttons, each with its text and its data."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in rows]
    )


def _other(on: bool) -> str:  # noqa: FBT001 - it is about nothing else
    return "off" if on else "on"
