"""A loop whose time leaps to whatever happens next: days pass in no time, always the same way."""

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class _Leaper(selectors.DefaultSelector):
    """Instead of waiting, it says that the time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("whoever is waited for will never come")
        self.now += max(timeout, 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its time is seconds since `START`, and stands still while anything can be done."""

    def __init__(self) -> None:
        self._leaper = _Leaper()
        super().__init__(self._leaper)
        # The system's own is finer than what a float of some days can tell apart.
        self._clock_resolution = 1e-7

    def time(self) -> float:
        return self._leaper.now

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.time())

    def leap(self, seconds: float) -> None:
        """The time is gone, and nobody was awake: what was to happen meanwhile happens late."""
        self._leaper.now += max(seconds, 0.0)
