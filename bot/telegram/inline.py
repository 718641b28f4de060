"""Inline mode: `@bot` in any chat offers one's own pictures to send, and to draw a new one there.

Switched on with @BotFather: /setinline, and /setinlinefeedback at 100%, because only then does
Telegram tell us that somebody has chosen to draw.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from telegram import (
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
    User,
)
from telegram.error import TelegramError
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChosenInlineResultHandler,
    ContextTypes,
    InlineQueryHandler,
)

from bot.gallery import GalleryStore, View, to_send
from bot.neighbours import History
from bot.ordering import Ordering, Request
from bot.origin import Origin
from bot.prompt import Objection
from bot.telegram import words_gallery
from bot.telegram.inline_pictures import known_pictures
from bot.telegram.objections import Objections
from bot.telegram.placeholders import GUEST, STATE, Placeholders, asking_how_it_goes
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

DRAW = "draw"
# Besides the offer to draw; 50 in all. https://core.telegram.org/bots/api#answerinlinequery
_PAGE = 49
_OFFSET_MAX = 100_000
_STATE = re.compile(rf"{STATE}(?::([0-9a-f]{{24}}))?")
_PICTURE = re.compile(r"#([0-9a-f]{16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What stands above the input line: results, the offset of more, a button into our chat."""

    results: Sequence[InlineQueryResult]
    next_offset: str = ""
    button: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    ordering: Ordering
    gallery: GalleryStore
    history: History
    placeholders: Placeholders
    objections: Objections
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            InlineQueryHandler(self.on_query),
            ChosenInlineResultHandler(self.on_choice),
            CallbackQueryHandler(self.on_press, pattern=rf"^{STATE}"),
        ]

    # --- what is offered -----------------------------------------------------------------

    async def on_query(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.inline_query
        if query is None:
            return
        t = await self.speech.to(query.from_user)
        text = query.query.strip()
        if named := _PICTURE.fullmatch(text):
            offer = await self._one(t, query.from_user, named[1])
        elif text:
            offer = await self._matching(t, query, text)
        else:
            offer = await self._own(t, query)
        await _answer(query, offer)

    async def _own(self, t: Texts, query: InlineQuery) -> Offer:
        shots, more = await to_send(self.gallery, query.from_user.id, query.offset)
        results = known_pictures(shots)
        empty = not results and not query.offset
        button = words_gallery.no_pictures_yet(t) if empty else None
        return Offer(results=results, next_offset=more, button=button)

    async def _one(self, t: Texts, user: User, picture_id: str) -> Offer:
        """The picture somebody presses ↗ under."""
        shot = await self.gallery.get(picture_id)
        if shot and (shot.person == user.id or shot.in_a_group):
            return Offer(results=known_pictures([shot]))
        return Offer(results=[], button=words_gallery.not_yours_to_send(t))

    async def _matching(self, t: Texts, query: InlineQuery, text: str) -> Offer:
        """The offer to draw these words, and the pictures that have been drawn from them."""
        article, prompt = await self._article(t, query.from_user, text)
        start = int(query.offset) if query.offset.isdecimal() and query.offset.isascii() else 0
        if start > _OFFSET_MAX:
            return Offer(results=[])
        view = View(person=query.from_user.id, words=prompt)
        shots = await self.gallery.find(view, limit=_PAGE, offset=start)
        first: list[InlineQueryResult] = [] if start else [article]
        more = str(start + _PAGE) if len(shots) == _PAGE else ""
        return Offer(results=first + known_pictures(shots), next_offset=more)

    async def _article(
        self, t: Texts, user: User, text: str
    ) -> tuple[InlineQueryResultArticle, str]:
        """What to draw, or why not, and the words without their flags."""
        try:
            task = await self.ordering.prepare(_request(user, text, ""))
        except Objection as objection:
            why = self.objections.alert(t, objection)
            article = _text("wrong", words_gallery.not_like_this(t), why, why)
            return article, text
        prompt = task.order.prompt
        return _text(
            DRAW,
            words_gallery.draw_here(t, prompt),
            words_gallery.how_drawn(t, task),
            words_gallery.drawing_here(t, prompt),
            asking_how_it_goes(t),
        ), prompt

    # --- what is chosen ------------------------------------------------------------------

    async def on_choice(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """The placeholder is in somebody's chat: draw what it stands for. Raises Transient."""
        chosen = update.chosen_inline_result
        if chosen is None or chosen.result_id != DRAW or not chosen.inline_message_id:
            return
        message = chosen.inline_message_id
        try:
            await self.ordering.place(_request(chosen.from_user, chosen.query.strip(), message))
        except Objection as why:
            # Too few credits, or since it was offered the person has come to prefer something
            # that does not fit.
            t = await self.speech.to(chosen.from_user)
            await self.placeholders.say(message, self.objections.alert(t, why))

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Anybody in that chat may ask how it goes."""
        query = update.callback_query
        if query is None:
            return
        named = _STATE.fullmatch(query.data or "")
        if named is None or query.inline_message_id is None:
            await acknowledge(query)
            return
        t = await self.speech.to_presser(query)
        key = GUEST + named[1] if named[1] else _key(query.inline_message_id)
        task = await self.history.asked_as(key)
        seconds = int((self.clock() - task.created_at).total_seconds()) if task else 0
        await acknowledge(query, words_gallery.state(t, task, seconds))


def _key(inline_message_id: str) -> str:
    return f"inline:{inline_message_id}"


def _request(user: User, text: str, inline_message_id: str) -> Request:
    """Drawn for the chat it was asked in, and brought to the person's private chat."""
    origin = Origin(
        chat=user.id,
        message=0,
        person=user.id,
        language=user.language_code,
        private=True,
        inline=inline_message_id or None,
    )
    return Request(key=_key(inline_message_id), origin=origin, text=text)


def _text(
    name: str,
    title: str,
    description: str,
    text: str,
    buttons: InlineKeyboardMarkup | None = None,
) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        name,
        title,
        InputTextMessageContent(text),
        reply_markup=buttons,
        description=description,
    )


async def _answer(query: InlineQuery, offer: Offer) -> None:
    """Whoever types on has a newer question by the time an answer fails: nothing is tried again,
    but for an answer Telegram refuses because of a picture: then the words go alone.
    """
    button = None
    if offer.button:
        button = InlineQueryResultsButton(offer.button, start_parameter="inline")
    plain = [one for one in offer.results if isinstance(one, InlineQueryResultArticle)]
    for results, more in ((offer.results, offer.next_offset), (plain, "")):
        try:
            await query.answer(
                results,
                cache_time=0,
                is_personal=True,
                # None, because the library makes nothing of an empty text but a mistake.
                next_offset=more or None,
                button=button,
            )
        except TelegramError as error:
            log.info("inline query not answered", extra={"detail": error.message})
        else:
            return
