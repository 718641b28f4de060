"""Which messages may go: decided by this process alone, or by all processes of the bot together.

A short wait is slept through, a long one is raised as RetryAfter.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Protocol

from telegram.error import RetryAfter

from bot.errors import Transient
from bot.pace import SharedPace, Turn, Window
from bot.telegram.traffic import Kind, Limit, Pace, Traffic

log = logging.getLogger(__name__)

_SLEPT_THROUGH = 1.5
# Telegram counts what arrives, and what leaves several machines one after the other does not
# arrive like that.
SPACING = 0.1


class Admission(Protocol):
    """One call that goes to a chat, with `count` messages if it is an album."""

    async def admit(self, chat_id: int, kind: Kind, count: int) -> Turn:
        """Returns when it may go, and counts it. Raises RetryAfter when that is not soon, and
        Transient when nobody can say.
        """

    async def taken_back(self, chat_id: int, count: int, turn: Turn) -> None:
        """It was refused, so its messages were never sent."""

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Telegram named a wait for this chat."""


class Alone:
    """This is the only process."""

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._traffic = Traffic(pace)
        self._clock = clock

    async def admit(self, chat_id: int, kind: Kind, count: int) -> Turn:
        while wait := self._traffic.wait(chat_id, kind, self._clock()):
            if wait > _patience(kind):
                raise RetryAfter(timedelta(seconds=wait))
            await asyncio.sleep(wait)
        now = self._clock()
        self._traffic.sent(chat_id, count, now)
        return Turn(at=now, wait=0.0, taken=True)

    async def taken_back(self, chat_id: int, count: int, turn: Turn) -> None:  # noqa: ARG002 - the latest goes
        self._traffic.taken_back(chat_id, count)

    async def pause(self, chat_id: int, seconds: float) -> None:
        self._traffic.pause(chat_id, seconds, self._clock())


class Together:
    """There are others. What is slept through is taken before, so nobody asks twice."""

    def __init__(self, pace: Pace, shared: SharedPace) -> None:
        self._pace = pace
        self._shared = shared

    async def admit(self, chat_id: int, kind: Kind, count: int) -> Turn:
        windows = self._windows(chat_id, kind, count)
        turn = await self._shared.take(windows, ahead=_patience(kind))
        if not turn.taken:
            raise RetryAfter(timedelta(seconds=turn.wait))
        if turn.wait:
            await asyncio.sleep(turn.wait)
        return turn

    async def taken_back(self, chat_id: int, count: int, turn: Turn) -> None:
        windows = self._windows(chat_id, Kind.RESULT, count)
        await _noted(chat_id, self._shared.give_back(windows, turn))

    async def pause(self, chat_id: int, seconds: float) -> None:
        window = _window(_chat(chat_id), self._pace.any_chat, Kind.RESULT)
        await _noted(chat_id, self._shared.pause(window, seconds))

    def _windows(self, chat_id: int, kind: Kind, count: int) -> list[Window]:
        pace = self._pace
        windows = [
            _window("telegram", pace.overall, kind),
            _window(_chat(chat_id), pace.in_chat(chat_id), kind),
        ]
        if chat_id < 0:
            windows.append(_window(f"group:{chat_id}", pace.group, kind, count))
        return windows


def _patience(kind: Kind) -> float:
    return 0.0 if kind is Kind.COURTESY else _SLEPT_THROUGH


def _chat(chat_id: int) -> str:
    return f"chat:{chat_id}"


def _window(name: str, limit: Limit, kind: Kind, takes: int = 1) -> Window:
    room = limit.count - limit.spare.get(kind, 0)
    seconds = limit.seconds + SPACING
    return Window(name=name, count=limit.count, seconds=seconds, room=room, takes=takes)


async def _noted(chat_id: int, noting: Coroutine[Any, Any, None]) -> None:
    """What Telegram has answered counts, whether the others hear of it or not."""
    try:
        await noting
    except Transient as failure:
        log.warning("pace not noted", extra={"chat": chat_id, "detail": failure.detail})
