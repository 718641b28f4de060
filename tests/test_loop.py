"""Which event loop a process has, and what it tells when it is to be observed."""

import asyncio
import logging
import subprocess
import sys

import pytest

from bot import loop

SAY_SO = """
import asyncio, sys
{before}
from bot import loop

async def main():
    print(type(asyncio.get_running_loop()).__module__)

loop.run(main())
"""


@pytest.mark.parametrize(
    ("before", "module"),
    [("", "uvloop"), ("sys.modules['uvloop'] = None", "asyncio.unix_events")],
    ids=["where it is", "where it is not"],
)
def test_uvloop_runs_what_it_can_and_python_the_rest(before: str, module: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SAY_SO.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == module


def test_what_holds_the_loop_is_counted_and_named(caplog: pytest.LogCaptureFixture) -> None:
    async def count() -> None:
        for _ in range(3_000_000):
            pass

    def count_too() -> None:
        sum(range(3_000_000))

    async def main() -> tuple[int, int]:
        observed = asyncio.get_running_loop()
        assert isinstance(observed, loop.Observed)
        await asyncio.create_task(count())
        await asyncio.sleep(0.02)
        observed.call_later(0.001, count_too)
        await asyncio.sleep(0.02)
        return observed.held, observed.done

    with caplog.at_level(logging.DEBUG, "bot.loop"):
        held, done = loop.run(main(), observed=True)
    names = [record.what.rpartition(".")[2] for record in caplog.records]
    assert held == len(names) == 2
    assert names == ["count", "count_too"]
    assert done > held


def test_waiting_is_not_holding(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "bot.loop"):
        loop.run(asyncio.sleep(0.01), observed=True)
    assert "loop held" not in caplog.messages


def test_what_is_loaded_is_looked_at_no_more_once_the_bot_has_started() -> None:
    """In a process of its own: what is kept so is kept for ever."""
    code = """
import asyncio, gc
from bot import loop

async def main():
    started = asyncio.Event()
    keeping = asyncio.create_task(loop.keep_what_is_loaded(started))
    await asyncio.sleep(0)
    print(gc.get_freeze_count() > 0)
    started.set()
    await keeping
    print(gc.get_freeze_count() > 1000)

loop.run(main())
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]
