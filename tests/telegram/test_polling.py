"""Fetching updates ourselves: the offset never overtakes the disk, and no trouble ends it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import Reason, Transient
from bot.neighbours import StoredUpdate
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.refusals import OTHER_POLL
from bot.storage.sqlite import SQLite
from bot.storage.updates import UpdateStore
from bot.telegram.application import ALLOWED_UPDATES, AnyApplication
from bot.telegram.inbox import Inbox
from bot.telegram.polling import Polling
from tests.conftest import eventually
from tests.telegram.rooms import speech_on

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Disk(UpdateStore):
    """The real inbox on disk; it can be held up before a commit, or fail."""

    def __init__(self, database: SQLite) -> None:
        super().__init__(database)
        self.asked = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()
        self.failures = 0

    async def add(self, updates: Sequence[StoredUpdate], now: datetime) -> int:
        self.asked.set()
        await self.free.wait()
        if self.failures:
            self.failures -= 1
            raise Transient(Reason.INTERNAL, "database: disk is full")
        return await super().add(updates, now)


@dataclass
class Desk:
    server: BotApiServer
    app: AnyApplication
    database: SQLite
    disk: Disk = field(init=False)

    def __post_init__(self) -> None:
        self.disk = Disk(self.database)

    @asynccontextmanager
    async def polling(self, *, pause: float = 0.001) -> AsyncIterator[None]:
        inbox = Inbox(self.disk, self.app, lambda: NOW, speech=speech_on(self.database))
        polling = Polling(self.app.bot, inbox, ALLOWED_UPDATES, pause=pause)
        running = asyncio.create_task(polling.run())
        try:
            yield
            assert not running.done()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def on_disk(self) -> list[int]:
        return [
            row["update_id"]
            for row in await self.database.read("SELECT update_id FROM updates ORDER BY seq")
        ]

    async def confirmed(self) -> None:
        """Until Telegram has heard that everything arrived."""
        await eventually(lambda: not self.server.updates.pending)

    @property
    def offsets(self) -> list[int]:
        return [
            int(call.params.get("offset", 0))
            for call in self.server.calls
            if call.method == "getUpdates"
        ]


@pytest.fixture
async def desk(server: BotApiServer, app: AnyApplication, tmp_path: Path) -> AsyncIterator[Desk]:
    database = await SQLite.open(tmp_path / "bot.db")
    yield Desk(server, app, database)
    await database.close()


def waiting(server: BotApiServer) -> list[int]:
    return list(server.updates.pending)


async def test_what_people_say_is_on_disk_and_then_confirmed(desk, server, ann):
    for text in ("one", "two", "three"):
        server.say(ann, text)
    sent = waiting(server)
    async with desk.polling():
        await desk.confirmed()
        server.say(ann, "four")
        sent += waiting(server)
        await desk.confirmed()
    assert await desk.on_disk() == sent


async def test_the_offset_does_not_move_before_the_commit(desk, server, ann):
    desk.disk.free.clear()
    server.say(ann, "a fox")
    sent = waiting(server)
    async with desk.polling():
        await desk.disk.asked.wait()
        assert (waiting(server), await desk.on_disk()) == (sent, [])
        desk.disk.free.set()
        await desk.confirmed()
    assert await desk.on_disk() == sent


async def test_who_dies_before_the_commit_gets_the_update_again(desk, server, ann):
    desk.disk.free.clear()
    server.say(ann, "a fox")
    sent = waiting(server)
    async with desk.polling():
        await desk.disk.asked.wait()
    assert (waiting(server), await desk.on_disk()) == (sent, [])
    desk.disk.free.set()
    async with desk.polling():
        await desk.confirmed()
    assert await desk.on_disk() == sent


async def test_an_update_that_could_not_be_written_is_fetched_again(desk, server, ann):
    desk.disk.failures = 2
    server.say(ann, "a fox")
    sent = waiting(server)
    async with desk.polling():
        await desk.confirmed()
    assert await desk.on_disk() == sent
    assert desk.offsets[:3] == [0, 0, 0]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="getUpdates", times=3, status=409, description=f"Conflict: {OTHER_POLL}"),
        Fault(method="getUpdates", times=3, status=502, body="<html>Bad Gateway</html>"),
        Fault(method="getUpdates", times=3, close=True),
        Fault(method="getUpdates", times=3, status=429, description="Too Many Requests"),
        Fault(method="getUpdates", times=3, status=401, description="Unauthorized"),
    ],
    ids=["409", "502", "closed", "429", "401"],
)
async def test_trouble_with_telegram_is_survived(desk, server, ann, fault):
    server.faults.add(fault)
    server.say(ann, "a fox")
    sent = waiting(server)
    async with desk.polling():
        await desk.confirmed()
    assert await desk.on_disk() == sent


async def test_the_wait_telegram_names_is_the_one_we_wait(desk, server, ann):
    server.faults.add(
        Fault(method="getUpdates", status=429, description="Too Many Requests", retry_after=0.002)
    )
    server.say(ann, "a fox")
    async with desk.polling(pause=1000):
        await desk.confirmed()
    assert len(await desk.on_disk()) == 1


async def test_an_empty_answer_keeps_the_offset(desk, server, ann):
    server.say(ann, "a fox")
    (sent,) = waiting(server)
    async with desk.polling():
        await desk.confirmed()
        for _ in range(2):
            await server_polled(desk)
            server.updates.stop()
        await server_polled(desk)
    assert desk.offsets == [0, sent + 1, sent + 1]


async def test_a_second_consumer_goes_and_we_carry_on(desk, server, bot, ann):
    async with desk.polling():
        await server_polled(desk)
        await bot.get_updates()
        server.say(ann, "a fox")
        await desk.confirmed()
    assert len(await desk.on_disk()) == 1


async def server_polled(desk: Desk) -> None:
    """Until a long poll waits at the server."""
    await eventually(lambda: desk.server.updates._poll)


async def test_only_what_we_can_handle_is_asked_for(desk, server, ann):
    async with desk.polling():
        await server_polled(desk)
        said = server.say(ann, "a fox")
        server.edit(said, "a wolf")
        await desk.confirmed()
    assert server.updates.allowed == frozenset(ALLOWED_UPDATES)
    assert "edited_message" not in ALLOWED_UPDATES
    assert len(await desk.on_disk()) == 1


async def test_what_the_library_does_not_know_is_kept(desk, server, ann):
    said = server.say(ann, "a fox")
    server.updates.drop()
    server.updates.add("message", ann.id, said | {"new_field": {"of": ["tomorrow"]}})
    async with desk.polling():
        await desk.confirmed()
    (row,) = await desk.database.read("SELECT body FROM updates")
    assert b'"new_field": {"of": ["tomorrow"]}' in row["body"]
