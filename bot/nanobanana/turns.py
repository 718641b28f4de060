"""Whose turn it is to submit to the generator: in this process, or in all of them together."""

import asyncio
from math import inf
from typing import Protocol

from pyrate_limiter import Limiter, Rate

from bot.pace import SharedPace, Window

# Between a turn and its request something is written to the database. A machine that is overloaded
# takes half a second for that while another one is quick, and the generator counts what arrives.
SPACING = 0.7


class Turns(Protocol):
    async def next(self) -> None:
        """Wait for the next turn, and take it."""

    def close(self) -> None: ...


class OwnTurns:
    """This is the only process."""

    def __init__(self, rate: Rate) -> None:
        self._limiter = Limiter(rate)

    async def next(self) -> None:
        await self._limiter.try_acquire_async("createTask")

    def close(self) -> None:
        self._limiter.close()


class SharedTurns:
    """There are others. A turn is taken ahead, however long it is until then: everybody asks once,
    and goes in the order in which they asked.
    """

    def __init__(self, rate: Rate, shared: SharedPace) -> None:
        self._shared = shared
        seconds = rate.interval / 1000 + SPACING
        self._window = Window(name="createTask", count=rate.limit, seconds=seconds, room=rate.limit)

    async def next(self) -> None:
        """Raises Transient when nobody can say whose turn it is."""
        turn = await self._shared.take([self._window], ahead=inf)
        await asyncio.sleep(turn.wait)

    def close(self) -> None:
        """Nothing is held."""
