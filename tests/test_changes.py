"""Who watches a task hears of it, also of what another process has saved."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.changes import Heard, Hearsay, Hub
from bot.errors import Reason, Transient
from bot.origin import Origin
from bot.prompt import Order
from bot.task import Task, new_task
from tests.conftest import eventually

ORDER = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format="png")
ORIGIN = Origin(chat=7, message=0, person=7)


def nobody(_ids: object) -> None:
    """Nobody listens yet."""


class Elsewhere:
    """Other processes, and what they save."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.reads: Counter[str] = Counter()
        self.troubles = 0
        self.while_read: Callable[[], None] = lambda: None
        self.say: Heard = nobody

    def task(self) -> Task:
        task = new_task(key=str(len(self.tasks)), origin=ORIGIN, order=ORDER, now=datetime.now(UTC))
        return self.tasks.setdefault(task.id, task)

    def save(self, task: Task) -> None:
        self.tasks[task.id] = replace(task, version=self.tasks[task.id].version + 1)

    async def read(self, task_id: str) -> Task | None:
        self.reads[task_id] += 1
        task = self.tasks.get(task_id)
        await asyncio.sleep(0)
        self.while_read()
        if self.troubles:
            self.troubles -= 1
            raise Transient(Reason.INTERNAL, "database: away")
        return task

    def tell(self, task_id: str) -> None:
        raise NotImplementedError

    async def run(self, heard: Heard) -> None:
        self.say = heard
        await asyncio.Event().wait()


async def heard(news: asyncio.Queue[Task]) -> Task:
    async with asyncio.timeout(10):
        return await news.get()


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def elsewhere(hub: Hub) -> AsyncIterator[Elsewhere]:
    others = Elsewhere()
    hearsay = Hearsay(hub=hub, others=others, read=others.read, pause=0.001)
    running = asyncio.create_task(hearsay.run())
    await eventually(lambda: others.say is not nobody)
    yield others
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_who_watches_hears_and_what_nobody_watches_is_not_read(
    hub: Hub, elsewhere: Elsewhere
) -> None:
    one, other = elsewhere.task(), elsewhere.task()
    with hub.watching(one.id) as news:
        elsewhere.save(one)
        elsewhere.say([one.id, other.id])
        assert (await heard(news)).version == 1
    elsewhere.say([one.id, other.id])
    await asyncio.sleep(0.005)
    assert elsewhere.reads == {one.id: 1}


async def test_a_thousand_who_watch_one_task_cost_one_look(hub: Hub, elsewhere: Elsewhere) -> None:
    task = elsewhere.task()
    with ExitStack() as stack:
        watchers = [stack.enter_context(hub.watching(task.id)) for _ in range(1_000)]
        elsewhere.say([task.id])
        assert {(await heard(news)).id for news in watchers} == {task.id}
    assert elsewhere.reads == {task.id: 1}


async def test_when_anything_may_have_changed_all_that_is_watched_is_read(
    hub: Hub, elsewhere: Elsewhere
) -> None:
    tasks = [elsewhere.task() for _ in range(50)]
    with ExitStack() as stack:
        watchers = [stack.enter_context(hub.watching(one.id)) for one in tasks[:20]]
        elsewhere.say(None)
        for news in watchers:
            await heard(news)
    assert elsewhere.reads == {one.id: 1 for one in tasks[:20]}


async def test_what_is_saved_while_it_is_read_is_read_again(hub: Hub, elsewhere: Elsewhere) -> None:
    task = elsewhere.task()

    def saved_meanwhile() -> None:
        elsewhere.while_read = lambda: None
        elsewhere.save(task)
        elsewhere.say([task.id])

    elsewhere.while_read = saved_meanwhile
    with hub.watching(task.id) as news:
        elsewhere.say([task.id])
        assert [(await heard(news)).version, (await heard(news)).version] == [0, 1]


async def test_what_cannot_be_read_is_read_when_it_can(hub: Hub, elsewhere: Elsewhere) -> None:
    task, elsewhere.troubles = elsewhere.task(), 5
    with hub.watching(task.id) as news:
        elsewhere.say([task.id])
        assert (await heard(news)).id == task.id
    assert elsewhere.reads[task.id] == 6


async def test_nobody_hears_of_a_task_that_is_gone(hub: Hub, elsewhere: Elsewhere) -> None:
    task, other = elsewhere.task(), elsewhere.task()
    del elsewhere.tasks[task.id]
    with hub.watching(task.id) as news, hub.watching(other.id) as others:
        elsewhere.say([task.id, other.id])
        await heard(others)
        await eventually(lambda: elsewhere.reads[task.id])
        assert news.empty()
