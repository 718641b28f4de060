"""/broadcast: a message to everybody, looked at first, tried out, sent, and stopped."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Message, MessageEntity, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.broadcasts import Broadcast, Broadcasts, Stage
from bot.telegram import words_broadcast as words
from bot.telegram.answers import answer
from bot.telegram.broadcasting import Broadcasting, as_written, buttons, send
from bot.telegram.desk import keyboard
from bot.telegram.lengths import utf16_length
from bot.telegram.operators import Operators, rest_of
from bot.telegram.pages import Page, show, turn
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.rich import Rich
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

_BUTTON = re.compile(r"desk:broadcast:(?P<number>[0-9]{1,15}):(?P<what>test|send|drop|stop)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskBroadcast:
    operators: Operators
    broadcasts: Broadcasts
    broadcasting: Broadcasting
    taps: Taps
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("broadcast", self.on_command, filters=self.operators.said),
            CallbackQueryHandler(self.on_press, pattern=_BUTTON),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t, (text, entities) = await self.speech.to_sender(message), said(message)
        if not text:
            await answer(message, words.usage(t))
            return
        key = f"{message.chat.id}:{message.message_id}"
        draft = await self.broadcasts.draft(
            key, message.chat.id, text, as_written(entities), self.clock()
        )
        audience = await self.broadcasts.audience()
        about = f"desk:broadcast:{draft.id}"
        rows = [
            [(words.test_button(t), f"{about}:test"), (words.discard_button(t), f"{about}:drop")],
            [(words.send_button(t), f"{about}:send")],
        ]
        await show(message, Page(Rich(words.preview(t, audience)), keyboard(rows)))

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.operators.pressed(update, _BUTTON)
        if pressed is None:
            return
        query, button = pressed
        await acknowledge(query)
        one = await self.broadcasts.get(int(button["number"]))
        message = query.message
        if one is None or message is None:
            return
        t, what = await self.speech.to_presser(query), button["what"]
        if what == "test":
            if await self.taps.is_first(query):
                await send(context.bot, one, query.from_user.id, Kind.ANSWER)
            return
        if what == "send":
            await self.broadcasts.start(one.id, message.message_id)
            self.broadcasting.begin()
        else:
            await self.broadcasts.end(one.id, Stage.STOPPED)
        log.info("broadcast", extra={"what": what, "operator": query.from_user.id})
        await turn(context.bot, query, _page(t, await self.broadcasts.get(one.id) or one))


def _page(t: Texts, one: Broadcast) -> Page:
    return Page(Rich(words.progress(t, one)), buttons(t, one))


def said(message: Message) -> tuple[str, list[MessageEntity]]:
    """The text for everybody: behind the command, or in the message it answers."""
    if rest := rest_of(message):
        text = message.text or ""
        before = utf16_length(text[: text.rindex(rest)])
        behind = [one for one in message.entities if one.offset >= before]
        return rest, [_moved(one, before) for one in behind]
    original = message.reply_to_message
    if original is None or original.text is None:
        return "", []
    return original.text, list(original.entities)


def _moved(entity: MessageEntity, by: int) -> MessageEntity:
    return MessageEntity(
        entity.type,
        entity.offset - by,
        entity.length,
        url=entity.url,
        user=entity.user,
        language=entity.language,
        custom_emoji_id=entity.custom_emoji_id,
    )
