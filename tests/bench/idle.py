"""(f) What the bot takes while nobody asks, and how often its event loop is held up while many do."""

import asyncio
import os
from pathlib import Path

from tests.bench.end_to_end import Crowd
from tests.bench.figures import Row, Setting, under
from tests.bench.messages import picture
from tests.bench.outside import Outside
from tests.bench.processes import Bot, running
from tests.conftest import TOKEN

IDLE = "Idle: processor time while nobody asks"
HELD = "Event loop: work of more than 5 ms at a stretch"
# What is loaded and said at the start is over by then.
_RESTING = 5.0


async def run(setting: Setting) -> list[Row]:
    return [
        await _idle(setting, polls=False),
        await _idle(setting, polls=True),
        await _held(setting),
    ]


async def _idle(setting: Setting, *, polls: bool) -> Row:
    seconds = setting.pick(30.0, 1.0)
    async with Outside(picture(64)) as outside:
        bot = Bot(setting.folder / f"idle {polls}", outside.url, polls=polls)
        async with running(bot):
            await asyncio.sleep(setting.pick(_RESTING, 0.1))
            before = processor_time(bot.pid)
            await asyncio.sleep(seconds)
            taken = processor_time(bot.pid) - before
    what = "asking Telegram" if polls else "called by Telegram"
    return Row(subject=IDLE, what=what, unit="%", value=100 * taken / seconds, goal=under(0.5))


async def _held(setting: Setting) -> Row:
    """As LOG_LEVEL=DEBUG tells it, in seconds of the processor."""
    rounds, count = setting.pick((3, 60), (1, 3))
    async with Outside(picture(setting.pick(1024, 64))) as outside:
        crowd = Crowd(outside, count)
        bot = Bot(setting.folder / "held", outside.url, LOG_LEVEL="DEBUG")
        async with running(bot):
            await crowd.play(TOKEN)
            told = len(bot.lines)
            for _ in range(rounds):
                await crowd.play(TOKEN)
            held = sum(line.get("event") == "loop held" for line in bot.lines[told:])
    what = f"while {rounds * count} people are brought a picture"
    return Row(subject=HELD, what=what, unit="times", value=held)


def processor_time(pid: int) -> float:
    """Seconds, of the user and of the system. See proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
