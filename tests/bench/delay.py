"""(b) How long after the generator's call the picture is with Telegram, one at a time and many."""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bot.sandbox.jobs import Job
from tests.bench.figures import Goal, Row, Setting, at_most, percentile
from tests.bench.messages import PERSON, picture
from tests.bench.outside import Outside
from tests.bench.processes import Bot, Peer, in_memory, running
from tests.conftest import TOKEN

SUBJECT = "Adding no delay: from the generator's callback to the picture's arrival, 1.4 MB each"
FLOOR = "three calls with httpx"
PERCENTILES = {50: at_most(1.5), 99: at_most(3)}

# The delays of each round.
Delays = dict[int, list[list[float]]]


async def run(setting: Setting) -> list[Row]:
    # At once, and how many in each round.
    levels: dict[int, int] = setting.pick({1: 20, 10: 40, 100: 150}, {1: 2, 10: 10})
    rounds = setting.pick(7, 1)
    ours: Delays = {at_once: [] for at_once in levels}
    theirs: Delays = {at_once: [] for at_once in levels}
    in_no_time: list[list[float]] = []
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(_outside(setting))
        bot = Bot(setting.folder / "delay", outside.url)
        called = {"TELEGRAM": f"{outside.url}/bot{TOKEN}", "GENERATOR": outside.url}
        floor = Peer(setting.folder, "floors", "delivering", **called)
        await stack.enter_async_context(running(bot))
        await stack.enter_async_context(running(floor))
        stage = _Stage(outside, bot, floor)
        where_disks_take_no_time = await _stage_in_memory(setting, stack)
        for number in range(-1, rounds):
            for at_once, count in levels.items():
                our = await stage.play(await stage.asked(count), at_once)
                their = await stage.play(stage.invented(count), at_once)
                if number >= 0:
                    ours[at_once].append(our)
                    theirs[at_once].append(their)
            if beside := where_disks_take_no_time:
                delays = await beside.play(await beside.asked(levels[1]), 1)
                in_no_time += [delays] if number >= 0 else []
    rows = [
        _row(f"{at_once} at once", percent, goal, ours[at_once], theirs[at_once])
        for at_once in levels
        for percent, goal in PERCENTILES.items()
    ]
    if in_no_time:
        # The floor never waits for a disk.
        what = "1 at once, on a disk that takes no time"
        rows.append(_row(what, 50, None, in_no_time, theirs[1]))
    return [*rows, _disk(setting)]


def _outside(setting: Setting) -> Outside:
    return Outside(picture(setting.pick(1024, 64)), held=True)


async def _stage_in_memory(setting: Setting, stack: AsyncExitStack) -> "_Stage | None":
    """What is left when nothing waits for the disk."""
    folder = await stack.enter_async_context(in_memory())
    if folder is None:
        return None
    outside = await stack.enter_async_context(_outside(setting))
    bot = Bot(folder, outside.url)
    await stack.enter_async_context(running(bot))
    return _Stage(outside, bot, None)


def _disk(setting: Setting) -> Row:
    """How long one wait for the disk is; the bot waits four times, one after the other."""
    waits: list[float] = []
    with (setting.folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(setting.pick(100, 5)):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            waits.append(time.perf_counter() - began)
    value = statistics.median(waits) * 1000
    return Row(subject=SUBJECT, what="one wait for this disk (fsync), p50", unit="ms", value=value)


@dataclass(eq=False)
class _Stage:
    """Jobs are ended one after the other, and it is noted when their pictures arrive.

    Each is of somebody else, by whom its picture is known.
    """

    outside: Outside
    bot: Bot
    floor: Peer | None
    _people: itertools.count = field(default_factory=lambda: itertools.count(PERSON))
    _waiting: dict[int, asyncio.Future[float]] = field(default_factory=dict)
    _submitted: int = 0

    def __post_init__(self) -> None:
        self.outside.arrived = self._arrived

    async def asked(self, count: int) -> list[tuple[int, Job]]:
        """The bot was asked for these, and the generator was asked by it."""
        people = {f"thing {person}": person for person in itertools.islice(self._people, count)}
        jobs: list[tuple[int, Job]] = []
        self.outside.created = lambda job: jobs.append((people[job.prompt], job))
        for words, person in people.items():
            await self.outside.say(TOKEN, person, words)
        self._submitted += count
        await self.bot.counted("submitted", self._submitted)
        return jobs

    def invented(self, count: int) -> list[tuple[int, Job]]:
        """The floor will be called about these."""
        assert self.floor is not None
        return [
            (person, self.outside.job("thing", f"{self.floor.url}/?chat={person}"))
            for person in itertools.islice(self._people, count)
        ]

    async def play(self, jobs: Sequence[tuple[int, Job]], at_once: int) -> list[float]:
        """So many under way all the time; returns the seconds of each."""
        left, delays = iter(jobs), list[float]()

        async def one_after_the_other() -> None:
            for person, job in left:
                arriving = self._waiting[person] = asyncio.get_running_loop().create_future()
                began = time.perf_counter()
                await self.outside.finish(job)
                async with asyncio.timeout(300):
                    delays.append(await arriving - began)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_after_the_other())
        return delays

    def _arrived(self, person: int, at: float) -> None:
        self._waiting.pop(person).set_result(at)


def _row(
    who: str, percent: int, goal: Goal | None, ours: list[list[float]], theirs: list[list[float]]
) -> Row:
    """Of all rounds together: one of 20 has no 99th percentile."""
    mine = percentile(list(itertools.chain(*ours)), percent)
    floor = percentile(list(itertools.chain(*theirs)), percent)
    ratio = mine / floor
    if percent == 50:
        pairs = zip(ours, theirs, strict=True)
        ratio = statistics.median(statistics.median(a) / statistics.median(b) for a, b in pairs)
    return Row(
        subject=SUBJECT,
        what=f"{who}, p{percent}",
        unit="ms",
        value=mine * 1000,
        against=FLOOR,
        other=floor * 1000,
        ratio=ratio,
        goal=goal,
    )
