"""Asking people back: a message that opens their keyboard, and finding what a reply answers."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telegram import Bot, ForceReply, InlineKeyboardMarkup, Message, MessageEntity
from telegram.error import TelegramError

from bot.errors import Refused
from bot.questions import Question, Questions, Topic, last_in
from bot.telegram import place
from bot.telegram.place import Place
from bot.telegram.wishes import COMMAND, key_of

log = logging.getLogger(__name__)

# https://core.telegram.org/bots/api#forcereply
_PLACEHOLDER_MAX = 64
# Whoever answers later than this without a reply may well mean something else.
_ANSWERED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiries:
    questions: Questions
    clock: Callable[[], datetime]

    async def ask(
        self,
        bot: Bot,
        question: Question,
        text: str,
        *,
        topic: int | None = None,
        buttons: InlineKeyboardMarkup | None = None,
        hint: str = "",
        entities: Sequence[MessageEntity] = (),
    ) -> Question | None:
        """Ask in reply to `question.asker`; None where nothing may be said.

        Nor where whoever is asked was forgotten meanwhile. Without `buttons` the person's keyboard
        opens, with `hint` in its empty line; in a group that takes a mention of them in
        `entities`, unless the asker is theirs. In private there is nobody else to spare, and what
        is asked about is often a message of our own. What is
        asked is on disk before it is said, so no answer can come too early. Raises Transient.
        """
        await self.questions.put(question, self.clock())
        if question.chat == question.person:
            await self.questions.drop(last_in(question.chat))
            await self.questions.put(question.pointer(), self.clock())
        markup = buttons or ForceReply(
            selective=question.chat < 0, input_field_placeholder=hint[:_PLACEHOLDER_MAX] or None
        )
        try:
            sent = await place.send(
                Place(question.chat, topic, question.asker),
                lambda where: bot.send_message(
                    text=text, entities=entities, reply_markup=markup, **where.parameters()
                ),
            )
        except (Refused, TelegramError):
            await self.questions.drop(question.id)
            return None
        asked = replace(question, chat=sent.chat.id, message=sent.message_id)
        asked = asked.with_more(said=sent.date.isoformat())
        if asked.chat != question.chat:
            # The numbers of messages do not move along with a group.
            asked = replace(asked, asker=sent.message_id)
        if not await self.questions.note(asked):
            await self._take_away(bot, asked.chat, sent.message_id)
            return None
        return asked

    async def answered_by(self, message: Message) -> Question | None:
        """The question this message replies to; in private, plain words answer the last one, if
        that is open and was asked just now. Raises Transient.
        """
        original = message.reply_to_message
        if original is None:
            return await self._answered_in_plain_words(message)
        if not original.from_user or not original.from_user.is_bot:
            return None
        return await self.questions.at(message.chat.id, original.message_id)

    async def overtaken(self, message: Message) -> None:
        """Something else is asked for here, so what is said next in plain words is no answer.

        Raises Transient.
        """
        if await self._before(message):
            await self.questions.drop(last_in(message.chat.id))

    async def _before(self, message: Message) -> Question | None:
        """The last question of a private chat, if this message came after it."""
        if message.chat.type != "private":
            return None
        pointer = await self.questions.get(last_in(message.chat.id))
        question = await self.questions.get(pointer.more["last"]) if pointer else None
        if question is None or question.message is None:
            return None
        return question if question.message < message.message_id else None

    async def _answered_in_plain_words(self, message: Message) -> Question | None:
        if not message.text or COMMAND.match(message.text):
            return None
        question = await self._before(message)
        # A list to confirm is answered by its buttons.
        if question is None or question.topic is Topic.CONFIRM:
            return None
        # This very message may have answered it, and be handled again.
        is_open = question.answered in (None, key_of(message))
        # Both moments are Telegram's, so a message that waits for us does not grow old.
        waited = message.date - datetime.fromisoformat(question.more["said"])
        return question if is_open and waited <= _ANSWERED_WITHIN else None

    async def add_buttons(
        self, bot: Bot, question: Question, text: str, buttons: InlineKeyboardMarkup
    ) -> None:
        """A second message under the question, as one holds one kind of keyboard only."""
        try:
            sent = await place.send(
                Place(question.chat, question.more.get("topic")),
                lambda where: bot.send_message(
                    text=text, reply_markup=buttons, **where.parameters()
                ),
            )
        except (Refused, TelegramError) as error:
            log.info("question without buttons", extra={"detail": str(error)})
            return
        if not await self.questions.note(question.with_more(buttons=sent.message_id)):
            await self._take_away(bot, sent.chat.id, sent.message_id)

    async def close(self, bot: Bot, question: Question, answer: str) -> None:
        """Note what answered the question, and take its messages away. Raises Transient.

        It stays on disk for a while, so that a second answer is known for what it is.
        """
        await self.questions.note(question.with_more(answered=answer))
        for message in (question.message, question.more.get("buttons")):
            if message is not None:
                await self._take_away(bot, question.chat, message)

    async def _take_away(self, bot: Bot, chat: int, message: int) -> None:
        """Delete a message; what is too old for that keeps its words without the buttons."""
        try:
            await bot.delete_message(chat, message)
        except TelegramError as error:
            log.info("question stays", extra={"chat": chat, "detail": error.message})
            with suppress(TelegramError):
                await bot.edit_message_reply_markup(chat, message)
