"""The inbox: every update is on disk before it is acknowledged, and handled from there.

In order within a chat, side by side across chats. An update whose handler breaks is tried
again; after three times it is put aside and the person is told. Trouble that passes (Telegram or
the disk away) is waited for and does not count.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import Application, ContextTypes

from bot.errors import Transient
from bot.neighbours import StoredUpdate
from bot.telegram import words
from bot.telegram.answers import answer
from bot.telegram.failures import Trouble, backoff, trouble
from bot.telegram.speech import Speech
from bot.telegram.urgent import Urgent

log = logging.getLogger(__name__)

TRIES_MAX = 3
_AT_ONCE = 64
_LONGEST_WAIT = 60.0

# Like the server's own queues: one per chat for messages, one per person for the rest.
_BY_CHAT = ("message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member")


class NotAnUpdate(ValueError):
    """Bytes that are not a Telegram update; the text says why."""


class Updates(Protocol):
    """The inbox on disk."""

    async def add(self, updates: Sequence[StoredUpdate], now: datetime) -> int: ...
    async def heads(self, limit: int) -> list[StoredUpdate]: ...
    async def done(self, update_id: int) -> None: ...
    async def failed(self, update_id: int, error: str, *, park: bool) -> None: ...


class Inbox:
    """`speech` finds the language of whoever has to be told about trouble; `urgent` takes what
    cannot wait for its turn.

    `pause` is the wait in seconds after the first failure; it doubles with each more.
    """

    def __init__(
        self,
        updates: Updates,
        application: Application[Any, Any, Any, Any, Any, Any],
        clock: Callable[[], datetime],
        *,
        speech: Speech,
        urgent: Urgent | None = None,
        pause: float = 1.0,
    ) -> None:
        self._updates = updates
        self._application = application
        self._clock = clock
        self._speech = speech
        self._urgent = urgent
        self._pause = pause
        self._handling: dict[str, asyncio.Task[None]] = {}
        # How many of those have to wait before they try again; they take nobody's place.
        self._put_off = 0
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._ended: set[int] = set()
        self._broken: dict[int, Exception] = {}
        self._news = asyncio.Event()
        self._stopping = False
        # process_update swallows what handlers raise; this is the one way to hear of it.
        application.add_error_handler(self._note_error)

    async def accept(self, bodies: Sequence[bytes]) -> int:
        """Write updates down; on disk when this returns. Returns how many were new.

        Raises NotAnUpdate, and Transient when they could not be written.
        """
        updates = [read(body) for body in bodies]
        if urgent := self._urgent:
            updates = [one for one in updates if not urgent.takes(one)]
        new = await self._updates.add(updates, self._clock()) if updates else 0
        if new:
            self._news.set()
        return new

    async def run(self) -> None:
        """Handle what is waiting until `stop` is called."""
        while not self._stopping:
            self._news.clear()
            wait: float | None = None
            try:
                await self._begin_waiting()
            except Transient as failure:
                log.warning("cannot read the inbox", extra={"detail": failure.detail})
                wait = self._pause
            try:
                async with asyncio.timeout(wait):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def stop(self, *, within: float) -> None:
        """Begin nothing new; what is being handled may finish, or is handled after the next start."""
        self._stopping = True
        self._news.set()
        if self._urgent:
            await self._urgent.stop(within=within)
        handling = list(self._handling.values())
        if handling:
            await asyncio.wait(handling, timeout=within)
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)

    async def _begin_waiting(self) -> None:
        if self._at_work >= _AT_ONCE:
            return
        self._ended.clear()
        for head in await self._updates.heads(_AT_ONCE + len(self._handling)):
            if head.update_id in self._ended:
                # It was handled while we were reading, so what we read of it is old.
                continue
            if head.queue not in self._handling and self._at_work < _AT_ONCE:
                self._handling[head.queue] = asyncio.create_task(self._handle(head))

    @property
    def put_off(self) -> int:
        """How many updates have failed and wait on purpose before they are tried again."""
        return self._put_off

    @property
    def _at_work(self) -> int:
        return len(self._handling) - self._put_off

    async def _handle(self, stored: StoredUpdate) -> None:
        """Handle one update until it is done or put aside."""
        try:
            tries, failures = stored.tries, 0
            while not self._stopping:
                async with self._room:
                    began = self._clock()
                    error = await self._process(stored)
                    took = (self._clock() - began).total_seconds()
                try:
                    if error is None:
                        await self._updates.done(stored.update_id)
                        about = {"update": stored.update_id, "seconds": took}
                        log.debug("update handled", extra=about)
                        return
                    passes = _passes(error)
                    tries += not passes
                    await self._report(stored, error, tries)
                    if tries >= TRIES_MAX:
                        return
                except Transient as failure:
                    # Handled, but that could not be written: handling it again has no effect.
                    log.warning("cannot note an update", extra={"detail": failure.detail})
                named = error.retry_after if isinstance(error, Transient) else None
                failures += 1
                wait = backoff(failures, first=self._pause, longest=_LONGEST_WAIT)
                await self._wait(named or wait)
        finally:
            del self._handling[stored.queue]
            self._ended.add(stored.update_id)
            self._news.set()

    async def _wait(self, seconds: float) -> None:
        self._put_off += 1
        self._news.set()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._put_off -= 1

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
        await self._updates.failed(stored.update_id, repr(error)[:500], park=park)
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


def read(body: bytes) -> StoredUpdate:
    """The id and the queue of an update. Raises NotAnUpdate."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAnUpdate("the body is not JSON") from error
    if not isinstance(update, dict):
        raise NotAnUpdate("the body is not an object")
    update_id = update.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not 0 <= update_id < 2**53:
        raise NotAnUpdate("update_id: must be a whole number")
    return StoredUpdate(update_id=update_id, queue=queue_of(update), body=body)


def queue_of(update: dict[str, Any]) -> str:
    """Whose turn an update has to wait for."""
    for kind, content in update.items():
        if isinstance(content, dict):
            place, who = ("chat", "chat") if kind in _BY_CHAT else (kind, "from")
            owner = content.get(who)
            number = owner.get("id") if isinstance(owner, dict) else None
            if isinstance(number, int):
                return f"{place}:{number}"
            return kind if kind.isascii() else "unknown"
    return "unknown"


def _passes(error: Exception) -> bool:
    if isinstance(error, TelegramError):
        return trouble(error) is Trouble.PASSING
    return isinstance(error, Transient)
