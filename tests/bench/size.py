"""(e) What stores take with a thousand tasks and with a million, on both engines."""

import itertools
import os
import random
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.credits import Payment, Purse, daily, lasting
from bot.gallery import View
from bot.line import Room
from bot.neighbours import StoredUpdate
from bot.origin import Origin
from bot.storage.asked import AskedStore
from bot.storage.chats import ChatStore
from bot.storage.database import Database
from bot.storage.engines import engine_of
from bot.storage.gallery import GalleryStore
from bot.storage.ledger import Ledger
from bot.storage.line import LineStore
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.task import Task, new_task
from tests.bench.figures import Row, Setting, at_most, ratio
from tests.bench.filling import ORDER, Past, fill_file, fill_server, person, picture_id, task_id
from tests.postgres import PostgresServer, programs

SUBJECT = "Size: each operation of the stores, with more and more tasks"
MONTH = timedelta(days=30)
# As many wait or are under way, however many there have been.
WAITING = 50
ENOUGH = 0.5

Operation = Callable[[], Awaitable[object]]


async def run(setting: Setting) -> list[Row]:
    sizes = setting.pick((1_000, 100_000, 1_000_000), (100, 200))
    now = datetime.now(UTC)
    urls = {}
    for size in sizes:
        path = setting.folder / f"{size}.db"
        fill_file(path, Past(count=size, first=now - MONTH, last=now))
        urls[size] = f"sqlite:///{path}"
    rows = await _measured(setting, "SQLite", urls)
    if (bin_ := programs()) is None:
        missing = "PostgreSQL is not installed: apt-get install postgresql"
        return [*rows, Row(subject=SUBJECT, what="PostgreSQL", unit="ms", skipped=missing)]
    server = PostgresServer(bin_)
    try:
        for size in sizes:
            urls[size] = server.create(f"bench_{size}")
            fill_server(urls[size], Past(count=size, first=now - MONTH, last=now))
        return [*rows, *await _measured(setting, "PostgreSQL", urls)]
    finally:
        server.remove()


async def _measured(setting: Setting, engine: str, urls: Mapping[int, str]) -> list[Row]:
    rounds, times = setting.pick((5, 20), (1, 2))
    figures: dict[str, dict[str, list[float]]] = {}
    async with AsyncExitStack() as stack:
        stack.enter_context(_on_one_processor())
        stands = {
            size: await stack.enter_async_context(_stand(url, size)) for size, url in urls.items()
        }
        for number in range(-1, rounds):
            for name in next(iter(stands.values())):
                taken = await _in_turns(
                    {size: operations[name] for size, operations in stands.items()}, times
                )
                if number >= 0:
                    for size, took in taken.items():
                        figures.setdefault(name, {}).setdefault(f"{size:,}", []).append(took)
    least, *others = (f"{size:,}" for size in urls)
    return [row for other in others for row in _rows(engine, figures, least, other)]


