"""WHEN a task moves: what is due, once at a time, a bounded number at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from bot.worker import Alarm, Worker
from tests.stage import Clock


class Desk:
    """The pipeline and the schedule in one: each task is due until it has moved.

    Moves end when the desk is `open`, and at once from then on.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.due_at: dict[str, datetime] = {}
        self.open = asyncio.Event()
        self.news = asyncio.Event()
        self.answering = asyncio.Event()
        self.answering.set()
        self.moving: Counter[str] = Counter()
        self.most = 0
        self.moved: list[str] = []
        self.cut_off: list[str] = []
        self.stumbles: list[str] = []
        self.broken: dict[str, int] = {}
        self.asked = 0
        self.store_broken = 0
        self.disk_full = False

    def put(self, *tasks: str, later: float = 0) -> None:
        self.due_at |= dict.fromkeys(tasks, self.clock() + timedelta(seconds=later))

    async def due(self, now: datetime, limit: int) -> tuple[list[str], datetime | None]:
        self.asked += 1
        await self.answering.wait()
        if self.store_broken:
            self.store_broken -= 1
            raise OSError("disk on fire")
        due = [one for one, at in self.due_at.items() if at <= now][:limit]
        return due, min((at for at in self.due_at.values() if at > now), default=None)

    async def advance(self, task_id: str) -> None:
        self.moving[task_id] += 1
        self.most = max(self.most, self.moving.total())
        try:
            assert self.moving[task_id] == 1, f"{task_id} moves twice at a time"
            await self.open.wait()
            if self.broken.get(task_id, 0) > 0:
                self.broken[task_id] -= 1
                raise ValueError("nobody foresaw this")
            self.due_at.pop(task_id, None)
            self.moved.append(task_id)
            self.news.set()
        except asyncio.CancelledError:
            self.cut_off.append(task_id)
            raise
        finally:
            self.moving[task_id] -= 1

    async def stumbled(self, task_id: str) -> None:
        self.stumbles.append(task_id)
        if self.disk_full:
            raise OSError("disk full")


@pytest.fixture
def desk() -> Desk:
    return Desk(Clock())


@pytest.fixture
def alarm() -> Alarm:
    return Alarm()


Start = Callable[..., Worker]


@pytest.fixture
async def start(desk: Desk, alarm: Alarm) -> AsyncIterator[Start]:
    running: list[tuple[Worker, asyncio.Task[None]]] = []

    def start(concurrency: int = 256) -> Worker:
        worker = Worker(desk, desk, alarm, desk.clock, concurrency=concurrency)
        running.append((worker, asyncio.create_task(worker.run())))
        return worker

    yield start
    for worker, task in running:
        await worker.stop(within=0)
        await task


