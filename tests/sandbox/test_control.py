"""The bot is stopped, started, restarted and killed from the page, and comes back by itself."""

import asyncio

import pytest

from bot.sandbox.control import Control
from bot.sandbox.process import BotProcess
from tests.sandbox.pages import refusal

READY = 'print(\'{"event": "ready"}\', file=sys.stderr, flush=True)'
OBEDIENT = f"import sys, signal; signal.signal(15, lambda *_: sys.exit(0)); {READY}; signal.pause()"
STUBBORN = f"import sys, signal; signal.signal(15, signal.SIG_IGN); {READY}; signal.pause()"


async def test_orders_are_told_to_the_page(browser, process):
    async with browser.session.ws_connect("/api/events") as socket:
        assert await browser.post("bot", action="stop") == (200, {"running": False})
        assert await socket.receive_json() == {"kind": "process", "running": False, "restarts": 0}
        assert await browser.post("bot", action="start") == (200, {"running": True})
        assert await socket.receive_json() == {"kind": "process", "running": True, "restarts": 1}
        assert await browser.post("bot", action="start") == (200, {"running": True})
        assert await browser.post("bot", action="restart") == (200, {"running": True})
        told = [await socket.receive_json() for _ in range(2)]
        assert [(one["running"], one["restarts"]) for one in told] == [(False, 1), (True, 2)]


async def test_a_killed_bot_is_seen_dead_and_comes_back(browser, process):
    async with browser.session.ws_connect("/api/events") as socket:
        assert await browser.post("bot", action="kill") == (200, {"running": False})
        told = [await socket.receive_json() for _ in range(2)]
        assert [one["running"] for one in told] == [False, True]
    assert (await browser.get("state"))[1]["process"] == {"running": True, "restarts": 1}


async def test_a_bot_that_does_not_start_is_said(browser, process):
    process.broken = True
    assert refusal(await browser.post("bot", action="restart")) == (502, "did_not_start", "")
    assert refusal(await browser.post("bot", action="dance")) == (400, "invalid", "action")


async def test_a_stop_after_a_kill_stays_stopped(process):
    control = Control(process, revive_seconds=60)
    await control.do("kill")
    assert await control.do("stop") is False
    await control.close()
    assert control.restarts == 0


async def test_a_killed_bot_that_cannot_come_back_is_shown_dead(process):
    control, told = Control(process, revive_seconds=0.001), asyncio.Event()
    process.broken = True
    await control.do("kill")
    control.listeners.append(told.set)
    async with asyncio.timeout(30):
        await told.wait()
    assert (control.running, control.restarts) == (False, 0)
    await control.close()


@pytest.fixture
async def bot_process(tmp_path):
    running = BotProcess({}, tmp_path, command=("-c", OBEDIENT))
    yield running
    await running.kill()


async def test_a_real_process_lives_dies_and_lives_again(bot_process):
    control, ends = Control(bot_process, revive_seconds=0.001), []
    bot_process.end_listeners.append(lambda: ends.append(bot_process.running))
    await bot_process.start()
    first = bot_process.pid
    assert await control.do("kill") is False
    async with asyncio.timeout(30):
        while not control.running or not control.restarts:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.005)
    assert bot_process.pid != first
    assert await control.do("stop") is False
    assert ends == [False, False]


async def test_whoever_does_not_end_in_time_is_killed(tmp_path):
    stubborn = BotProcess({}, tmp_path, command=("-c", STUBBORN))
    await stubborn.start()
    assert await stubborn.terminate(within=0.01) == -9
    assert not stubborn.running
