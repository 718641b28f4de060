"""A page sees each change at once, whichever process it has asked and whichever saves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

from bot.changes import Hearsay
from bot.journal import Journal
from bot.run import keys_of
from bot.storage.engines import engine_of
from bot.storage.tasks import TaskStore
from bot.task import Task
from bot.wiring import open_house
from bot.wiring.fleet import fleet_of
from bot.wiring.programs import News
from tests.calling import SHOP_TOKEN, TOKENS, Program
from tests.conftest import Studio, eventually
from tests.ports import free_port
from webhooks.callers import Callers
from webhooks.events import EventsDoor
from webhooks.keys import Addresses
from webhooks.limits import Limit

pytestmark = pytest.mark.parametrize("keeping", ["postgresql"], indirect=True)
NEVER = 1e6


class OtherProcess:
    """One more process on the same database: it saves, and has a door to watch at that never looks
    at a task again by itself.
    """

    def __init__(self, news: News, tasks: TaskStore) -> None:
        self.tasks = tasks
        self.hub = news.hub
        self.journal = Journal(tasks)
        callers = Callers(
            root="1:root",
            tokens=TOKENS,
            proofs=SimpleNamespace(),  # type: ignore[arg-type]
            clock=lambda: datetime.now(UTC),
            reads=Limit(1_000),
            wishes=Limit(1_000),
        )
        programs: Any = SimpleNamespace(hub=self.hub, tasks=tasks)
        self.door = EventsDoor(programs, callers, look_again=NEVER)

    async def took(self, task_id: str, seconds: float) -> None:
        """Note how long its picture took: something a page shows."""

        def alter(task: Task) -> Task:
            return task.with_picture(replace(task.pictures[0], seconds=seconds))

        await self.journal.change(task_id, alter)


@pytest.fixture
async def other(studio: Studio) -> AsyncIterator[OtherProcess]:
    await studio.start(api_tokens=TOKENS)
    engine = engine_of(studio.keeping.url)
    database, news = await engine.beside(), News(others=engine.others())
    tasks = TaskStore(database, changed=news)
    hearsay = news.hearsay(tasks)
    assert isinstance(hearsay, Hearsay)
    running = asyncio.create_task(hearsay.run())
    yield OtherProcess(news, tasks)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await database.close()


@pytest.fixture
async def page(other: OtherProcess) -> AsyncIterator[ClientSession]:
    """A browser whose door is that of the other process."""
    app = web.Application()
    app.router.add_get("/api/task/{task}/events", other.door.get)
    app.on_shutdown.append(other.door.close)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    bearer = {"Authorization": f"Bearer {SHOP_TOKEN}"}
    async with ClientSession(f"http://127.0.0.1:{port}", headers=bearer) as session:
        yield session
    await runner.cleanup()


async def all_of(socket: ClientWebSocketResponse) -> list[dict[str, Any]]:
    """What a page is told until the end."""
    async with asyncio.timeout(30):
        return [one.json()["data"] async for one in socket if one.type is WSMsgType.TEXT]


async def test_what_the_one_saves_is_seen_at_the_other(
    studio: Studio, other: OtherProcess, page: ClientSession
) -> None:
    studio.generator.hold()
    async with Program(studio) as program:
        task = await program.drawn()
        async with page.ws_connect(f"/api/task/{task}/events") as socket:
            await socket.receive_json()
            studio.generator.release()
            told = await all_of(socket)
            assert socket.close_code == 1000
        assert told[-1] == (await program.get(task))[1]["data"]
    assert told[-1]["status"] == "completed"


async def test_the_bot_itself_hears_of_what_another_process_saves(
    studio: Studio, other: OtherProcess
) -> None:
    studio.generator.hold()
    async with Program(studio) as program:
        task = await program.drawn()
        async with program.watch(task) as socket:
            await socket.receive_json()
            # Whoever looks again every five seconds would need a minute.
            async with asyncio.timeout(20):
                for seconds in range(100, 112):
                    await other.took(task, seconds)
                    while True:
                        data = (await socket.receive_json())["data"]
                        if data["generation"]["images"][0]["seconds"] == seconds:
                            break
        studio.generator.release()
        await program.ended(task)


async def test_a_process_with_doors_only_is_not_judged_by_the_work_of_others(
    studio: Studio, other: OtherProcess
) -> None:
    settings = studio.settings(webhook=True)
    async with open_house(settings, Addresses(studio.address, keys_of(settings))) as house:
        assert house.joined is not None
        works = []
        for concurrency in (None, 4):
            fleet_of(house, house.joined, concurrency=concurrency)
            works.append(house.watch.works)
    assert works == [False, True]


async def test_pages_that_watch_while_the_server_restarts_miss_nothing(
    studio: Studio, other: OtherProcess, page: ClientSession, postgres_server: Any
) -> None:
    studio.generator.hold()
    async with Program(studio) as program:
        task = await program.drawn()
        async with page.ws_connect(f"/api/task/{task}/events") as socket:
            await socket.receive_json()
            await eventually(lambda: studio.generator.jobs)
            await asyncio.to_thread(postgres_server.stop)
            # It is drawn while nothing can be told.
            studio.generator.release()
            await eventually(
                lambda: {one.state for one in studio.generator.jobs.values()} == {"success"}
            )
            postgres_server.start()
            told = await all_of(socket)
    assert told[-1]["status"] == "completed"
