"""What processes on one PostgreSQL database tell each other of."""

import asyncio
import signal
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from bot.storage.postgres_news import PostgresNews
from tests.conftest import eventually
from tests.postgres import PASSWORD, PostgresServer, cut


class Process:
    """One that tells and listens; `heard` is all it was told, in order."""

    def __init__(self, url: str) -> None:
        self.news = PostgresNews(url)
        self.heard: list[Collection[str] | None] = []
        self._running: asyncio.Task[None] | None = None

    @property
    def ids(self) -> list[str]:
        return [one for ids in self.heard if ids is not None for one in ids]

    @property
    def looked_at_everything(self) -> int:
        return self.heard.count(None)

    async def start(self) -> None:
        self._running = asyncio.create_task(self.news.run(self.heard.append))
        await eventually(lambda: self.heard)

    async def stop(self) -> None:
        if self._running:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running


@asynccontextmanager
async def running(*processes: Process) -> AsyncIterator[None]:
    try:
        for one in processes:
            await one.start()
        yield
    finally:
        for one in processes:
            await one.stop()


@pytest.fixture
def ann(postgres_url: str) -> Process:
    return Process(postgres_url)


@pytest.fixture
def bob(postgres_url: str) -> Process:
    return Process(postgres_url)


@pytest.fixture
def own_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server, which runs again afterwards whatever was done to it."""
    yield postgres_server
    postgres_server.stop()
    postgres_server.start()


def task_id(number: int) -> str:
    return f"{number:012x}"


async def test_what_one_has_saved_the_others_hear_and_itself_does_not(
    ann: Process, bob: Process, postgres_url: str
) -> None:
    mei = Process(postgres_url)
    async with running(ann, bob, mei):
        ann.news.tell(task_id(1))
        await eventually(lambda: bob.ids and mei.ids)
        bob.news.tell(task_id(2))
        # What is told later comes later: by then she would have heard her own.
        await eventually(lambda: ann.ids and len(mei.ids) == 2)
    assert (ann.ids, bob.ids) == ([task_id(2)], [task_id(1)])
    assert mei.ids == [task_id(1), task_id(2)]


async def test_two_thousand_are_told_together(ann: Process, bob: Process) -> None:
    everybody = [task_id(number) for number in range(2_000)]
    async with running(ann, bob):
        for one in everybody:
            ann.news.tell(one)
        await eventually(lambda: len(bob.ids) >= len(everybody))
    assert sorted(bob.ids) == everybody
    # At most 8,000 bytes go into one message.
    assert len(bob.heard) - bob.looked_at_everything == 4


async def test_one_that_changes_again_and_again_is_told_of_once_in_a_while(
    ann: Process, bob: Process
) -> None:
    async with running(ann, bob):
        for _ in range(1_000):
            ann.news.tell(task_id(1))
        ann.news.tell(task_id(2))
        await eventually(lambda: task_id(2) in bob.ids)
    assert sorted(bob.ids) == [task_id(1), task_id(2)]


async def test_whoever_begins_to_listen_looks_at_everything_first(ann: Process) -> None:
    async with running(ann):
        assert ann.heard == [None]


async def test_nothing_is_missed_while_the_connections_are_cut(
    ann: Process, bob: Process, postgres_server: PostgresServer, postgres_url: str
) -> None:
    async with running(ann, bob):
        ann.news.tell(task_id(1))
        await eventually(lambda: bob.ids)
        cut(postgres_server, postgres_url)
        ann.news.tell(task_id(2))
        # Either it was told once he listened again, or he looks at it by himself after that.
        await eventually(lambda: bob.looked_at_everything == 2)
        ann.news.tell(task_id(3))
        await eventually(lambda: task_id(3) in bob.ids)


async def test_a_server_that_was_away_is_found_again(
    ann: Process, bob: Process, own_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(ann, bob):
        ann.news.tell(task_id(1))
        await eventually(lambda: bob.ids)
        await asyncio.to_thread(own_server.stop, signal.SIGQUIT)
        ann.news.tell(task_id(2))
        await eventually(lambda: caplog.messages.count("other processes not reached") > 3)
        # Some of them are attempts to come back, which failed.
        own_server.start()
        await eventually(lambda: bob.looked_at_everything == 2)
        ann.news.tell(task_id(3))
        await eventually(lambda: task_id(3) in bob.ids)
    assert PASSWORD not in caplog.text
    assert not any("\n" in record.detail for record in caplog.records)


async def test_what_could_not_be_told_is_told_afterwards(
    ann: Process, bob: Process, postgres_server: PostgresServer
) -> None:
    # Before it has a connection, just as while it has lost it.
    ann.news.tell(task_id(1))
    async with running(bob, ann):
        await eventually(lambda: bob.ids == [task_id(1)])
        postgres_server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE query LIKE 'SELECT pg_notify%' AND pid <> pg_backend_pid()"
        )
        ann.news.tell(task_id(2))
        await eventually(lambda: task_id(2) in bob.ids)
    # Where the answer to the first was cut, it is told again.
    assert sorted(set(bob.ids)) == [task_id(1), task_id(2)]
    assert bob.looked_at_everything == 1


async def test_too_many_that_could_not_be_told_are_everything(ann: Process, bob: Process) -> None:
    for number in range(100_000):
        ann.news.tell(task_id(number))
    async with running(bob, ann):
        await eventually(lambda: bob.looked_at_everything == 2)
        ann.news.tell(task_id(7))
        await eventually(lambda: bob.ids == [task_id(7)])
