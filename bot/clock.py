"""What time it is."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _wall() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """The clock on the wall, but it never goes back: set back, time goes on from where it was.

    What is due is due at a time, and an hour that comes twice would be an hour of silence.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall) -> None:
        self._wall = wall
        self._last, self._ticks = wall(), time.monotonic()

    def __call__(self) -> datetime:
        ticks = time.monotonic()
        steady = self._last + timedelta(seconds=ticks - self._ticks)
        self._last, self._ticks = max(self._wall(), steady), ticks
        return self._last


now = SteadyClock()