@contextmanager
def _on_one_processor() -> Iterator[None]:
    """Whether a store's thread stands on the event loop's processor or on another one is chance,
    stays so for the whole run, and is a difference of three times where a statement is short.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    # Threads inherit it: those of the stores begin after this.
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def _in_turns(operations: Mapping[int, Operation], times: int) -> dict[int, float]:
    """What it usually takes with each size; what takes long is not done as often."""
    taken: dict[int, list[float]] = {size: [] for size in operations}
    for turn in range(times):
        sizes = list(operations)
        for size in sizes[turn % len(sizes) :] + sizes[: turn % len(sizes)]:
            began = time.perf_counter()
            await operations[size]()
            taken[size].append(time.perf_counter() - began)
        if max(sum(each) for each in taken.values()) > ENOUGH:
            break
    return {size: statistics.median(each) for size, each in taken.items()}


def _rows(
    engine: str, figures: Mapping[str, dict[str, list[float]]], least: str, most: str
) -> list[Row]:
    """The one that grows as most do, and each; those that grow too much are shown."""
    each = [
        Row(
            subject=SUBJECT,
            what=f"{engine}, {most} tasks: {name}",
            unit="ms",
            value=statistics.median(found[most]) * 1000,
            against=f"{least} tasks",
            other=statistics.median(found[least]) * 1000,
            ratio=ratio(found, most, least),
            goal=at_most(1.3),
            detail=True,
        )
        for name, found in figures.items()
    ]
    ordered = sorted(each, key=lambda row: row.ratio or 0)
    middle = ordered[len(ordered) // 2]
    good = sum(row.met is True for row in each)
    words = f"{engine}, {most} tasks: {good} of {len(each)} are within; the middle one"
    return [replace(middle, what=words, detail=False, goal=None), *each]


@asynccontextmanager
async def _stand(url: str, size: int) -> AsyncIterator[dict[str, Operation]]:
    """Everything that is done with this database, by name."""
    database = await engine_of(url).open()
    try:
        stand = _Stand(database=database, url=url, size=size)
        await stand.furnish()
        yield stand.operations()
    finally:
        await database.close()


@dataclass
class _Stand:
    database: Database
    url: str
    size: int

    def __post_init__(self) -> None:
        self._tasks = TaskStore(self.database)
        self._updates = UpdateStore(self.database)
        self._line = LineStore(self.database)
        self._gallery = GalleryStore(self.database)
        self._chance = random.Random(self.size)
        self._numbers = itertools.count(self.size)
        self._people = itertools.count(6_000_000)
        self._now = datetime.now(UTC)

    async def furnish(self) -> None:
        for _ in range(WAITING):
            await self.add()
        self._kept = await self._added(self._some())

    def operations(self) -> dict[str, Operation]:
        tasks, some, now = self._tasks, self._some, self._now
        books, asked, chats = (
            Ledger(self.database),
            AskedStore(self.database),
            ChatStore(self.database),
        )
        return {
            "open the database": self.open,
            "add a task": self.add,
            "save a change": self.save,
            "a task by its id": lambda: tasks.get(task_id(self._number())),
            "a task by its picture": lambda: tasks.find(picture_id(self._number())),
            "a task by its key": lambda: tasks.asked_as(f"key {self._number()}"),
            "a task by its message": self._by_message,
            "what is due": lambda: tasks.due(now, 256),
            "the last request": lambda: tasks.last_asked(some(), some(), now - MONTH),
            "who is next in line": lambda: self._line.next(Room()),
            "how long it usually takes": lambda: self._line.typical("banana"),
            "an update, taken and handled": self.take,
            "the updates to handle": lambda: self._updates.heads(64),
            "a page of requests": lambda: asked.page(some(), limit=20),
            "a page of the gallery": lambda: self._gallery.find(View(person=some()), limit=20),
            "a search": lambda: self._gallery.find(View(person=some(), words="fox"), limit=20),
            "a person's credits": lambda: books.statement(
                (Purse(account=lasting(some())),), some()
            ),
            "a chat's state": lambda: chats.get(some()),
        }

    async def open(self) -> None:
        if self.url.startswith("sqlite:///"):
            # As whoever closes it leaves it; only that we do not.
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await (await engine_of(self.url).open()).close()

    async def add(self) -> None:
        await self._added(next(self._people))

    async def save(self) -> None:
        saved = await self._tasks.save(replace(self._kept, tries=self._kept.tries + 1))
        assert saved is not None
        self._kept = saved

    async def take(self) -> None:
        number = 20_000_000 + next(self._numbers)
        update = StoredUpdate(update_id=number, queue="", body=b"{}")
        await self._updates.add([update], self._now)
        await self._updates.done(number)

    async def _added(self, who: int) -> Task:
        origin = Origin(chat=who, message=1, person=who, language="en")
        number = next(self._numbers)
        task = replace(
            new_task(key=f"key {number}", origin=origin, order=ORDER, now=self._now), price=4
        )
        purses = (Purse(account=daily(who, self._now), daily=1_000_000),)
        return await self._tasks.add(task, Payment(price=4, purses=purses))

    async def _by_message(self) -> None:
        number = self._number()
        found = await self._tasks.sent_as(person(number, self.size), number)
        assert found is not None

    def _number(self) -> int:
        return self._chance.randrange(self.size)

    def _some(self) -> int:
        return person(self._number(), self.size)
