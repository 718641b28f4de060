"""Pictures without a word: what shall be done with them? Answered in words, or by a style's button."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.ordering import Ordering, Request
from bot.origin import Origin
from bot.presets import KEY_MAX, Preset
from bot.prompt import Objection, Options
from bot.questions import Question, Topic, id_of
from bot.telegram import words, words_many, words_styles
from bot.telegram.inquiries import Inquiries
from bot.telegram.objections import Objections
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts, choose

_DATA = re.compile(rf"style:([0-9a-f]{{16}}):([a-z0-9_-]{{1,{KEY_MAX}}})")
_IN_A_ROW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    ordering: Ordering
    inquiries: Inquiries
    objections: Objections
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(self.on_press, pattern=r"^style:")]

    async def ask(self, bot: Bot, t: Texts, request: Request) -> None:
        """Ask what to do with the pictures of a wish without words. Raises Denied, Transient."""
        origin = request.origin
        await self.ordering.access.welcome(origin)
        fresh = Question(
            id=id_of(Topic.PICTURES, request.key),
            topic=Topic.PICTURES,
            chat=origin.chat,
            person=origin.person,
            asker=origin.message,
            picture=request.parent,
            references=request.references,
            more={"topic": origin.topic, "private": origin.private},
        )
        asked = await self.inquiries.questions.get(fresh.id)
        if asked is None or asked.message is None:
            text = words.what_to_do(t, len(request.references))
            asked = await self.inquiries.ask(bot, fresh, text, topic=origin.topic)
        if asked and asked.more.get("buttons") is None and self.ordering.presets:
            language = choose(t.info().get("language"))
            buttons = style_buttons(self.ordering.presets, language, f"style:{asked.id}")
            await self.inquiries.add_buttons(bot, asked, words_styles.or_a_style(t), buttons)

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Whoever presses asks for it, with the pictures of who sent them."""
        query = update.callback_query
        if query is None:
            return
        t = await self.speech.to_presser(query)
        match = _DATA.fullmatch(query.data or "")
        question = await self.inquiries.questions.get(match[1]) if match else None
        key = f"press:{query.id}"
        if match is None or question is None or not _is_open(query, question, key):
            await acknowledge(query, words_many.answered_already(t))
            return
        if match[2] not in self.ordering.presets:
            await acknowledge(query, words_styles.no_such_style(t))
            return
        request = Request(
            key=key,
            slot=f"style:{question.id}",
            origin=_origin(query, question),
            text="",
            references=question.references,
            options=Options(style=match[2]),
            parent=question.picture,
        )
        try:
            await self.ordering.place(request)
        except Objection as why:
            await acknowledge(query, self.objections.alert(t, why), alert=True)
            return
        await acknowledge(query)
        await self.inquiries.close(context.bot, question, key)


def style_buttons(
    presets: Mapping[str, Preset], language: str, action: str
) -> InlineKeyboardMarkup:
    """A button for each style; its data is the action and the style's name."""
    buttons = [
        InlineKeyboardButton(one.label(language), callback_data=f"{action}:{one.key}")
        for one in presets.values()
    ]
    rows = range(0, len(buttons), _IN_A_ROW)
    return InlineKeyboardMarkup([buttons[start : start + _IN_A_ROW] for start in rows])


def _is_open(query: CallbackQuery, question: Question, key: str) -> bool:
    """Whether the question is asked here and not answered by anybody else."""
    here = query.message is not None and query.message.chat.id == question.chat
    return here and question.topic is Topic.PICTURES and question.answered in (None, key)


def _origin(query: CallbackQuery, question: Question) -> Origin:
    message = query.message
    topic = question.more.get("topic")
    if isinstance(message, Message):
        topic = message.message_thread_id if message.is_topic_message else None
    return Origin(
        chat=question.chat,
        message=question.asker,
        person=query.from_user.id,
        topic=topic,
        language=query.from_user.language_code,
        private=bool(question.more.get("private", question.chat > 0)),
    )
