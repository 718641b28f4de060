"""(c) Pictures brought a second, by a generator that needs no time, beside bots as people write them."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial

from tests.bench.figures import Row, Setting, alternate, at_least, compared
from tests.bench.messages import PERSON, picture
from tests.bench.outside import Outside
from tests.bench.processes import Bot, Peer, running

SUBJECT = "End to end: pictures a second, of 1.4 MB each, asked for all at once"
OURS = "this bot, called back, everything on disk"
POLLING = "this bot, polling, everything on disk"
PTB = "python-telegram-bot, polling, work in the handler"
AIOGRAM = "aiogram, polling, a task for each"


async def run(setting: Setting) -> list[Row]:
    count, rounds = setting.pick((60, 3), (5, 1))
    async with Outside(picture(setting.pick(1024, 64))) as outside:
        crowd = Crowd(outside, count)
        tokens = {
            name: f"{number}23456:TEST-token_0123456789abcdefghijklmno"
            for number, name in enumerate((OURS, POLLING, PTB, AIOGRAM), start=1)
        }
        ours = {
            OURS: Bot(setting.folder / "called", outside.url, token=tokens[OURS]),
            POLLING: Bot(
                setting.folder / "polling",
                outside.url,
                polls=True,
                token=tokens[POLLING],
                TASK_POLL_SECONDS="0.05",
            ),
        }
        peers = [
            Peer(
                setting.folder,
                f"peers.{module}",
                BOT_TOKEN=tokens[name],
                TELEGRAM=outside.url,
                GENERATOR=outside.url,
            )
            for name, module in ((PTB, "ptb_polling"), (AIOGRAM, "aiogram_polling"))
        ]
        async with running(*ours.values(), *peers):
            asked: dict[str, Callable[[], Awaitable[float]]] = {
                name: partial(crowd.play, token) for name, token in tokens.items()
            }
            figures = await alternate(asked, rounds, warm_up=not setting.quick)
    better = max((PTB, AIOGRAM), key=lambda name: statistics.median(figures[name]))
    other = PTB if better == AIOGRAM else AIOGRAM
    goals = {better: at_least(2), other: None}
    return [
        compared(figures, ours, name, subject=SUBJECT, unit="/s", goal=goal)
        for ours in (OURS, POLLING)
        for name, goal in goals.items()
    ]


class Crowd:
    """People who ask one bot at the same time, each for one picture."""

    def __init__(self, outside: Outside, count: int) -> None:
        self._outside = outside
        self._count = count
        self._people = itertools.count(PERSON)
        self._missing: set[int] = set()
        self._all_there = asyncio.Event()
        outside.arrived = self._arrived

    async def play(self, token: str) -> float:
        people = list(itertools.islice(self._people, self._count))
        self._missing.update(people)
        self._all_there.clear()
        began = time.perf_counter()
        saying = (self._outside.say(token, one, f"thing {one}") for one in people)
        await asyncio.gather(*saying)
        async with asyncio.timeout(300):
            await self._all_there.wait()
        return self._count / (time.perf_counter() - began)

    def _arrived(self, person: int, _at: float) -> None:
        self._missing.discard(person)
        if not self._missing:
            self._all_there.set()
