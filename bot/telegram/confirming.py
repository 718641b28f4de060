"""Wishes on their way to a task: where one stands for many pictures, its price is shown first."""

import re
from dataclasses import asdict, dataclass

from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.ordering import Ordering, Request
from bot.origin import Origin
from bot.prompt import COUNT_MAX, Objection, Options
from bot.questions import Question, Topic, id_of
from bot.task import Task
from bot.telegram import words_many
from bot.telegram.admins import is_admin
from bot.telegram.inquiries import Inquiries
from bot.telegram.objections import Objections
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

_DATA = re.compile(r"(confirm|never):([0-9a-f]{16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    ordering: Ordering
    inquiries: Inquiries
    objections: Objections
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(self.on_press, pattern=r"^(?:confirm|never):")]

    async def order(self, bot: Bot, t: Texts, request: Request) -> Task | None:
        """Place it, or ask whether so much is really meant; None then. Raises Objection, Transient."""
        request = self.ordering.spread(request)
        if len(set(request.prompts)) < 2 and len(request.prompts) <= COUNT_MAX:
            return await self.ordering.place(request)
        await self._ask(bot, t, request)
        return None

    async def _ask(self, bot: Bot, t: Texts, request: Request) -> None:
        origin = request.origin
        question = Question(
            id=id_of(Topic.CONFIRM, request.key),
            topic=Topic.CONFIRM,
            chat=origin.chat,
            person=origin.person,
            asker=origin.message,
            picture=request.parent,
            references=request.references,
            text=request.text,
            more={
                "topic": origin.topic,
                "origin": asdict(origin),
                "options": asdict(request.options),
                "prompts": request.prompts,
            },
        )
        known = await self.inquiries.questions.get(question.id)
        if known and known.message is not None:
            return
        count = len(request.prompts)
        price = await self.ordering.price(await self.ordering.prepare(request))
        text = words_many.shall_i_draw(t, request.prompts, credits_=price * count)
        yes = InlineKeyboardButton(
            words_many.draw(t, count), callback_data=f"confirm:{question.id}"
        )
        no = InlineKeyboardButton(words_many.never_mind(t), callback_data=f"never:{question.id}")
        buttons = InlineKeyboardMarkup([[yes, no]])
        await self.inquiries.ask(bot, question, text, topic=origin.topic, buttons=buttons)

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        match = _DATA.fullmatch(query.data or "")
        t = await self.speech.to_presser(query)
        question = await self.inquiries.questions.get(match[2]) if match else None
        if match is None or question is None or not _is_here(query, question):
            await acknowledge(query, words_many.answered_already(t))
            return
        key = f"press:{query.id}"
        if question.answered not in (None, key):
            await acknowledge(query, words_many.answered_already(t))
        elif not await _may_answer(query, question):
            await acknowledge(query, words_many.not_yours(t))
        elif match[1] == "never":
            await acknowledge(query, words_many.left_undone(t))
            await self.inquiries.close(context.bot, question, key)
        else:
            await self._begin(query, t, question, key)

    async def _begin(self, query: CallbackQuery, t: Texts, question: Question, key: str) -> None:
        more = question.more
        request = Request(
            key=key,
            slot=f"confirm:{question.id}",
            origin=Origin(**more["origin"]),
            text=question.text,
            references=question.references,
            options=Options(**more["options"]),
            prompts=tuple(more["prompts"]),
            parent=question.picture,
        )
        try:
            await self.ordering.place(request)
        except Objection as why:
            # Not enough credits, or what was possible when it was asked is so no more.
            await acknowledge(query, self.objections.alert(t, why), alert=True)
            return
        await acknowledge(query, words_many.drawing_them(t))
        await self.inquiries.close(query.get_bot(), question, key)


def _is_here(query: CallbackQuery, question: Question) -> bool:
    """Whether the button stands where we put it: its data comes from outside."""
    message = query.message
    return (
        message is not None and question.topic is Topic.CONFIRM and message.chat.id == question.chat
    )


async def _may_answer(query: CallbackQuery, question: Question) -> bool:
    """Whoever asked. Who spoke as a group or channel presses under their own name."""
    if question.person > 0 or query.message is None:
        return query.from_user.id == question.person
    return await is_admin(query.get_bot(), question.chat, query.from_user.id)
