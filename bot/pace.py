"""What may happen so many times in so many seconds, however many processes do it.

Where there is only one process it keeps such limits by itself, and nobody asks for this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """`count` in any `seconds`, counted under this name. Whoever asks with less `room` leaves the
    rest to others. `takes`: how many of them one turn is.
    """

    name: str
    count: int
    seconds: float
    room: int
    takes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """It is `wait` seconds from now, and ours if `taken`; else somebody else may be quicker.
    `at` is for whoever keeps the pace.
    """

    at: float
    wait: float
    taken: bool


class SharedPace(Protocol):
    """Everything raises Transient while nobody can be asked: nothing goes unasked."""

    async def take(self, windows: Sequence[Window], *, ahead: float = 0.0) -> Turn:
        """The first moment at which there is room in all of them and none is paused. It is taken
        if it is at most `ahead` seconds away.
        """

    async def give_back(self, windows: Sequence[Window], turn: Turn) -> None:
        """Nothing came of it, so it has taken no room."""

    async def pause(self, window: Window, seconds: float) -> None:
        """No turn in this window before so many seconds from now, whatever room there is."""
