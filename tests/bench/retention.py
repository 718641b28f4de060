"""(e) The longest that a request waits for the database while a hundred thousand old tasks go."""

import asyncio
import itertools
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.neighbours import StoredUpdate
from bot.storage.database import Database
from bot.storage.engines import engine_of
from bot.storage.pictures import PictureStore, open_store
from bot.storage.retention import Retention
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from tests.bench.figures import Goal, Row, Setting, percentile, under
from tests.bench.filling import Past, fill_file, fill_server, task_id
from tests.bench.processes import in_memory
from tests.postgres import PostgresServer, programs

SUBJECT = "Retention: requests while old tasks go (an update written, handled, and a task read)"
DAY = timedelta(days=1)
# Somebody asks so often.
_PAUSE = 0.002


async def run(setting: Setting) -> list[Row]:
    count = setting.pick(100_000, 600)
    last = datetime.now(UTC) - 40 * DAY
    past = Past(count=count, first=last - DAY, last=last)
    rows = await _in_a_file(setting, setting.folder, "SQLite", past)
    async with in_memory() as folder:
        if folder:
            rows += await _in_a_file(setting, folder, "SQLite on a disk that takes no time", past)
    if (bin_ := programs()) is None:
        missing = "PostgreSQL is not installed: apt-get install postgresql"
        return [*rows, Row(subject=SUBJECT, what="PostgreSQL", unit="ms", skipped=missing)]
    server = PostgresServer(bin_)
    try:
        url = server.create("old")
        fill_server(url, past)
        return [*rows, *await _measured(setting, "PostgreSQL", url, count)]
    finally:
        server.remove()


async def _in_a_file(setting: Setting, folder: Path, engine: str, past: Past) -> list[Row]:
    path = folder / "old.db"
    fill_file(path, past)
    return await _measured(setting, engine, f"sqlite:///{path}", past.count)


async def _measured(setting: Setting, engine: str, url: str, count: int) -> list[Row]:
    folder = setting.folder / engine
    folder.mkdir()
    database = await engine_of(url).open()
    try:
        numbers = itertools.count(30_000_000)
        alone = await _requests(database, numbers, asyncio.sleep(setting.pick(4, 0.1)))
        waits = await _requests(database, numbers, _swept(database, folder))
    finally:
        await database.close()

    def row(what: str, percent: float, goal: Goal | None = None) -> Row:
        ours, floor = percentile(waits, percent), percentile(alone, percent)
        return Row(
            subject=SUBJECT,
            what=f"{engine}, {count:,} tasks: {what}",
            unit="ms",
            value=ours * 1000,
            against="while nothing goes",
            other=floor * 1000,
            ratio=ours / floor,
            goal=goal,
        )

    return [row("the longest wait", 100, under(50)), row("p99", 99), row("p50", 50)]


async def _swept(database: Database, folder: Path) -> None:
    """Until nothing old is left; the process does so once an hour, a piece each time."""
    pictures = PictureStore(open_store(folder.as_uri()))
    retention = Retention(
        database=database, pictures=pictures, files_kept=DAY, history_kept=30 * DAY
    )
    while any((await retention.sweep(datetime.now(UTC))).values()):
        pass
    ((left,),) = await database.read("SELECT count(*) FROM tasks")
    assert left == 0


async def _requests(
    database: Database, numbers: Iterator[int], meanwhile: Coroutine[Any, Any, None]
) -> list[float]:
    """What each of them took, until `meanwhile` is over."""
    tasks, updates = TaskStore(database), UpdateStore(database)
    going, waits = asyncio.create_task(meanwhile), list[float]()
    for number in numbers:
        if going.done():
            break
        began = time.perf_counter()
        update = StoredUpdate(update_id=number, queue="", body=b"{}")
        await updates.add([update], datetime.now(UTC))
        await updates.done(number)
        await tasks.get(task_id(number))
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(_PAUSE)
    await going
    return waits
