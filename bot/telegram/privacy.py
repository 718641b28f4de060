"""/privacy and /forget: what we keep, handed over and deleted. Asked twice, in private only."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    MaybeInaccessibleMessage,
    Message,
    Update,
)
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.errors import Refused
from bot.forgetting import Memory
from bot.telegram import place
from bot.telegram import words_privacy as words
from bot.telegram.leftovers import take_away
from bot.telegram.pages import Page, show, show_in_private, turn
from bot.telegram.place import Place
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)


class _Wish(StrEnum):
    """What the buttons carry. Deleting is offered by the second question only."""

    ASK = "my:ask"
    EXPORT = "my:export"
    ASK_AGAIN = "my:again"
    DELETE = "my:delete"
    KEEP = "my:keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRoom:
    """`files_kept` and `history_kept`: how long."""

    memory: Memory
    speech: Speech
    files_kept: timedelta
    history_kept: timedelta
    clock: Callable[[], datetime]
    # A parcel lies in memory until it is sent.
    parcels: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("privacy", self.on_privacy, filters=new),
            CommandHandler("forget", self.on_forget, filters=new),
            CallbackQueryHandler(self.on_press, pattern=r"^my:"),
        ]

    async def on_privacy(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message:
            await self._show(update.message, self._privacy, "privacy")

    async def on_forget(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message:
            await self._show(update.message, _forget, "forget")

    async def on_privacy_link(self, message: Message, _rest: str) -> None:
        """`?start=privacy`"""
        await self._show(message, self._privacy, "privacy")

    async def on_forget_link(self, message: Message, _rest: str) -> None:
        """`?start=forget`"""
        await self._show(message, _forget, "forget")

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        t, message = await self.speech.to_presser(query), query.message
        if message is None or (message.chat.type, message.chat.id) != (
            "private",
            query.from_user.id,
        ):
            await acknowledge(query, words.not_yours(t))
            return
        await acknowledge(query, words.packing(t) if query.data == _Wish.EXPORT else None)
        match query.data:
            case _Wish.EXPORT:
                async with self.parcels:
                    await self._export(t, message)
            case _Wish.ASK:
                await turn(context.bot, query, _forget(t))
            case _Wish.ASK_AGAIN:
                await turn(context.bot, query, _really(t))
            case _Wish.DELETE:
                await self._forget(t, query)
                await turn(context.bot, query, Page(words.forgotten(t)))
            case _Wish.KEEP:
                await turn(context.bot, query, Page(words.kept(t)))

    async def _forget(self, t: Texts, query: CallbackQuery) -> None:
        cards = await self.memory.forget(query.from_user.id, self.clock())
        await take_away(query.get_bot(), t, cards)
        log.info("forgotten")

    async def _export(self, t: Texts, message: MaybeInaccessibleMessage) -> None:
        parcel = await self.memory.pack(message.chat.id, self.clock())
        file = InputFile(parcel.content, filename=parcel.name)
        caption = words.parcel(t, parcel)
        bot: Bot = message.get_bot()
        with suppress(Refused):
            await place.send(
                Place(message.chat.id, None, message.message_id),
                lambda where: bot.send_document(
                    document=file,
                    caption=caption,
                    disable_content_type_detection=True,
                    **where.parameters(),
                ),
            )

    async def _show(self, message: Message, page: Callable[[Texts], Page], link: str) -> None:
        t = await self.speech.to_sender(message)
        if message.chat.type == "private":
            await show(message, page(t))
        else:
            own = await self.speech.to(message.from_user)
            await show_in_private(message, t, page(own), link)

    def _privacy(self, t: Texts) -> Page:
        text = words.privacy(t, files_kept=self.files_kept, history_kept=self.history_kept)
        return Page(text, _buttons((words.delete_button(t), _Wish.ASK)))


def _forget(t: Texts) -> Page:
    return Page(
        words.forget(t),
        _buttons(
            (words.export_button(t), _Wish.EXPORT),
            (words.delete_button(t), _Wish.ASK_AGAIN),
            (words.keep_button(t), _Wish.KEEP),
        ),
    )


def _really(t: Texts) -> Page:
    yes, no = (words.really_button(t), _Wish.DELETE), (words.keep_button(t), _Wish.KEEP)
    return Page(words.really(t), _buttons(no, yes))


def _buttons(*buttons: tuple[str, _Wish]) -> InlineKeyboardMarkup:
    """Each in a row of its own: what the text says, and what the button carries."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(text, callback_data=wish.value)] for text, wish in buttons]
    )
