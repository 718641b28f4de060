"""Trouble on order: what the server shall do wrong, to which call, how often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of trouble for `times` calls of `method` ("*" is any, "file" a download).

    Several methods stand with "|" between them.
    With `before` the call has no effect; otherwise it takes effect and its answer is replaced.
    `status` and `description` make a JSON refusal, `body` an HTML page with that status,
    `close` drops the connection without an answer; with none of these the call is only held up:
    for `delay` seconds, and `until` somebody lets it go on.
    """

    method: str = "*"
    times: int = 1
    status: int = 0
    description: str = ""
    retry_after: int | None = None
    body: str | None = None
    close: bool = False
    delay: float = 0.0
    until: asyncio.Event | None = None
    before: bool = True
    chat_id: int | None = None

    def fits(self, method: str, chat_id: str) -> bool:
        """Whether this trouble is meant for that call."""
        named = self.method == "*" or method.lower() in self.method.lower().split("|")
        return named and (self.chat_id is None or str(self.chat_id) == chat_id)

    async def hold_up(self) -> None:
        """Return when the call may go on."""
        await asyncio.sleep(self.delay)
        if self.until is not None:
            await self.until.wait()

    @property
    def answers(self) -> bool:
        """Whether the true answer is replaced."""
        return self.close or bool(self.status)


@dataclass(slots=True)
class Faults:
    """The troubles still to come, first added first used. `listeners` hear of every change."""

    listeners: list[Callable[[], None]] = field(default_factory=list)
    _left: list[tuple[Fault, int]] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Order some trouble."""
        self._left.append((fault, fault.times))
        self._tell()

    def clear(self) -> None:
        """No more trouble."""
        self._left.clear()
        self._tell()

    @property
    def pending(self) -> tuple[tuple[Fault, int], ...]:
        """Each trouble with how often it is still going to happen."""
        return tuple(self._left)

    def take(self, method: str, chat_id: str) -> Fault | None:
        """The trouble for this call, used up once."""
        for place, (fault, times) in enumerate(self._left):
            if fault.fits(method, chat_id):
                if times > 1:
                    self._left[place] = (fault, times - 1)
                else:
                    del self._left[place]
                self._tell()
                return fault
        return None

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()
