"""The work of one machine: everything there is to do goes on side by side in this process."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Protocol

from bot.errors import Transient
from bot.wiring import House

log = logging.getLogger(__name__)

# Together these stay under the ten seconds most platforms give a process to end.
_INBOX_RESTS_WITHIN = 2.0
_ALBUMS_REST_WITHIN = 1.0
_WORKER_RESTS_WITHIN = 4.0
_SWEEP_EVERY = 3600.0


class Work(Protocol):
    """What this process does for people, beside opening its doors."""

    def loops(self) -> list[Coroutine[None, None, None]]:
        """What goes on until it is cancelled."""

    async def stop(self) -> None:
        """Begin nothing new; what is under way may finish, within bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMachine:
    house: House

    def loops(self) -> list[Coroutine[None, None, None]]:
        house = self.house
        return [
            house.inbox.run(),
            house.line.run(),
            house.albums.run(),
            house.worker.run(),
            house.notifying.run(),
            self._sweep(),
            house.reconciling.run(),
            house.watchman.run(),
            house.broadcasting.run(),
        ]

    async def stop(self) -> None:
        house = self.house
        await house.inbox.stop(within=_INBOX_RESTS_WITHIN)
        house.line.stop()
        await house.albums.stop(within=_ALBUMS_REST_WITHIN)
        await asyncio.gather(
            house.worker.stop(within=_WORKER_RESTS_WITHIN),
            house.watchman.stop(within=_WORKER_RESTS_WITHIN),
            house.broadcasting.stop(within=_WORKER_RESTS_WITHIN),
        )

    async def _sweep(self) -> None:
        """Throw away what has had its time, a bounded piece each time."""
        while True:
            try:
                await self.house.retention.sweep(self.house.clock())
            except (Transient, OSError) as error:
                log.warning("sweeping failed", extra={"detail": str(error)})
            await asyncio.sleep(_SWEEP_EVERY)
