"""Asking people back: a message that opens their keyboard, and finding what a reply answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from telegram import Bot, ForceReply, InlineKeyboardMarkup, Message, MessageEntity
from telegram.error import TelegramError

from bot.errors import Refused
from bot.questions import Question, Questions
from bot.telegram import place
from bot.telegram.place import Place

# https://core.telegram.org/bots/api#forcereply
_PLACEHOLDER_MAX = 64


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

        Without `buttons` the person's keyboard opens, with `hint` in its empty line; in a group
        that takes a mention of them in `entities`, unless the asker is theirs. What is
        asked is on disk before it is said, so no answer can come too early. Raises Transient.
        """
        await self.questions.put(question, self.clock())
        markup = buttons or ForceReply(
            selective=True, input_field_placeholder=hint[:_PLACEHOLDER_MAX] or None
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
        await self.questions.put(asked, self.clock())
        return asked

    async def answered_by(self, message: Message) -> Question | None:
        """The question this message replies to. Raises Transient."""
        original = message.reply_to_message
        if original is None or not original.from_user or not original.from_user.is_bot:
            return None
        return await self.questions.at(message.chat.id, original.message_id)
