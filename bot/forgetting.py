"""What is kept about a person: handed over, and forgotten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Everything about a person as one file; `left_out` pictures found no room in it, `unseen` ones
    have not been looked at, nor paid for, yet.
    """

    name: str
    content: bytes
    pictures: int
    left_out: int
    unseen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message that says we are at work, on something that will not come any more.

    `inline` is one in a chat of others, which was sent through inline mode.
    """

    chat: int
    message: int | None = None
    inline: str | None = None


class Memory(Protocol):
    """Raises Transient; doing it again goes on where it was."""

    async def pack(self, person: int, now: datetime) -> Parcel: ...

    async def forget(self, person: int, now: datetime) -> list[Card]:
        """Delete files and rows. Whatever is under way for this person ends without a word."""
