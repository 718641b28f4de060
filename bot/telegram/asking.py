"""From a message to a task, or to an answer in words."""

from collections import deque
from dataclasses import dataclass, field, replace

from telegram import Message, Update
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.errors import Reason
from bot.neighbours import History
from bot.ordering import Ordering, Request
from bot.origin import Reference
from bot.prompt import Mistake, Options
from bot.questions import Question, Topic
from bot.task import Task
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.help import hint
from bot.telegram.inquiries import Inquiries
from bot.telegram.pages import show
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.wishes import COMMAND, Wish, is_from_a_bot, origin_of, references_of, wish_of

# https://core.telegram.org/bots/api#getfile
DOWNLOAD_MAX = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    ordering: Ordering
    history: History
    inquiries: Inquiries
    speech: Speech
    albums: deque[tuple[int, str | None]] = field(default_factory=lambda: deque(maxlen=100))

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [MessageHandler(filters.UpdateType.MESSAGE, self.on_message)]

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = update.message, context.bot
        if message is None or is_from_a_bot(message):
            return
        t = await self.speech.to_sender(message)
        wish = wish_of(message, bot_id=bot.id, username=bot.username)
        if message.media_group_id:
            if wish and self._is_news(message):
                await answer(message, words.one_at_a_time(t))
            return
        if wish is None:
            if message.chat.type == "private" and (unasked := _unasked(t, message)):
                await answer(message, unasked)
            return
        if refusal := _refusal(t, wish):
            await answer(message, refusal)
        elif wish.text:
            await self._ask(t, message, wish)
        elif wish.attached:
            await self._ask_back(t, message, references_of(wish))
        else:
            await show(message, hint(t))

    async def _ask_back(
        self, t: Texts, message: Message, references: tuple[Reference, ...]
    ) -> None:
        """A picture without a word: what shall be done with it?"""
        origin = origin_of(message)
        question = Question(
            # The same message leads to the same question.
            id=f"{message.chat.id}.{message.message_id}",
            topic=Topic.PICTURES,
            chat=origin.chat,
            person=origin.person,
            asker=origin.message,
            references=references,
        )
        text = words.what_to_do(t, len(references))
        await self.inquiries.ask(message.get_bot(), question, text, topic=origin.topic)

    async def _ask(self, t: Texts, message: Message, wish: Wish) -> None:
        request = Request(
            key=f"message:{message.chat.id}:{message.message_id}",
            origin=origin_of(message),
            text=wish.text,
            references=references_of(wish),
        )
        question = await self.inquiries.answered_by(message)
        if question and question.topic is Topic.PICTURES:
            references = question.references + request.references
            request = replace(request, references=references)
        try:
            await self.ordering.place(await self._continued(message, request))
        except Mistake as mistake:
            await answer(message, words.mistake(t, mistake))

    async def _continued(self, message: Message, request: Request) -> Request:
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

    def _is_news(self, message: Message) -> bool:
        """Each picture of an album is a message of its own; one answer is enough for all."""
        album = (message.chat.id, message.media_group_id)
        if album in self.albums:
            return False
        self.albums.append(album)
        return True


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
