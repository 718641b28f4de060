"""From a message to a request: what a message asks of us, if anything.

`wish_of` decides, without I/O; `Asking` turns a wish into a task or an answer.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telegram import ExternalReplyInfo, Message, Update
from telegram.ext import ContextTypes

from bot import flags, prompt
from bot.errors import Reason
from bot.pipeline import Pipeline
from bot.prompt import Mistake
from bot.task import Origin, new_task
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.texts import Texts, languages, texts

# https://core.telegram.org/bots/api#getfile
DOWNLOAD_MAX = 20 * 1024 * 1024

_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?(?=\s|$)")
_IMAGINE = ("imagine", "img")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in a message; `size` in bytes, None where Telegram does not say."""

    file_id: str
    size: int | None
    is_picture: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks for: words, and pictures that go with them."""

    text: str
    attached: tuple[Attached, ...] = ()


def wish_of(message: Message, *, bot_id: int, username: str) -> Wish | None:
    """The wish in a message, or None when it is not for us.

    In private every text and captioned picture is one; in groups only what is addressed to us.
    """
    text = message.text or message.caption or ""
    own, quoted = _attached(message), _quoted(message)
    command = _COMMAND.match(text)
    if command:
        if command["name"].casefold() not in _IMAGINE or not _is_me(command["bot"], username):
            return None
        return Wish(text[command.end() :].strip(), own + quoted)
    mention = re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)", re.IGNORECASE)
    if message.chat.type == "private":
        return Wish(mention.sub("", text).strip(), own + quoted) if text or own else None
    if mention.search(text):
        return Wish(mention.sub("", text).strip(), own + quoted)
    original = message.reply_to_message
    to_my_picture = original and original.from_user and original.from_user.id == bot_id and quoted
    return Wish(text.strip(), quoted + own) if to_my_picture and text else None


def origin_of(message: Message) -> Origin:
    """Where a message stands. Anonymous admins and channels are people of their own."""
    user, chat = message.from_user, message.sender_chat
    return Origin(
        chat=message.chat.id,
        message=message.message_id,
        person=chat.id if chat else user.id if user else message.chat.id,
        # Elsewhere than in forums this id marks a chain of replies, which is no topic.
        topic=message.message_thread_id if message.is_topic_message else None,
        language=user.language_code if user else None,
        private=message.chat.type == "private",
    )


def _is_me(addressed: str | None, username: str) -> bool:
    return addressed is None or addressed.casefold() == username.casefold()


def _attached(message: Message | ExternalReplyInfo) -> tuple[Attached, ...]:
    """The picture or file of one message; Telegram puts the largest size last."""
    if message.photo:
        largest = message.photo[-1]
        return (Attached(largest.file_id, largest.file_size),)
    if document := message.document:
        is_picture = (document.mime_type or "").startswith("image/")
        return (Attached(document.file_id, document.file_size, is_picture),)
    if video := message.video:
        return (Attached(video.file_id, video.file_size, is_picture=False),)
    sticker = message.sticker
    if sticker and not sticker.is_animated and not sticker.is_video:
        return (Attached(sticker.file_id, sticker.file_size),)
    return ()


def _quoted(message: Message) -> tuple[Attached, ...]:
    """The picture in the message this one replies to, also when that stands in another chat."""
    original = message.reply_to_message or message.external_reply
    return tuple(one for one in _attached(original) if one.is_picture) if original else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Turns messages into tasks. `slow_after`: when a person hears that it takes longer."""

    pipeline: Pipeline
    clock: Callable[[], datetime]
    slow_after: timedelta
    albums: deque[tuple[int, str | None]] = field(default_factory=lambda: deque(maxlen=100))

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = update.message, context.bot
        if message is None or _is_from_a_bot(message):
            return
        t = texts(message.from_user.language_code if message.from_user else None)
        wish = wish_of(message, bot_id=bot.id, username=bot.username)
        if message.media_group_id:
            if wish and self._is_news(message):
                await answer(message, words.one_at_a_time(t))
            return
        if wish is None:
            if message.chat.type == "private" and (unasked := _unasked(t, message)):
                await answer(message, unasked)
            return
        to_question = _answers_our_question(message, bot.id)
        if refusal := _refusal(t, wish, bot.username, answers_our_question=to_question):
            await answer(message, refusal)
            return
        try:
            order = prompt.settle(flags.read(wish.text), references=len(wish.attached))
        except Mistake as mistake:
            await answer(message, words.mistake(t, mistake))
            return
        now = self.clock()
        task = new_task(
            key=f"message:{message.chat.id}:{message.message_id}",
            origin=origin_of(message),
            order=order,
            sources=tuple(one.file_id for one in wish.attached),
            now=now,
            slow_at=now + self.slow_after,
        )
        await self.pipeline.request(task)

    def _is_news(self, message: Message) -> bool:
        """Each picture of an album is a message of its own; one answer is enough for all."""
        album = (message.chat.id, message.media_group_id)
        if album in self.albums:
            return False
        self.albums.append(album)
        return True


def _is_from_a_bot(message: Message) -> bool:
    """Other bots, and results people sent with one; not those who speak as a group or channel."""
    user = message.from_user
    return message.via_bot is not None or bool(user and user.is_bot and message.sender_chat is None)


def _answers_our_question(message: Message, bot_id: int) -> bool:
    """A reply to "What shall I do with this picture?", through which the picture is out of sight."""
    original = message.reply_to_message
    if not original or not original.from_user or original.from_user.id != bot_id:
        return False
    return original.text in {words.no_caption(texts(language)) for language in languages()}


def _unasked(t: Texts, message: Message) -> str | None:
    """What to answer in private to a message that asks for nothing we do."""
    text = message.text or message.caption or ""
    if _COMMAND.match(text):
        return words.unknown_command(t)
    return words.not_for_me(t) if message.effective_attachment else None


def _refusal(t: Texts, wish: Wish, username: str, *, answers_our_question: bool) -> str | None:
    """Why this wish cannot even be tried, as far as one can see from here."""
    if any(not one.is_picture for one in wish.attached):
        return words.refusal(t, Reason.NOT_A_PICTURE)
    if any((one.size or 0) > DOWNLOAD_MAX for one in wish.attached):
        return words.refusal(t, Reason.REFERENCE_TOO_BIG)
    if not wish.text and wish.attached:
        return words.no_caption(t)
    if answers_our_question:
        return words.reply_to_the_picture(t)
    return None if wish.text else words.help_text(t, username)
