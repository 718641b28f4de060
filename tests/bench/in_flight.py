"""(d) What tasks that wait cost in memory, and a hundred large pictures at once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from bot.life import PictureState
from bot.origin import Origin
from bot.storage.database import Database
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task
from tests.bench.figures import Row, Setting, under
from tests.bench.filling import ORDER
from tests.bench.messages import PERSON, picture
from tests.bench.outside import Outside
from tests.bench.processes import Bot, forget_most_memory, most_memory, running
from tests.conftest import TOKEN

SUBJECT = "In flight: resident memory"
# What is loaded with the first of all tasks is no cost of each.
_FIRST = 20


async def run(setting: Setting) -> list[Row]:
    return [*await _waiting(setting), *await _large(setting)]


async def _waiting(setting: Setting) -> list[Row]:
    """Tasks at the generator, of somebody else each, about which the bot asks once."""
    steps = setting.pick((0, 1_000, 10_000), (0, 20, 40))
    sizes: dict[int, int] = {}
    async with Outside(picture(64), held=True) as outside:
        # They wait for their callbacks; the next look is at ten times as much.
        bot = Bot(setting.folder / "waiting", outside.url, TASK_POLL_SECONDS="60")
        async with running(bot):
            database = await SQLite.attach(setting.folder / "waiting" / "bot.db")
            try:
                looked_at = 0
                for count in steps:
                    await _wait(outside, database, range(looked_at, _FIRST + count))
                    looked_at = _FIRST + count
                    sizes[count] = await bot.collected()
            finally:
                await database.close()

    def row(count: int) -> Row:
        value = sizes[count] / 1e6
        return Row(subject=SUBJECT, what=f"{count:,} tasks that wait", unit="MB", value=value)

    none, few, many = steps
    # The allocator may have had it all already.
    each = max(sizes[many] - sizes[few], 1) / (many - few) / 1e3
    return [
        row(none),
        row(few),
        replace(row(many), goal=under(150)),
        Row(subject=SUBJECT, what="each of them", unit="kB", value=each, goal=under(4)),
    ]


async def _wait(outside: Outside, database: Database, numbers: range) -> None:
    """Write such tasks beside the bot, which finds them, and wait until it has asked about all."""
    store, missing, done = TaskStore(database), set[str](), asyncio.Event()

    def looked_up(job: str) -> None:
        missing.discard(job)
        if not missing:
            done.set()

    tasks = [_at_the_generator(PERSON + number, outside.job("thing").id) for number in numbers]
    missing.update(task.pictures[0].job or "" for task in tasks)
    outside.looked_up = looked_up
    for first in range(0, len(tasks), 500):
        await asyncio.gather(*(store.add(task) for task in tasks[first : first + 500]))
    async with asyncio.timeout(300):
        await done.wait()


def _at_the_generator(person: int, job: str) -> Task:
    now = datetime.now(UTC)
    origin = Origin(chat=person, message=1, person=person, language="en")
    task = new_task(key=f"thing of {person}", origin=origin, order=ORDER, now=now)
    (waiting,) = task.pictures
    state = PictureState.SUBMITTED
    submitted = replace(waiting, state=state, job=job, submissions=1, submitted_at=now, due_at=now)
    return replace(task.with_picture(submitted), card_at=None)


async def _large(setting: Setting) -> list[Row]:
    """All their callbacks at the same moment, and each picture as large as they come."""
    count, content = setting.pick(100, 4), picture(2048)
    arrived, missing = asyncio.Event(), set(range(PERSON, PERSON + count))

    def arrive(person: int, _at: float) -> None:
        missing.discard(person)
        if not missing:
            arrived.set()

    async with Outside(content, held=True) as outside:
        outside.arrived = arrive
        bot = Bot(setting.folder / "large", outside.url)
        async with running(bot):
            for person in tuple(missing):
                await outside.say(TOKEN, person, f"thing {person}")
            await bot.counted("submitted", count)
            forget_most_memory(bot.pid)
            for job in list(outside.jobs.values()):
                outside.finish(job)
            async with asyncio.timeout(300):
                await arrived.wait()
            most = most_memory(bot.pid)
    what = f"{count} results of {len(content) / 1e6:.0f} MB at once, at its most"
    return [Row(subject=SUBJECT, what=what, unit="MB", value=most / 1e6, goal=under(400))]
