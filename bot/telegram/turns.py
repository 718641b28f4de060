"""Taking turns at the inbox: many processes handle it, one chat's updates one after the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.neighbours import StoredUpdate
from bot.telegram.failures import backoff
from bot.telegram.handling import LONGEST_WAIT, Handling

# Another process may have gone on with a queue that failed here; so many are remembered.
_REMEMBERED_MAX = 10_000


class Heads(Protocol):
    async def head(self, queue: str) -> StoredUpdate | None:
        """The first waiting update of a queue. Raises Transient."""


class Turns:
    """`pause` is the wait in seconds after the first failure; it doubles with each more."""

    def __init__(
        self,
        heads: Heads,
        handling: Handling,
        clock: Callable[[], datetime],
        *,
        pause: float = 1.0,
    ) -> None:
        self._heads = heads
        self._handling = handling
        self._clock = clock
        self._pause = pause
        self._failures: dict[str, int] = {}

    async def take(self, queue: str) -> datetime | None:
        """Handle what waits in this queue, in order; returns when it is to be tried again.

        Raises Transient.
        """
        while stored := await self._heads.head(queue):
            attempt = await self._handling.attempt(stored, stored.tries)
            if attempt.over:
                self._failures.pop(queue, None)
                continue
            if len(self._failures) >= _REMEMBERED_MAX:
                self._failures.clear()
            failures = self._failures[queue] = self._failures.get(queue, 0) + 1
            wait = backoff(failures, first=self._pause, longest=LONGEST_WAIT)
            return self._clock() + timedelta(seconds=attempt.wait or wait)
        return None
