"""/charts: the last day and the last month in one picture."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telegram import Bot, InputFile, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.bookkeeping import Bookkeeping
from bot.errors import Refused
from bot.statistics import Statistics
from bot.telegram import place
from bot.telegram import words_desk as words
from bot.telegram.answers import say
from bot.telegram.charts import Course, draw
from bot.telegram.operators import Operators
from bot.telegram.place import Place
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_BUTTON = re.compile(r"desk:charts")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCharts:
    operators: Operators
    statistics: Statistics
    books: Bookkeeping
    taps: Taps
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("charts", self.on_command, filters=self.operators.said),
            CallbackQueryHandler(self.on_press, pattern=_BUTTON),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if message := update.message:
            t = await self.speech.to_sender(message)
            await self._show(message.get_bot(), place.of(message), t)

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.operators.pressed(update, _BUTTON)
        if pressed is None:
            return
        query, _ = pressed
        await acknowledge(query)
        if await self.taps.is_first(query):
            t = await self.speech.to_presser(query)
            await self._show(context.bot, Place(query.from_user.id), t)

    async def _show(self, bot: Bot, where: Place, t: Texts) -> None:
        now = self.clock()
        # In whole hours and days of UTC, of which the last goes on.
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        midnight = hour.replace(hour=0)
        courses = [
            await self._course("24 hours", hour - 23 * _HOUR, 24, _HOUR, "%H:%M"),
            await self._course("30 days", midnight - 29 * _DAY, 30, _DAY, "%b %d"),
        ]
        try:
            # It takes a second, and the bot goes on meanwhile.
            picture = await asyncio.to_thread(draw, courses)
        except ImportError as error:
            log.info("no charts", extra={"detail": str(error)})
            await say(bot, where, words.no_charts(t))
            return
        file, caption = InputFile(picture, filename="charts.png"), words.charts(t, now)
        try:
            await place.send(
                where,
                lambda there: bot.send_photo(photo=file, caption=caption, **there.parameters()),
            )
        except (Refused, TelegramError) as error:
            log.warning("charts not sent", extra={"detail": str(error)})

    async def _course(
        self, title: str, since: datetime, count: int, step: timedelta, mark: str
    ) -> Course:
        until = since + count * step
        return Course(
            title=title,
            reports=await self.statistics.buckets(since, until, step),
            turnovers=await self.books.turnover(since, until, step),
            every=6,
            mark=mark,
        )
