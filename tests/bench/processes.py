"""The bot and what it is compared with, each a process of its own."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.process import BotProcess
from tests.conftest import API_KEY, TOKEN
from tests.ports import free_port
from webhooks.keys import Keys

MEMORY = Path("/dev/shm")
SECRET = Keys(TOKEN).for_telegram()
# Nobody has to wait for anybody else's sake.
_NO_LIMITS = {
    "FREE_CREDITS_DAILY": "1000000",
    "API_REQUESTS_A_MINUTE": "100000",
    "JOBS_AT_ONCE": "1000000",
    "JOBS_IN_TEN_SECONDS": "10000",
    "TASK_TIMEOUT_SECONDS": "36000",
}


class Bot(BotProcess):
    """The bot between `outside`'s servers, called by them unless it `polls`."""

    def __init__(
        self, folder: Path, outside: str, *, polls: bool = False, token: str = TOKEN, **more: str
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        variables = {
            "TELEGRAM_BOT_TOKEN": token,
            "NANO_BANANA_API_KEY": API_KEY,
            "WEBHOOK_BASE_URL": "" if polls else self.url,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "TELEGRAM_API_URL": outside,
            "NANO_BANANA_API_URL": outside,
            "NANO_BANANA_UPLOAD_URL": outside,
            "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
            "STORAGE_URL": (folder / "pictures").as_uri(),
            **_NO_LIMITS,
            **more,
        }
        super().__init__(variables, folder, command=("-m", "tests.bench.bot"))

    async def collected(self) -> int:
        """Resident bytes once its garbage is collected."""
        before = sum(line.get("event") == "collected" for line in self.lines)
        os.kill(self.pid, signal.SIGUSR1)
        await self.counted("collected", before + 1)
        return memory(self.pid)

    async def counted(self, event: str, count: int, *, within: float = 300.0) -> float:
        """Wait until it has logged so many of these; returns when it was, in `perf_counter`."""
        reached, left = asyncio.Event(), count

        def hear(line: dict[str, object]) -> None:
            nonlocal left
            left -= line.get("event") == event
            if left <= 0:
                reached.set()

        for line in self.lines:
            hear(line)
        self.line_listeners.append(hear)
        try:
            async with asyncio.timeout(within):
                await reached.wait()
        finally:
            self.line_listeners.remove(hear)
        return time.perf_counter()


@asynccontextmanager
async def running(*processes: BotProcess, within: float = 120.0) -> AsyncIterator[None]:
    """Started side by side, and killed afterwards."""
    try:
        await asyncio.gather(*(one.start(within=within) for one in processes))
        yield
    finally:
        await asyncio.gather(*(one.kill() for one in processes))


@asynccontextmanager
async def opened(bot: Bot) -> AsyncIterator[str]:
    """The address of its door while Telegram is away: what comes is written down, not handled."""
    starting = asyncio.create_task(bot.start(within=600))
    try:
        opening = asyncio.create_task(bot.logged("doors open", within=120))
        await asyncio.wait((starting, opening), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            opening.cancel()
            await starting
        await opening
        yield f"{bot.url}/api/webhook/telegram"
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await bot.kill()


@asynccontextmanager
async def in_memory() -> AsyncIterator[Path | None]:
    """A folder where nothing has to be waited for; None where there is none."""
    if not os.access(MEMORY, os.W_OK):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="nano-bench-", dir=MEMORY) as folder:
        yield Path(folder)


class Peer(BotProcess):
    """One of the servers and bots we are compared with: `tests/bench/<module>.py`."""

    def __init__(self, folder: Path, module: str, *arguments: str, **variables: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            {"PORT": str(self.port), "BOT_TOKEN": TOKEN, "SECRET": SECRET, **variables},
            folder,
            command=("-m", f"tests.bench.{module}", *arguments),
        )


def memory(pid: int) -> int:
    """Resident bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def most_memory(pid: int) -> int:
    """The most that was resident since `forget_most_memory`. See proc(5), VmHWM and clear_refs."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no VmHWM of {pid}")


def forget_most_memory(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")
