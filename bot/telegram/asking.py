"""From a message to a task, or to an answer in words."""

from dataclasses import dataclass, replace

from telegram import Bot, Message, Update
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.errors import Reason
from bot.neighbours import History
from bot.ordering import Request
from bot.prompt import Objection, Options
from bot.questions import Question, Topic
from bot.task import Task
from bot.telegram import keyboards, words, words_results
from bot.telegram.answers import answer
from bot.telegram.choosing import Choosing
from bot.telegram.confirming import Confirming
from bot.telegram.help import hint
from bot.telegram.inquiries import Inquiries
from bot.telegram.objections import Objections
from bot.telegram.pages import show
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.wishes import (
    COMMAND,
    DOWNLOAD_MAX,
    Wish,
    answer_of,
    is_from_a_bot,
    key_of,
    origin_of,
    references_of,
    wish_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    history: History
    confirming: Confirming
    choosing: Choosing
    inquiries: Inquiries
    objections: Objections
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [MessageHandler(filters.UpdateType.MESSAGE, self.on_message)]

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = update.message, context.bot
        if message is None or is_from_a_bot(message):
            return
        t = await self.speech.to_sender(message)
        question = await self.inquiries.answered_by(message)
        if question and question.topic is Topic.CONFIRM:
            # Its buttons answer it. What else is said to it need not be meant for us.
            question = None
        wish = wish_of(message, bot_id=bot.id, username=bot.username) or (
            # Whoever answers us need not call us by name.
            answer_of(message) if question else None
        )
        if _answers_panel(message, wish):
            await answer(message, words_results.reply_to_the_picture(t))
            return
        if wish is None:
            if message.chat.type == "private" and (unasked := _unasked(t, message)):
                await answer(message, unasked)
            return
        if refusal := _refusal(t, wish):
            await answer(message, refusal)
        elif wish.text or wish.attached:
            await self._ask(bot, t, message, wish, question)
        else:
            await show(message, hint(t))

    async def _ask(
        self, bot: Bot, t: Texts, message: Message, wish: Wish, question: Question | None
    ) -> None:
        request = Request(
            key=key_of(message),
            origin=origin_of(message),
            text=wish.text,
            references=references_of(wish),
        )
        request = await self.continued(message, request)
        if question and question.topic in (Topic.PICTURES, Topic.CHANGE, Topic.PROMPT):
            request = replace(
                request,
                references=question.references + request.references,
                options=Options(**question.more.get("options", {})),
                parent=question.picture,
            )
        if question and question.topic is Topic.STYLE:
            request = replace(request, options=Options(style=question.more["style"]))
        try:
            if request.text or request.options.style:
                if question is None:
                    await self.inquiries.overtaken(message)
                await self.confirming.order(bot, t, request)
            else:
                await self.choosing.ask(bot, t, request)
        except Objection as why:
            if text := await self.objections.words(t, request.origin, why):
                await answer(message, text, self.objections.buttons(t, request.origin, why))
            return
        if question and question.topic in (Topic.PICTURES, Topic.STYLE):
            await self.inquiries.close(bot, question, request.key)
        elif question:
            # It may be answered again, by a reply.
            await self.inquiries.questions.note(question.with_more(answered=request.key))

    async def continued(self, message: Message, request: Request) -> Request:
        """The same request; if it is about a picture of ours, it goes on from there."""
        original = message.reply_to_message
        sent = original and await self.history.sent_as(message.chat.id, original.message_id)
        if not sent:
            return request
        task, picture = sent
        references = tuple(
            replace(one, picture=picture.id) if one.source == picture.file_id else one
            for one in request.references
        )
        return replace(request, references=references, parent=picture.id, options=as_before(task))


def as_before(task: Task) -> Options:
    """Whoever goes on from a picture wants it drawn as that one was."""
    order = task.order
    # `edit` is what `banana` becomes with a picture, and becomes it again.
    model = None if order.model in ("banana", "edit") else order.model
    return Options(
        model=model,
        size=order.size if model else None,
        format=order.format if model else None,
        as_file=order.as_file or None,
        spoiler=order.spoiler or None,
    )


def _answers_panel(message: Message, wish: Wish | None) -> bool:
    """Plain words in reply to the message under an album: about which of its pictures?"""
    original, text = message.reply_to_message, message.text or ""
    if original is None or not text or COMMAND.match(text) or not keyboards.is_panel(original):
        return False
    return wish is None or message.chat.type == "private"


def _unasked(t: Texts, message: Message) -> str | None:
    """What to answer in private to a message that asks for nothing we do."""
    text = message.text or message.caption or ""
    if COMMAND.match(text):
        return words.unknown_command(t)
    return words.not_for_me(t) if message.effective_attachment else None


def _refusal(t: Texts, wish: Wish) -> str | None:
    """Why this wish cannot even be tried, as far as one can see from here."""
    if any(not one.is_picture for one in wish.attached):
        return words.refusal(t, Reason.NOT_A_PICTURE)
    if any((one.size or 0) > DOWNLOAD_MAX for one in wish.attached):
        return words.refusal(t, Reason.REFERENCE_TOO_BIG)
    return None
