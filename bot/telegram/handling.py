"""Handling one update: what its handlers do, and what becomes of it when they break.

An update whose handler breaks is tried again; after three times it is put aside and the person is
told. Trouble that passes (Telegram or the disk away) is waited for and does not count.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import Application, ContextTypes

from bot.errors import Transient
from bot.neighbours import StoredUpdate
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.failures import Trouble, trouble
from bot.telegram.speech import Speech

log = logging.getLogger(__name__)

TRIES_MAX = 3
# Between two attempts.
LONGEST_WAIT = 60.0


class Outcomes(Protocol):
    """The inbox on disk, for whoever handles what lies in it. Raises Transient."""

    async def done(self, update_id: int) -> None: ...
    async def failed(self, update_id: int, error: str, *, park: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`over`: handled, or put aside. Else it is to be tried again, after `wait` seconds where
    somebody named a wait; `tries` failed so far.
    """

    over: bool
    tries: int
    wait: float | None = None


class Handling:
    """`speech` finds the language of whoever has to be told about trouble."""

    def __init__(
        self,
        outcomes: Outcomes,
        application: Application[Any, Any, Any, Any, Any, Any],
        clock: Callable[[], datetime],
        speech: Speech,
    ) -> None:
        self._outcomes = outcomes
        self._application = application
        self._clock = clock
        self._speech = speech
        self._broken: dict[int, Exception] = {}
        # process_update swallows what handlers raise; this is the one way to hear of it.
        application.add_error_handler(self._note_error)

    async def attempt(self, stored: StoredUpdate, tries: int) -> Attempt:
        """Handle an update that has failed `tries` times, and note what came of it."""
        began = self._clock()
        error = await self._process(stored)
        took = (self._clock() - began).total_seconds()
        try:
            if error is None:
                await self._outcomes.done(stored.update_id)
                log.debug("update handled", extra={"update": stored.update_id, "seconds": took})
                return Attempt(over=True, tries=tries)
            tries += not _passes(error)
            await self._report(stored, error, tries)
            if tries >= TRIES_MAX:
                return Attempt(over=True, tries=tries)
        except Transient as failure:
            # Handled, but that could not be written: handling it again has no effect.
            log.warning("cannot note an update", extra={"detail": failure.detail})
        named = error.retry_after if isinstance(error, Transient) else None
        return Attempt(over=False, tries=tries, wait=named)

    async def _process(self, stored: StoredUpdate) -> Exception | None:
        try:
            update = Update.de_json(json.loads(stored.body), self._application.bot)
            await self._application.process_update(update)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this update's fault
            return error
        return self._broken.pop(stored.update_id, None)

    async def _note_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        if isinstance(update, Update) and context.error:
            self._broken[update.update_id] = context.error

    async def _report(self, stored: StoredUpdate, error: Exception, tries: int) -> None:
        about = {"update": stored.update_id, "tries": tries}
        if _passes(error):
            log.warning("update put off", extra={**about, "detail": str(error)})
            return
        park = tries >= TRIES_MAX
        log.error("update parked" if park else "update failed", exc_info=error, extra=about)
        await self._outcomes.failed(stored.update_id, repr(error)[:500], park=park)
        if park:
            await self._tell(stored)

    async def _tell(self, stored: StoredUpdate) -> None:
        """Nobody is left waiting for an answer that will not come."""
        try:
            update = Update.de_json(json.loads(stored.body), self._application.bot)
            message = update.message
            if isinstance(message, Message) and message.chat.type == "private":
                await answer(message, words.broken(await self._speech.to_sender(message)))
        except Exception as error:  # noqa: BLE001 - what broke the handler may break this too
            log.warning("cannot tell about a parked update", extra={"detail": repr(error)})


def _passes(error: Exception) -> bool:
    if isinstance(error, TelegramError):
        return trouble(error) is Trouble.PASSING
    return isinstance(error, Transient)
