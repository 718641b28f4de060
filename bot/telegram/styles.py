"""/styles (or /presets): what there is, and a button for each that asks what to draw in it."""

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.access import Denied
from bot.ordering import Ordering
from bot.origin import Origin
from bot.presets import KEY_MAX
from bot.questions import Question, Topic, id_of
from bot.telegram import words_styles
from bot.telegram.answers import answer
from bot.telegram.choosing import style_buttons
from bot.telegram.inquiries import Inquiries
from bot.telegram.objections import Objections
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import choose

_DATA = re.compile(rf"draw-in:([a-z0-9_-]{{1,{KEY_MAX}}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    ordering: Ordering
    inquiries: Inquiries
    objections: Objections
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler(("styles", "presets"), self.on_command, filters.UpdateType.MESSAGE),
            CallbackQueryHandler(self.on_press, pattern=r"^draw-in:"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if message := update.message:
            t = await self.speech.to_sender(message)
            presets, language = self.ordering.presets, choose(t.info().get("language"))
            buttons = style_buttons(presets, language, "draw-in") if presets else None
            await answer(message, words_styles.styles(t, presets, language), buttons)

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        t = await self.speech.to_presser(query)
        match = _DATA.fullmatch(query.data or "")
        preset = self.ordering.presets.get(match[1]) if match else None
        if preset is None or query.message is None:
            await acknowledge(query, words_styles.no_such_style(t))
            return
        question = _question(query, preset.key)
        try:
            if question:
                await self.ordering.access.welcome(_origin(question))
        except Denied as why:
            await acknowledge(query, self.objections.alert(t, why), alert=True)
            return
        await acknowledge(query)
        known = question and await self.inquiries.questions.get(question.id)
        if question is None or (known and known.message is not None):
            return
        label = preset.label(choose(t.info().get("language")))
        ask = words_styles.which_picture if preset.needs_picture else words_styles.what_in_style
        topic = question.more["topic"]
        await self.inquiries.ask(context.bot, question, ask(t, label), topic=topic)


def _question(query: CallbackQuery, style: str) -> Question | None:
    """What is asked of whoever pressed, in reply to their own words where those are at hand."""
    message = query.message
    if message is None:
        return None
    asker, topic = message.message_id, None
    if isinstance(message, Message):
        topic = message.message_thread_id if message.is_topic_message else None
        theirs = message.reply_to_message
        if theirs and theirs.from_user and theirs.from_user.id == query.from_user.id:
            # Then it is their keyboard that opens.
            asker = theirs.message_id
    return Question(
        id=id_of(Topic.STYLE, f"press:{query.id}"),
        topic=Topic.STYLE,
        chat=message.chat.id,
        person=query.from_user.id,
        asker=asker,
        more={"topic": topic, "style": style},
    )


def _origin(question: Question) -> Origin:
    return Origin(
        chat=question.chat,
        message=question.asker,
        person=question.person,
        topic=question.more["topic"],
        private=question.chat == question.person,
    )
