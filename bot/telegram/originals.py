"""📄: a picture as it was drawn, byte for byte, as a file."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from telegram import InputFile, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.errors import Gone, Refused
from bot.task import Picture, Task
from bot.telegram import keyboards, place
from bot.telegram import words_results as words
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.keyboards import Action
from bot.telegram.packing import file_name
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.results import Pressed, Results

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """`read` gives the bytes of a stored picture; `kept` is for how long there are any."""

    results: Results
    read: Callable[[str], Awaitable[bytes]]
    kept: timedelta
    taps: Taps

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(self.on_press, pattern=keyboards.pattern(Action.ORIGINAL))]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None or pressed.picture is None:
            return
        if not await self.taps.is_first(pressed.query):
            await acknowledge(pressed.query)
            return
        file = await self._file(pressed.task, pressed.picture)
        if file is not None and await self._send(pressed, file):
            await acknowledge(pressed.query)
            return
        hours = round(self.kept.total_seconds() / 3600)
        await acknowledge(pressed.query, words.original_gone(pressed.t, hours), alert=True)

    async def _file(self, task: Task, picture: Picture) -> InputFile | str | None:
        """Our own copy, else what Telegram keeps: the original where it was sent as a file."""
        if picture.file:
            try:
                content = await self.read(picture.file.name)
            except Gone:
                return picture.file_id
            return InputFile(content, filename=file_name(task, picture))
        return picture.file_id

    async def _send(self, pressed: Pressed, file: InputFile | str) -> bool:
        bot = pressed.query.get_bot()
        try:
            await place.send(
                pressed.place,
                lambda where: bot.send_document(
                    document=file, disable_content_type_detection=True, **where.parameters()
                ),
            )
        except Refused as refused:
            log.info("no original", extra={"task": pressed.task.id, "detail": refused.detail})
            return False
        except TelegramError as error:
            if trouble(error) is Trouble.PASSING:
                raise passing(error) from error
            # What was sent as a photo cannot be sent as a file.
            log.info("no original", extra={"task": pressed.task.id, "detail": error.message})
            return False
        return True
