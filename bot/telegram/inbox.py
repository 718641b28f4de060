"""The inbox: every update is on disk before it is acknowledged, and handled from there.

In order within a chat, in a group within what each member says there; side by side beyond that.
One process handles what lies here by `run`; where many do, `came` hears whose turn it is, and they
take turns.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from telegram.ext import Application

from bot.errors import Transient
from bot.neighbours import StoredUpdate
from bot.telegram.failures import backoff
from bot.telegram.handling import LONGEST_WAIT, Handling, Outcomes
from bot.telegram.speech import Speech
from bot.telegram.urgent import Urgent

log = logging.getLogger(__name__)

_AT_ONCE = 64

# Like the server's own queues: one per chat for messages, one per person for the rest. Only in
# groups each member has one: whoever says very much keeps nobody else waiting.
_BY_CHAT = ("message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member")


class NotAnUpdate(ValueError):
    """Bytes that are not a Telegram update; the text says why."""


class Updates(Outcomes, Protocol):
    """The inbox on disk."""

    async def add(self, updates: Sequence[StoredUpdate], now: datetime) -> int: ...
    async def heads(self, limit: int) -> list[StoredUpdate]: ...
    async def head(self, queue: str) -> StoredUpdate | None: ...


class Inbox:
    """`speech` finds the language of whoever has to be told about trouble; `urgent` takes what
    cannot wait for its turn; `came` hears of the queues something has come into.

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
        came: Callable[[str], None] | None = None,
        pause: float = 1.0,
    ) -> None:
        self.updates = updates
        self.handling = Handling(updates, application, clock, speech)
        self._clock = clock
        self._urgent = urgent
        self._came = came
        self._pause = pause
        self._at_hand: dict[str, asyncio.Task[None]] = {}
        # How many of those have to wait before they try again; they take nobody's place.
        self._put_off = 0
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._ended: set[int] = set()
        self._news = asyncio.Event()
        self._stopping = False

    async def accept(self, bodies: Sequence[bytes]) -> int:
        """Write updates down; on disk when this returns. Returns how many were new.

        Raises NotAnUpdate, and Transient when they could not be written.
        """
        updates = [read(body) for body in bodies]
        if urgent := self._urgent:
            updates = [one for one in updates if not urgent.takes(one)]
        new = await self.updates.add(updates, self._clock()) if updates else 0
        if new:
            self._news.set()
            if self._came:
                for queue in {one.queue for one in updates}:
                    self._came(queue)
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
        resting = [self._rest(within)]
        if self._urgent:
            resting.append(self._urgent.stop(within=within))
        await asyncio.gather(*resting)

    async def _rest(self, within: float) -> None:
        handling = list(self._at_hand.values())
        if handling:
            await asyncio.wait(handling, timeout=within)
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)

    async def _begin_waiting(self) -> None:
        if self._at_work >= _AT_ONCE:
            return
        self._ended.clear()
        for head in await self.updates.heads(_AT_ONCE + len(self._at_hand)):
            if head.update_id in self._ended:
                # It was handled while we were reading, so what we read of it is old.
                continue
            if head.queue not in self._at_hand and self._at_work < _AT_ONCE:
                self._at_hand[head.queue] = asyncio.create_task(self._handle(head))

    @property
    def put_off(self) -> int:
        """How many updates have failed and wait on purpose before they are tried again."""
        return self._put_off

    @property
    def _at_work(self) -> int:
        return len(self._at_hand) - self._put_off

    async def _handle(self, stored: StoredUpdate) -> None:
        """Handle one update until it is done or put aside."""
        try:
            tries, failures = stored.tries, 0
            while not self._stopping:
                async with self._room:
                    attempt = await self.handling.attempt(stored, tries)
                if attempt.over:
                    return
                tries = attempt.tries
                failures += 1
                wait = backoff(failures, first=self._pause, longest=LONGEST_WAIT)
                await self._wait(attempt.wait or wait)
        finally:
            del self._at_hand[stored.queue]
            self._ended.add(stored.update_id)
            self._news.set()

    async def _wait(self, seconds: float) -> None:
        self._put_off += 1
        self._news.set()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._put_off -= 1


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
            if not isinstance(number, int):
                return kind if kind.isascii() else "unknown"
            member = _member(content) if place == "chat" and number < 0 else ""
            return f"{place}:{number}{member}"
    return "unknown"


def _member(content: dict[str, Any]) -> str:
    """Who of a group or channel it is; whoever writes in its name is nobody in particular."""
    sender = content.get("from")
    number = sender.get("id") if isinstance(sender, dict) else None
    return f":{number}" if isinstance(number, int) else ""
