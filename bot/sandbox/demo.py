"""The demo: both outside worlds on this machine, and the real bot between them."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.process import BotProcess, free_port

# What a quick model takes in real life, in seconds.
LIFELIKE_SECONDS = 11.0


@dataclass(frozen=True, slots=True)
class Demo:
    """The two servers, the bot, and some people to try it with."""

    telegram: BotApiServer
    generator: GeneratorServer
    bot: BotProcess
    folder: Path
    ann: Person
    bob: Person
    mei: Person
    friends: Chat
    began: float = field(default_factory=time.monotonic)


@asynccontextmanager
async def open_demo(
    folder: Path, *, speed: float, say: Callable[[str], None]
) -> AsyncIterator[Demo]:
    """Start everything; `speed` 1 draws as slowly as in real life.

    Raises RuntimeError with the bot's last words when it does not start.
    """
    token = f"{secrets.randbelow(10**9)}:{secrets.token_urlsafe(24)}"
    api_key = secrets.token_hex(16)
    seconds = LIFELIKE_SECONDS / speed
    telegram = BotApiServer(token=token, username="nano_banana_bot", conformance=False)
    generator = GeneratorServer(api_key=api_key, seconds_per_job=seconds)
    await telegram.start()
    await generator.start()
    port = free_port()
    variables = {
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_URL": telegram.url,
        "NANO_BANANA_API_KEY": api_key,
        "NANO_BANANA_API_URL": generator.url,
        "NANO_BANANA_UPLOAD_URL": generator.url,
        "WEBHOOK_BASE_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
    }

    def on_line(line: dict[str, object]) -> None:
        if line.get("level") in ("warning", "error", "critical"):
            say(f"         (log) {line.get('event')} {line.get('detail', '')}".rstrip())

    bot = BotProcess(variables, folder, on_line=on_line)
    world = telegram.world
    ann = world.add_person("Ann", username="ann", language_code="en")
    bob = world.add_person("Bob", username="bob", language_code="en")
    mei = world.add_person("Mei", username="mei", language_code="zh-hans")
    friends = world.add_group("Friends", members=[ann, bob, mei], forum=True)
    try:
        await bot.start()
        yield Demo(telegram, generator, bot, folder, ann, bob, mei, friends)
    finally:
        await bot.terminate()
        await asyncio.gather(telegram.close(), generator.close())