async def rest(turns: int = 20) -> None:
    """Let everything run that can run without time passing."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def test_what_is_due_is_moved_and_the_rest_is_not(desk, start):
    desk.put("a", "b")
    desk.put("tomorrow", later=86_400)
    desk.open.set()
    start()
    await rest()
    assert sorted(desk.moved) == ["a", "b"]


async def test_what_is_not_due_yet_is_moved_when_it_is(desk, start):
    desk.put("soon", later=0.005)
    desk.open.set()
    start()
    await rest()
    assert desk.moved == []
    desk.clock.forward(1)
    async with asyncio.timeout(30):
        await desk.news.wait()
    assert desk.moved == ["soon"]


async def test_a_task_is_moved_once_at_a_time(desk, alarm, start):
    desk.put("a")
    start()
    await rest()
    for _ in range(5):
        alarm.ring("a")
        await rest()
    assert desk.moving["a"] == 1
    assert desk.moved == []


async def test_news_during_a_move_move_the_task_again(desk, alarm, start):
    desk.put("a")
    start()
    await rest()
    alarm.ring("a")
    alarm.ring("a")
    await rest()
    desk.open.set()
    await rest()
    assert desk.moved == ["a", "a"]


async def test_news_move_a_task_that_is_not_due(desk, alarm, start):
    desk.open.set()
    start()
    await rest()
    alarm.ring("a")
    await rest()
    assert desk.moved == ["a"]


async def test_no_more_tasks_move_at_a_time_than_allowed(desk, alarm, start):
    tasks = [f"t{number}" for number in range(10)]
    desk.put(*tasks[:7])
    for task in tasks[7:]:
        alarm.ring(task)
    start(concurrency=3)
    await rest()
    assert desk.moving.total() == 3
    desk.open.set()
    await rest(100)
    assert desk.most == 3
    assert sorted(desk.moved) == tasks


async def test_a_full_house_does_not_keep_asking(desk, start):
    desk.put("a", "b", "c")
    start(concurrency=2)
    await rest(50)
    assert desk.asked == 1


async def test_a_stumble_is_counted_and_the_worker_goes_on(desk, start, caplog):
    desk.put("bad", "good")
    desk.broken["bad"] = 2
    desk.open.set()
    start()
    await rest(50)
    assert desk.stumbles == ["bad", "bad"]
    assert sorted(desk.moved) == ["bad", "good"]
    assert "nobody foresaw this" in caplog.text


async def test_a_stumble_that_cannot_be_written_does_not_make_us_spin(desk, start, caplog):
    desk.put("bad", "good")
    desk.broken["bad"] = 99
    desk.disk_full = True
    desk.open.set()
    start()
    await rest(50)
    assert desk.stumbles == ["bad"]
    assert desk.moved == ["good"]
    assert "disk full" in caplog.text


async def test_a_store_in_trouble_does_not_end_the_worker(desk, alarm, start, caplog):
    desk.put("a")
    desk.store_broken = 99
    desk.open.set()
    start()
    await rest()
    assert desk.moved == []
    desk.store_broken = 0
    alarm.nudge()
    await rest()
    assert desk.moved == ["a"]
    assert "disk on fire" in caplog.text


async def test_stop_lets_what_moves_come_to_rest_and_begins_nothing(desk, alarm, start):
    desk.put("a")
    worker = start()
    await rest()
    stopping = asyncio.create_task(worker.stop(within=60))
    await rest()
    assert not stopping.done()
    desk.put("b")
    alarm.ring("c")
    await rest()
    desk.open.set()
    await stopping
    await rest()
    assert desk.moved == ["a"]
    assert desk.cut_off == []


async def test_stop_cuts_off_what_does_not_come_to_rest(desk, start):
    desk.put("a", "b")
    worker = start()
    await rest()
    await worker.stop(within=0.005)
    assert sorted(desk.cut_off) == ["a", "b"]
    assert desk.moving.total() == 0
    assert set(desk.due_at) == {"a", "b"}


async def test_what_is_found_due_while_stopping_is_not_begun(desk, start):
    desk.put("a")
    desk.answering.clear()
    worker = start()
    await rest()
    await worker.stop(within=0)
    desk.answering.set()
    await rest()
    assert desk.asked == 1
    assert desk.moving == {}


async def test_stop_ends_the_run(desk):
    worker = Worker(desk, desk, Alarm(), desk.clock)
    running = asyncio.create_task(worker.run())
    await rest()
    await worker.stop(within=0)
    async with asyncio.timeout(30):
        await running


# --- the alarm ----------------------------------------------------------------------------


async def test_an_alarm_wakes_whoever_waits(alarm):
    waiting = asyncio.create_task(alarm.wait(30))
    await rest()
    assert not waiting.done()
    alarm.ring("a")
    async with asyncio.timeout(30):
        await waiting
    assert alarm.take() == {"a"}
    assert alarm.take() == set()


async def test_an_alarm_that_rang_before_is_heard(alarm):
    alarm.nudge()
    async with asyncio.timeout(30):
        await alarm.wait(30)
    assert alarm.take() == set()


async def test_news_that_were_put_back_do_not_ring(alarm):
    alarm.ring("a")
    alarm.take()
    alarm.put_back("a")
    waiting = asyncio.create_task(alarm.wait(30))
    await rest()
    assert not waiting.done()
    waiting.cancel()
    assert alarm.take() == {"a"}
