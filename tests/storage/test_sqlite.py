"""One thread writes, in groups: durable when `write` returns, and nobody pays for another's error."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Transient
from bot.storage.sqlite import SQLite, connect, migrate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "bot.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SQLite]:
    database = await SQLite.open(path)
    await database.write(
        lambda connection: connection.execute("CREATE TABLE notes (number INTEGER PRIMARY KEY)")
    )
    yield database
    await database.close()


def insert(number: int, how: str = "INSERT") -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        return connection.execute(f"{how} INTO notes VALUES (?)", [number]).rowcount

    return work


async def notes(database: SQLite) -> list[int]:
    return [row["number"] for row in await database.read("SELECT number FROM notes ORDER BY 1")]


def on_disk(path: Path) -> list[int]:
    """What another process would see now."""
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT number FROM notes ORDER BY 1")]
    finally:
        connection.close()


class Pen:
    """Holds the writing thread, so that what is written meanwhile becomes one group."""

    def __init__(self, database: SQLite) -> None:
        self.statements: list[str] = []
        self._held, self._free = threading.Event(), threading.Event()
        self._holding = asyncio.create_task(database.write(self._hold))

    def _hold(self, connection: sqlite3.Connection) -> None:
        self._held.set()
        self._free.wait(60)
        connection.set_trace_callback(self.statements.append)

    async def take(self) -> None:
        await asyncio.to_thread(self._held.wait, 60)

    async def release(self) -> None:
        self._free.set()
        await self._holding

    def count(self, word: str) -> int:
        return sum(statement.startswith(word) for statement in self.statements)


async def in_one_group(
    database: SQLite, *works: Callable[[sqlite3.Connection], int]
) -> tuple[Pen, list[int | BaseException]]:
    pen = Pen(database)
    await pen.take()
    writes = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    await pen.release()
    return pen, await asyncio.gather(*writes, return_exceptions=True)


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2)])
async def test_what_is_written_survives_the_power_cord(
    database: SQLite, pragma: str, value: str | int
) -> None:
    used = await database.write(
        lambda connection: connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    )
    assert used == value


async def test_writes_that_wait_together_share_one_commit(database: SQLite) -> None:
    pen, answers = await in_one_group(database, *(insert(number) for number in range(100)))
    assert answers == [1] * 100
    assert await notes(database) == list(range(100))
    # The first COMMIT is that of the write that held the pen.
    assert (pen.count("BEGIN"), pen.count("COMMIT")) == (1, 2)


async def test_one_that_fails_is_undone_alone(database: SQLite) -> None:
    def half(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO notes VALUES (50)")
        raise ValueError("half way")

    pen, answers = await in_one_group(database, insert(1), half, insert(1), insert(2))
    assert answers[0] == answers[3] == 1
    assert isinstance(answers[1], ValueError)
    assert isinstance(answers[2], sqlite3.IntegrityError)
    assert await notes(database) == [1, 2]
    assert pen.count("COMMIT") == 2


async def test_nobody_is_told_that_it_is_written_when_sqlite_undid_the_group(
    database: SQLite,
) -> None:
    await database.write(insert(7))
    _, answers = await in_one_group(database, insert(1), insert(7, "INSERT OR ROLLBACK"), insert(2))
    kinds = [type(answer) for answer in answers]
    assert kinds == [Transient, sqlite3.IntegrityError, Transient]
    assert await notes(database) == [7]
    assert await database.write(insert(3)) == 1


async def test_a_full_disk_is_transient_and_passes(database: SQLite) -> None:
    def limit(pages: int) -> Callable[[sqlite3.Connection], object]:
        return lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    await database.write(lambda connection: connection.execute("CREATE TABLE big (body BLOB)"))
    await database.write(limit(1))

    def fill(connection: sqlite3.Connection) -> object:
        return connection.execute("INSERT INTO big VALUES (zeroblob(1000000))")

    with pytest.raises(Transient, match="full"):
        await database.write(fill)
    await database.write(limit(1_000_000))
    await database.write(fill)
    assert len(await database.read("SELECT 1 FROM big")) == 1


async def test_a_wrong_question_is_transient_too(database: SQLite) -> None:
    with pytest.raises(Transient):
        await database.read("SELECT * FROM nowhere")
    with pytest.raises(Transient):
        await database.write(lambda connection: connection.execute("DELETE FROM nowhere"))


async def test_what_was_written_is_read(database: SQLite) -> None:
    for number in range(20):
        await database.write(insert(number))
        assert (await notes(database))[-1] == number


async def test_the_reader_cannot_write(database: SQLite) -> None:
    with pytest.raises(Transient, match="readonly"):
        await database.read("INSERT INTO notes VALUES (1)")


async def test_a_write_is_on_disk_when_it_returns(database: SQLite, path: Path) -> None:
    await database.write(insert(1))
    assert on_disk(path) == [1]


async def test_everything_is_there_after_opening_again(database: SQLite, path: Path) -> None:
    await asyncio.gather(*(database.write(insert(number)) for number in range(300)))
    await database.close()
    again = await SQLite.open(path)
    assert await notes(again) == list(range(300))
    await again.close()


async def test_close_waits_for_what_is_still_being_written(database: SQLite, path: Path) -> None:
    pen = Pen(database)
    await pen.take()
    writes = [asyncio.create_task(database.write(insert(number))) for number in range(600)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    assert not closing.done()
    await pen.release()
    await closing
    assert on_disk(path) == list(range(600))
    assert await asyncio.gather(*writes) == [1] * 600


async def test_what_another_process_writes_meanwhile_is_no_trouble(
    database: SQLite, path: Path
) -> None:
    """A transaction that has begun by reading could not write after somebody else has written."""
    other = connect(path)
    other.execute("PRAGMA busy_timeout = 0")
    shut_out = []

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("SELECT count(*) FROM chats").fetchone()
        try:
            with other:
                other.execute("INSERT INTO chats (id, changed_at) VALUES (2, 0)")
        except sqlite3.OperationalError as error:
            shut_out.append(str(error))
        connection.execute("INSERT INTO chats (id, changed_at) VALUES (1, 0)")

    with closing(other):
        await database.write(work)
    assert shut_out == ["database is locked"]
    assert [row["id"] for row in await database.read("SELECT id FROM chats")] == [1]


async def test_whoever_comes_after_the_close_is_told_so(database: SQLite) -> None:
    await database.close()
    with pytest.raises(Transient, match="closed"):
        await database.write(insert(1))
    with pytest.raises(Transient, match="closed"):
        await database.read("SELECT 1")


async def test_whoever_stops_waiting_harms_nobody(database: SQLite) -> None:
    pen = Pen(database)
    await pen.take()
    writes = [asyncio.create_task(database.write(insert(number))) for number in range(3)]
    await asyncio.sleep(0)
    writes[1].cancel()
    await pen.release()
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert (answers[0], answers[2]) == (1, 1)
    assert await notes(database) == [0, 1, 2]


def test_a_loop_that_is_gone_does_not_stop_the_writer(path: Path) -> None:
    held = threading.Event()

    async def leave_a_write_behind() -> SQLite:
        database = await SQLite.open(path)
        asyncio.create_task(database.write(lambda _: held.wait(60)))  # noqa: RUF006 - it is to be lost
        await asyncio.sleep(0)
        return database

    async def write_on(database: SQLite) -> int:
        async with asyncio.timeout(60):
            return await database.write(lambda _: 7)

    database = asyncio.run(leave_a_write_behind())
    held.set()
    assert asyncio.run(write_on(database)) == 7
    asyncio.run(database.close())


def test_migrating_again_changes_nothing(path: Path) -> None:
    def tables() -> list[str]:
        connection = connect(path)
        try:
            return [row[0] for row in connection.execute("SELECT sql FROM sqlite_master")]
        finally:
            connection.close()

    migrate(path)
    first = tables()
    migrate(path)
    assert tables() == first
    assert any("CREATE TABLE tasks" in (sql or "") for sql in first)


def test_an_upgrade_that_cannot_be_finished_leaves_nothing_behind(path: Path) -> None:
    path.parent.mkdir()
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE notices (in_the_way INTEGER)")
    with pytest.raises(OSError, match="notices already exists"):
        migrate(path)
    with closing(connect(path)) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == [
            "notices"
        ]
