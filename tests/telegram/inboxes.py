"""An inbox on a real disk, with trouble to order and a handler that does as it is told."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from telegram import Update

from bot.errors import Reason, Transient
from bot.neighbours import StoredUpdate
from bot.storage.sqlite import SQLite
from bot.storage.updates import UpdateStore
from bot.telegram.inbox import Inbox

DISK_FULL = Transient(Reason.INTERNAL, "database: disk is full")


class Disk(UpdateStore):
    """The real inbox on disk, with trouble to order."""

    def __init__(self, database: SQLite) -> None:
        super().__init__(database)
        self.troubles: Counter[str] = Counter()
        self.slow_read = asyncio.Event()
        self.slow_read.set()
        self.read = asyncio.Event()

    async def heads(self, limit: int) -> list[StoredUpdate]:
        self._maybe_fail("heads")
        found = await super().heads(limit)
        self.read.set()
        await self.slow_read.wait()
        return found

    async def done(self, update_id: int) -> None:
        self._maybe_fail("done")
        await super().done(update_id)

    async def failed(self, update_id: int, error: str, *, park: bool) -> None:
        self._maybe_fail("failed")
        await super().failed(update_id, error, park=park)

    def _maybe_fail(self, what: str) -> None:
        if self.troubles[what]:
            self.troubles[what] -= 1
            raise DISK_FULL


@dataclass
class Mailroom:
    """An inbox whose handler does as it is told and keeps a record."""

    database: SQLite
    disk: Disk
    inbox: Inbox
    handled: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, update: Update, _context: object) -> None:
        text = update.message.text if update.message else "no message"
        self.begun.append(text)
        self.news.set()
        if hold := self.holds.get(text):
            await hold.wait()
        if errors := self.errors.get(text):
            raise errors.pop(0)
        self.handled.append(text)
        self.news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def state(self, update_id: int) -> tuple[str, int]:
        rows = await self.database.read(
            "SELECT state, tries FROM updates WHERE update_id = ?", [update_id]
        )
        return rows[0]["state"], rows[0]["tries"]

    async def settled(self, *, but: int = 0) -> None:
        """Until nothing waits on disk any more, or only so many."""
        async with asyncio.timeout(60):
            while len(await self._waiting()) > but:  # noqa: ASYNC110 - a disk announces nothing
                await asyncio.sleep(0.001)

    async def _waiting(self) -> list[Any]:
        return await self.database.read("SELECT 1 FROM updates WHERE state = 'new'")


def body(number: int, text: str, chat: int = 1, kind: str = "message") -> bytes:
    message = {
        "message_id": number,
        "date": 1_800_000_000,
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": False, "first_name": "Ann", "language_code": "en"},
        "text": text,
    }
    return json.dumps({"update_id": number, kind: message}).encode()
