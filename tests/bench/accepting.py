"""(a) Updates taken at the door, each on disk before it is acknowledged, and those handled."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from importlib.util import find_spec

from tests.bench.figures import Goal, Measured, Row, Setting, alternate, at_least, compared
from tests.bench.load import NoWrk, wrk
from tests.bench.messages import NUMBER, PERSON, message_update, picture, template
from tests.bench.outside import Outside
from tests.bench.processes import SECRET, Bot, Peer, in_memory, opened, running

SUBJECT = "Accepting: updates a second, 16 connections"
OURS = "this bot, every update on disk"
IN_MEMORY = "this bot, on a disk that takes no time"
BARE = "aiohttp alone"
PARSED = "aiohttp and `Update.de_json`"
AIOGRAM = "aiogram, nothing on disk"
PTB = "python-telegram-bot, nothing on disk"
HANDLED = "this bot: handled, every task on disk"

_PEERS = (
    (BARE, "floors", "bare"),
    (PARSED, "floors", "parsed"),
    (AIOGRAM, "peers.aiogram_webhook"),
    (PTB, "peers.ptb_webhook"),
)
GOALS: dict[str, Goal] = {
    BARE: at_least(0.6),
    PARSED: at_least(1),
    AIOGRAM: at_least(1),
    PTB: at_least(1),
}


async def run(setting: Setting) -> list[Row]:
    try:
        figures = await _at_the_doors(setting)
    except NoWrk as missing:
        return [Row(subject=SUBJECT, what=OURS, unit="/s", skipped=str(missing))]
    rows = [
        compared(figures, OURS, name, subject=SUBJECT, unit="/s", goal=goal)
        for name, goal in GOALS.items()
        if name in figures
    ]
    if IN_MEMORY in figures:
        rows.append(compared(figures, IN_MEMORY, BARE, subject=SUBJECT, unit="/s"))
    if PTB not in figures:
        rows.append(Row(subject=SUBJECT, what=OURS, unit="/s", skipped="tornado is missing"))
    times = setting.pick(2, 1)
    figures[HANDLED] = [await _handled(setting, number) for number in range(times)]
    figures[PARSED] = [statistics.median(figures[PARSED])] * times
    goal = at_least(0.5)
    return [*rows, compared(figures, HANDLED, PARSED, subject=SUBJECT, unit="/s", goal=goal)]


async def _at_the_doors(setting: Setting) -> Measured:
    """Updates a second. The bot cannot reach Telegram, so it takes what comes and handles nothing."""
    there = [one for one in _PEERS if one[0] != PTB or find_spec("tornado")]
    async with Outside(picture(64)) as outside:
        peers = {
            name: Peer(setting.folder, *words, TELEGRAM_API_URL=outside.url)
            for name, *words in there
        }
        bot = Bot(setting.folder / "accepting", outside.url)
        async with running(*peers.values()):
            outside.reachable.clear()
            urls = {name: peer.url for name, peer in peers.items()}
            async with AsyncExitStack() as stack:
                urls[OURS] = await stack.enter_async_context(opened(bot))
                if folder := await stack.enter_async_context(in_memory()):
                    urls[IN_MEMORY] = await stack.enter_async_context(
                        opened(Bot(folder, outside.url))
                    )
                return await _loaded(setting, urls)


async def _loaded(setting: Setting, urls: Mapping[str, str]) -> Measured:
    seconds, rounds = setting.pick((2, 4), (1, 1))
    numbers = itertools.count(100_000_000, 1_000_000)

    async def load(url: str) -> float:
        words = ("update", str(next(numbers)), str(NUMBER), template())
        return await wrk(url, *words, seconds=seconds, secret=SECRET)

    asked: dict[str, Callable[[], Awaitable[float]]] = {
        name: partial(load, url) for name, url in urls.items()
    }
    return await alternate(asked, rounds, warm_up=not setting.quick)


async def _handled(setting: Setting, number: int) -> float:
    """Messages of many people that wait when the bot begins: until the last is a task on disk."""
    count = setting.pick(500, 50)
    async with Outside(picture(64), reachable=False, held=True) as outside:
        # Within the limits of Telegram and of the generator, as ever: else cards and submissions
        # would take the time.
        folder = setting.folder / f"handling{number}"
        bot = Bot(folder, outside.url, TELEGRAMS_PACE="kept", JOBS_IN_TEN_SECONDS="20")
        async with opened(bot) as door:
            for first in range(0, count, 50):
                messages = (
                    message_update(one + 1, PERSON + one, f"thing {one}")
                    for one in range(first, first + 50)
                )
                headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
                await asyncio.gather(*(outside.post(door, one, headers) for one in messages))
            outside.reachable.set()
            await bot.logged("ready", within=120)
            began = time.perf_counter()
            # Whoever reads its log late may find all of it there.
            return count / max(await bot.counted("requested", count) - began, 0.001)
