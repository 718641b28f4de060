"""What the doors need for those who ask over HTTP, put together."""

import asyncio
from dataclasses import dataclass

from bot.changes import Hub
from bot.nanobanana.posting import Poster
from bot.notices import Seals
from bot.ordering import Ordering
from bot.storage.asked import AskedStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.ledger import Ledger
from bot.storage.tasks import TaskStore
from bot.task import Task


class News:
    """Hears of every task that was saved: `hub` tells who watches it; `ended` is set when there
    may be somebody to call.
    """

    def __init__(self) -> None:
        self.hub = Hub()
        self.ended = asyncio.Event()

    def __call__(self, task: Task) -> None:
        self.hub.tell(task)
        if task.ended:
            self.ended.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    ordering: Ordering
    tasks: TaskStore
    asked: AskedStore
    memory: PersonalMemory
    books: Ledger
    hub: Hub
    seals: Seals
    poster: Poster
