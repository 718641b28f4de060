"""(f) From the start of a process until the bot is ready, and until `--help` is there."""

import asyncio
import os
import sys
import time
from functools import partial

from tests.bench.figures import Row, Setting, alternate, at_most, compared, under
from tests.bench.messages import picture
from tests.bench.outside import Outside
from tests.bench.processes import Bot

SUBJECT = "Start"
READY = "the bot is ready"
LIBRARIES = "its libraries imported"
HELP = "`python -m bot --help`"
CLICK = "click imported"
# What the bot needs whatever it is set to.
_IMPORTED = (
    "aiohttp.web, babel, certifi, httpx, obstore.store, PIL.Image, prometheus_client, "
    "pydantic_settings, pyrate_limiter, sqlite_utils, structlog, telegram.ext"
)


async def run(setting: Setting) -> list[Row]:
    rounds = setting.pick(9, 1)
    async with Outside(picture(64)) as outside:
        ready = await alternate(
            {
                READY: partial(_until_ready, setting, outside),
                LIBRARIES: partial(_until_ended, "-c", f"import {_IMPORTED}"),
            },
            rounds,
        )
    helped = await alternate(
        {
            HELP: partial(_until_ended, "-m", "bot", "--help"),
            CLICK: partial(_until_ended, "-c", "import click"),
        },
        rounds,
    )
    return [
        compared(ready, READY, LIBRARIES, subject=SUBJECT, unit="s", goal=at_most(1.3)),
        compared(helped, HELP, CLICK, subject=SUBJECT, unit="s", goal=under(0.2)),
    ]


async def _until_ready(setting: Setting, outside: Outside) -> float:
    """On a database that is there: it is made once."""
    bot = Bot(setting.folder / "start", outside.url)
    began = time.perf_counter()
    try:
        await bot.start(within=120)
        return time.perf_counter() - began
    finally:
        await bot.kill()


async def _until_ended(*arguments: str) -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, env={**os.environ}
    )
    if await process.wait():
        raise RuntimeError(f"{arguments}: it failed")
    return time.perf_counter() - began
