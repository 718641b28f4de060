"""A person's pictures, found again: newest first, by their words, by their star.

A picture is in its person's gallery once it was brought to them, and also when it was drawn and
never brought (the task was cancelled, the chat was closed); never when it was deleted.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.origin import PICTURE, Reference
from bot.prompt import Order
from bot.task import ELSEWHERE, Picture, StoredFile, Task

# How many of the newest stand before the favourites where pictures are chosen to be sent.
_NEWEST = 10
_PAGE = 50
_OFFSET = re.compile(r"([sr])([0-9]{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a gallery. `order` is its task's, with the prompt of this very picture.

    `file_id` is Telegram's, None where it was never sent; `as_photo` and `file` are the picture's.
    `chat` and `message` say where it was brought, `starred` whether it is among the favourites
    of whoever looks.
    """

    id: str
    task: str
    person: int
    order: Order
    file_id: str | None
    as_photo: bool | None
    file: StoredFile | None
    chat: int
    message: int | None
    created_at: datetime
    starred: bool = False

    @property
    def brought(self) -> bool:
        """Whether its person has seen it, and it has been paid for."""
        return self.message is not None or self.file_id is not None

    @property
    def reference(self) -> Reference:
        """This picture, for another to start from."""
        return Reference(source=self.file_id or f"{PICTURE}{self.id}", picture=self.id)

    @property
    def in_a_group(self) -> bool:
        """Whether it was posted where others have seen it."""
        return self.chat < 0 and self.message not in (None, ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Whose pictures, and which: all of them, or only those with a star, or those without.

    Everything in `words` has to stand in the prompt. A star may also be on a picture that
    somebody else had drawn in a group.
    """

    person: int
    words: str = ""
    starred: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One picture with its place in a view, counted from 1, and the ids of its neighbours."""

    shot: Shot
    position: int
    total: int
    newer: str | None = None
    older: str | None = None


class GalleryStore(Protocol):
    """On disk. Raises Transient."""

    async def get(self, picture_id: str) -> Shot | None:
        """Any picture that is in anybody's gallery."""

    async def find(self, view: View, *, limit: int, offset: int = 0) -> list[Shot]: ...

    async def after(self, view: View, picture_id: str, *, limit: int) -> list[Shot]:
        """Those that are older than this one, also when it is in the view no more."""

    async def count(self, view: View) -> int: ...

    async def at(self, view: View, picture_id: str | None) -> Spot | None:
        """This picture; where it is not in view (any more) the next older one.

        Without a picture the newest; None when the view is empty.
        """

    async def remember(self, person: int, words: str, now: datetime) -> str:
        """A short name for these words, good for a button."""

    async def recall(self, person: int, name: str) -> str | None:
        """The words behind a name."""


async def to_send(store: GalleryStore, person: int, offset: str) -> tuple[list[Shot], str]:
    """A page of what a person may want to send, and the offset of the next, "" after the last.

    The newest few, then the favourites, then everything else.
    """
    named = _OFFSET.fullmatch(offset)
    if named is None:
        return await _first(store, person)
    starred, start = named[1] == "s", int(named[2])
    view = View(person=person, starred=starred)
    shots = await store.find(view, limit=_PAGE, offset=start)
    if len(shots) == _PAGE:
        return shots, f"{named[1]}{start + _PAGE}"
    if not starred:
        return shots, ""
    newest = await store.find(View(person=person), limit=_NEWEST)
    return shots, f"r{sum(not one.starred for one in newest)}"


async def _first(store: GalleryStore, person: int) -> tuple[list[Shot], str]:
    newest = await store.find(View(person=person), limit=_NEWEST)
    room = _PAGE - len(newest)
    starred = await store.find(View(person=person, starred=True), limit=room)
    known = {one.id for one in newest}
    shots = newest + [one for one in starred if one.id not in known]
    if len(starred) == room:
        return shots, f"s{room}"
    if len(newest) < _NEWEST:
        return shots, ""
    return shots, f"r{sum(not one.starred for one in newest)}"


def shot_of(task: Task, picture: Picture) -> Shot:
    return Shot(
        id=picture.id,
        task=task.id,
        person=task.origin.person,
        order=replace(task.order, prompt=picture.prompt or task.order.prompt),
        file_id=picture.file_id,
        as_photo=picture.as_photo,
        file=picture.file,
        chat=task.origin.chat,
        message=picture.message,
        created_at=task.created_at,
    )


def shelf(task: Task, picture: Picture) -> int | None:
    """Where a picture stands in its person's gallery, newest highest; None: not at all."""
    left_behind = task.ended and picture.deliverable
    fetched = task.origin.via is not None and picture.brought
    if picture.deleted or not (picture.file_id or left_behind or fetched):
        return None
    return int(task.created_at.timestamp() * 1_000_000) - picture.number


def folded(text: str) -> str:
    """A text as it is compared: capitals and full-width letters make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
