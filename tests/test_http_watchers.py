"""Five hundred pages that watch: what they cost the bot, and that each hears of each change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.process import BotProcess
from tests.conftest import API_KEY, TOKEN
from tests.ports import free_port

CALLERS, EACH = 10, 50
MEGABYTE = 2**20


def resident(pid: int) -> int:
    """Bytes of memory a process has. https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html"""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[tuple[BotProcess, str]]:
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot")
    generator = GeneratorServer(api_key=API_KEY, rate=None)
    generator.hold()
    await telegram.start()
    await generator.start()
    address = f"http://127.0.0.1:{(port := free_port())}"
    bot = BotProcess(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "NANO_BANANA_API_KEY": API_KEY,
            "WEBHOOK_BASE_URL": address,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "TELEGRAM_API_URL": telegram.url,
            "NANO_BANANA_API_URL": generator.url,
            "NANO_BANANA_UPLOAD_URL": generator.url,
            "DATABASE_URL": f"sqlite:///{tmp_path}/bot.db",
            "API_TOKENS": ",".join(
                f"c{n}:caller-{n}-0123456789abcdef:unlimited" for n in range(CALLERS)
            ),
        },
        tmp_path,
    )
    try:
        await bot.start()
        yield bot, address
    finally:
        await bot.kill()
        await generator.close()
        await telegram.close()


async def test_five_hundred_pages_cost_little_and_hear_of_each_change(
    bot: tuple[BotProcess, str],
) -> None:
    process, address = bot
    async with AsyncExitStack() as stack:
        sessions = [
            await stack.enter_async_context(
                aiohttp.ClientSession(
                    address,
                    headers={"Authorization": f"Bearer caller-{number}-0123456789abcdef"},
                    connector=aiohttp.TCPConnector(limit=0),
                )
            )
            for number in range(CALLERS)
        ]
        tasks = []
        for session in sessions:
            async with session.post("/api/generate/image", json={"prompt": "a fox"}) as answer:
                tasks.append((await answer.json())["taskId"])
        before = resident(process.pid)
        pages = [
            (
                number,
                await stack.enter_async_context(session.ws_connect(f"/api/task/{task}/events")),
            )
            for number, (session, task) in enumerate(zip(sessions, tasks, strict=True))
            for _ in range(EACH)
        ]
        for _, page in pages:
            await page.receive_json()
        cost = resident(process.pid) - before
        heard = 0

        async def hear(page: aiohttp.ClientWebSocketResponse) -> None:
            nonlocal heard
            while not (await page.receive_json())["data"]["generation"]["cancelled"]:
                pass
            heard += 1

        for number, session in enumerate(sessions):
            listening = [
                asyncio.create_task(hear(page)) for whose, page in pages if whose == number
            ]
            async with session.delete(f"/api/task/{tasks[number]}") as answer:
                assert answer.status == 200
            await asyncio.gather(*listening)
        assert heard == CALLERS * EACH
    assert cost < 60 * MEGABYTE
