"""Pictures people want to find again."""

from datetime import datetime
from typing import Protocol


class Favourites(Protocol):
    """On disk. Raises Transient."""

    async def toggle(self, person: int, picture: str, now: datetime, *, press: str = "") -> bool:
        """Add a picture to a person's favourites, or take it out; returns whether it is one now.

        The same `press` again changes nothing.
        """

    async def mark(self, person: int, picture: str, now: datetime, *, kept: bool) -> None:
        """Make it a favourite, or none, whatever it was."""

    async def of(self, person: int) -> list[str]:
        """The ids of a person's favourites, the newest first."""

    async def forget(self, picture: str) -> None:
        """Take a picture out of everybody's."""
