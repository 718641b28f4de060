"""The bot process in the hands of a person: stopped, started, restarted, killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol


class Runnable(Protocol):
    """A process of the bot, see `process.BotProcess`."""

    lines: list[dict[str, Any]]
    line_listeners: list[Callable[[dict[str, Any]], None]]
    end_listeners: list[Callable[[], None]]

    @property
    def running(self) -> bool: ...

    async def start(self) -> None: ...

    async def kill(self) -> None: ...

    async def terminate(self) -> int: ...


class Control:
    """One order at a time; `listeners` hear when the bot runs or does not.

    A killed bot is started again after `revive_seconds`, as a supervisor would do it.
    """

    def __init__(self, process: Runnable, *, revive_seconds: float = 1.0) -> None:
        self.restarts = 0
        self.listeners: list[Callable[[], None]] = []
        self._process = process
        self._revive_seconds = revive_seconds
        self._one_at_a_time = asyncio.Lock()
        self._reviving: asyncio.Task[None] | None = None
        process.end_listeners.append(self._tell)

    @property
    def running(self) -> bool:
        return self._process.running

    async def do(self, action: str) -> bool:
        """restart, kill, stop or start; whether the bot runs now.

        Raises RuntimeError or TimeoutError when it does not start.
        """
        orders = {"restart": self._restart, "kill": self._kill, "stop": self._stop}
        async with self._one_at_a_time:
            await self._calm()
            await orders.get(action, self._start)()
        return self.running

    async def close(self) -> None:
        """Start nothing any more."""
        await self._calm()

    async def _restart(self) -> None:
        await self._process.terminate()
        await self._start()

    async def _stop(self) -> None:
        await self._process.terminate()

    async def _start(self) -> None:
        if self.running:
            return
        await self._process.start()
        self.restarts += 1
        self._tell()

    async def _kill(self) -> None:
        await self._process.kill()
        self._reviving = asyncio.create_task(self._revive())

    async def _revive(self) -> None:
        await asyncio.sleep(self._revive_seconds)
        try:
            await self._start()
        except (RuntimeError, TimeoutError):
            self._tell()

    async def _calm(self) -> None:
        reviving, self._reviving = self._reviving, None
        if reviving is not None:
            reviving.cancel()
            await asyncio.gather(reviving, return_exceptions=True)

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()
