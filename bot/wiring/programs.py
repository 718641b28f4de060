"""What the doors need for those who ask over HTTP, put together."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.changes import Hearsay, Hub, Others
from bot.discarding import Discarding
from bot.nanobanana.posting import Poster
from bot.neighbours import People
from bot.notices import Seals
from bot.ordering import Ordering
from bot.storage.asked import AskedStore
from bot.storage.favourites import FavouriteStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.gallery import GalleryStore
from bot.storage.ledger import Ledger
from bot.storage.proofs import ProofStore
from bot.storage.tasks import TaskStore
from bot.task import Task
from bot.telegram.sharing import Sharing


class News:
    """Hears of every task that was saved: `hub` tells who watches it, `others` the other processes;
    `ended` is set when there may be somebody to call, and `call` hears whom, where many processes
    may do it.
    """

    def __init__(
        self, call: Callable[[int], None] | None = None, others: Others | None = None
    ) -> None:
        self.hub = Hub()
        self.others = others
        self.ended = asyncio.Event()
        self._call = call

    def __call__(self, task: Task) -> None:
        self.hub.tell(task)
        if self.others:
            self.others.tell(task.id)
        if task.ended and task.origin.callback is not None:
            self.ended.set()
            if self._call:
                self._call(task.origin.person)

    def hearsay(self, tasks: TaskStore) -> Hearsay | None:
        """What brings the news of other processes to `hub`; None where there can be none."""
        if self.others is None:
            return None
        return Hearsay(hub=self.hub, others=self.others, read=tasks.get)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """`withdraw` takes back a message of ours, by its chat and number; `shop_address` is where one
    buys credits, None where none are sold.
    """

    ordering: Ordering
    tasks: TaskStore
    asked: AskedStore
    gallery: GalleryStore
    favourites: FavouriteStore
    discarding: Discarding
    withdraw: Callable[[int, int], Awaitable[bool]]
    sharing: Sharing
    shop_address: Callable[[], str | None]
    people: People
    memory: PersonalMemory
    proofs: ProofStore
    books: Ledger
    hub: Hub
    seals: Seals
    poster: Poster
