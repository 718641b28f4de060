"""Where a message goes, and the ladder of places when the first is no longer there.

Reply in the topic, then without the reply, then without the topic; a chat that has moved is
followed. What is wrong with the message itself is left to the caller.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from telegram import Message, ReplyParameters
from telegram.error import ChatMigrated, TelegramError

from bot.errors import Reason, Refused, Transient, Unclear
from bot.telegram.failures import Trouble, passing, trouble

T = TypeVar("T")

# Seconds. A chat takes about one message a second; ten pictures are worth that wait.
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, perhaps a forum topic in it, perhaps a message to reply to."""

    chat: int
    topic: int | None = None
    reply_to: int | None = None

    def parameters(self) -> dict[str, Any]:
        """What every send method of the Bot API takes."""
        reply = None
        if self.reply_to is not None:
            reply = ReplyParameters(self.reply_to, allow_sending_without_reply=True)
        return {
            "chat_id": self.chat,
            "message_thread_id": self.topic,
            "reply_parameters": reply,
        }


async def send(place: Place, call: Callable[[Place], Awaitable[T]]) -> T:
    """Call with a place until it fits.

    Raises Refused when the chat is closed to us, Transient when it may work later, and the
    TelegramError itself when the message is at fault: another kind may be welcome there.
    """
    while True:
        try:
            return await call(place)
        except ChatMigrated as moved:
            # Message ids do not move along.
            place = Place(moved.new_chat_id)
        except TelegramError as error:
            place = _next(place, error)


async def send_patiently(place: Place, call: Callable[[Place], Awaitable[T]]) -> T:
    """The same, but a short wait is slept through."""
    return await patiently(lambda: send(place, call))


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """A short wait is slept through: one of several messages, or one after others, must not be the
    reason to send those again. Raises what else `call` does.
    """
    while True:
        try:
            return await call()
        except Transient as failure:
            wait = failure.retry_after
            if isinstance(failure, Unclear) or wait is None or wait > _PATIENCE:
                raise
            await asyncio.sleep(wait)


def _next(place: Place, error: TelegramError) -> Place:
    kind = trouble(error)
    if kind is Trouble.REPLY_GONE and place.reply_to is not None:
        return replace(place, reply_to=None)
    if kind is Trouble.TOPIC_GONE and (place.topic, place.reply_to) != (None, None):
        return replace(place, topic=None, reply_to=None)
    if kind is Trouble.PASSING:
        raise passing(error) from error
    if kind in (Trouble.CLOSED, Trouble.TOPIC_GONE):
        raise Refused(Reason.UNDELIVERABLE, error.message) from error
    raise error


def of(message: Message) -> Place:
    """The place of an answer to this message."""
    topic = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat.id, topic, message.message_id)
