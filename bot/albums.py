"""Albums on their way in: their pictures arrive one by one, and together make one wish.

Each part is written down as it comes. An album is taken to be complete a moment after its latest
part; Telegram never says so itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import Reason
from bot.ordering import Request
from bot.origin import Origin, Reference
from bot.prompt import Options

# Siblings follow as fast as we take them, which is well within this.
PAUSE = timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of an album, about `origin.message`.

    `text` is what its caption asks of us, None where it asks nothing. `references` is its own
    picture, `quoted` the one it replies to; `parent` and `options` are set when that is one of
    ours. `trouble` says why it cannot be used, `name` how the person knows the file.
    """

    origin: Origin
    text: str | None = None
    references: tuple[Reference, ...] = ()
    quoted: tuple[Reference, ...] = ()
    parent: str | None = None
    options: Options = field(default_factory=Options)
    name: str = ""
    trouble: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """What has come so far. `task` is what became of it; `told`: it was refused in words, or
    that a part came too late.
    """

    chat: int
    id: str
    parts: tuple[Part, ...]
    task: str | None = None
    told: bool = False

    @property
    def key(self) -> str:
        return f"album:{self.chat}:{self.id}"


class Albums(Protocol):
    """On disk. Raises Transient."""

    async def add(self, album: str, part: Part, *, pause: timedelta, now: datetime) -> None:
        """Write a part down; a repeated one changes nothing.

        Its album is due after the pause, or at once if it has been due before.
        """

    async def due(self, now: datetime, limit: int) -> tuple[list[Album], datetime | None]:
        """Up to `limit` albums that are due, and when the first of the others is."""

    async def waiting(self, chat: int, album: str) -> tuple[Album, datetime] | None:
        """This album and when it is due; None once nothing is left to do."""

    async def settled(self, album: Album, now: datetime) -> None:
        """Note what became of the album: `task` and `told`. A part that came meanwhile makes it
        due again.
        """

    async def put_off(self, album: Album, until: datetime) -> None: ...


def wish(album: Album) -> Request | None:
    """What the album asks for, or None when nobody asked us anything.

    The words and the asker are those of the part with the caption, else of the first; the
    pictures stand in the order in which they were sent, however they arrived.
    """
    parts = sorted(album.parts, key=lambda part: part.origin.message)
    addressed = [part for part in parts if part.text is not None]
    if not addressed:
        return None
    asking = next((part for part in addressed if part.text), addressed[0])
    own = tuple(one for part in parts for one in part.references)
    # As in a single message: whoever goes on from our picture means that one first.
    together = asking.quoted + own if asking.parent else own + asking.quoted
    return Request(
        key=album.key,
        origin=asking.origin,
        text=asking.text or "",
        references=together,
        options=asking.options,
        parent=asking.parent,
    )


def troubled(album: Album) -> Sequence[tuple[str, Reason]]:
    """The parts that cannot be used: their names, or their numbers, and why."""
    parts = sorted(album.parts, key=lambda part: part.origin.message)
    return [
        (part.name or f"№ {number}", part.trouble)
        for number, part in enumerate(parts, start=1)
        if part.trouble
    ]
