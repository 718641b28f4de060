"""Sending a message to everybody, one chat after the other, as slowly as courtesy demands."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from telegram import InlineKeyboardMarkup, MessageEntity
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.broadcasts import Broadcast, Broadcasts, Stage
from bot.errors import Refused, Transient
from bot.origin import Origin
from bot.telegram import place, words_broadcast
from bot.telegram.desk import keyboard
from bot.telegram.place import Place
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

# How many chats are passed between two looks of the card, at some twenty a second.
_CARD_EVERY = 25
_TRY_AGAIN = 2.0
_LONGEST_WAIT = 60.0


@dataclass(slots=True, kw_only=True)
class Broadcasting:
    """One process sends by `run`; where many do, `came` hears that something is to be sent, and
    whoever's turn it is sends some of it.
    """

    bot: ExtBot[Any]
    broadcasts: Broadcasts
    speech: Speech
    came: Callable[[], None] | None = None
    _begun: asyncio.Event = field(default_factory=asyncio.Event)
    _at_work: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Something is to be sent."""
        self._begun.set()
        if self.came:
            self.came()

    async def send_some(self) -> bool:
        """Send to some chats more; returns whether there are others. Raises Transient."""
        for _ in range(_CARD_EVERY):
            one = None if self._stopping.is_set() else await self.broadcasts.running()
            if one is None:
                return False
            await self._step(one)
        return True

    async def run(self) -> None:
        """Send what is to be sent, also what was begun before a restart, until `stop`."""
        self._begun.set()
        while not self._stopping.is_set():
            await self._begun.wait()
            self._begun.clear()
            try:
                while not self._stopping.is_set() and (one := await self.broadcasts.running()):
                    async with self._at_work:
                        await self._step(one)
            except Transient as failure:
                log.warning("broadcast put off", extra={"detail": str(failure)})
                self._begun.set()
                await asyncio.sleep(min(failure.retry_after or _TRY_AGAIN, _LONGEST_WAIT))

    async def stop(self, *, within: float) -> None:
        """Let the chat that is being sent to be noted: after the next start it is not its turn."""
        self._stopping.set()
        self._begun.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._at_work:
                pass

    async def _step(self, one: Broadcast) -> None:
        """One chat more. Raises Transient: it is this chat's turn again then."""
        chat = await self.broadcasts.next_chat(one.position)
        if chat is None:
            await self.broadcasts.end(one.id, Stage.DONE)
            log.info("broadcast sent", extra={"reached": one.reached, "closed": one.closed})
            now = await self.broadcasts.get(one.id)
        else:
            reached = await send(self.bot, one, chat, Kind.COURTESY)
            now = await self.broadcasts.passed(one.id, chat, reached=reached)
        if now and (chat is None or (now.reached + now.closed) % _CARD_EVERY == 0):
            await self._show(now)

    async def _show(self, one: Broadcast) -> None:
        """A courtesy: the next one says more."""
        t = await self.speech.to_origin(Origin(chat=one.chat, message=0, person=one.chat))
        kind = Kind.COURTESY if one.stage is Stage.RUNNING else Kind.ANSWER
        try:
            await self.bot.edit_message_text(
                words_broadcast.progress(t, one),
                chat_id=one.chat,
                message_id=one.card,
                reply_markup=buttons(t, one),
                rate_limit_args=kind,
            )
        except TelegramError as error:
            log.info("card not changed", extra={"detail": error.message})


async def send(bot: ExtBot[Any], one: Broadcast, chat: int, kind: Kind) -> bool:
    """Returns whether the chat has it. Raises Transient."""
    try:
        await place.send(
            Place(chat),
            lambda there: bot.send_message(
                text=one.text,
                entities=entities_of(one.entities) or None,
                rate_limit_args=kind,
                **there.parameters(),
            ),
        )
    except (Refused, TelegramError) as error:
        # What is closed is known as such from now on, and asked no more.
        log.info("not reached", extra={"chat": chat, "detail": str(error)})
        return False
    return True


def buttons(t: Texts, one: Broadcast) -> InlineKeyboardMarkup | None:
    if one.stage is not Stage.RUNNING:
        return None
    return keyboard([[(words_broadcast.stop_button(t), f"desk:broadcast:{one.id}:stop")]])


def entities_of(written: str) -> list[MessageEntity]:
    return [MessageEntity.de_json(one) for one in json.loads(written)]


def as_written(entities: Sequence[MessageEntity]) -> str:
    return json.dumps([one.to_dict() for one in entities])
