"""The demo: both outside worlds on this machine, the real bot between them, the chat page above."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.sandbox.control import Control
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.page_api import LOUD, ChatPage
from bot.sandbox.process import BotProcess, free_port
from bot.sandbox.stars import CHECKOUT_SECONDS

# What a quick model takes in real life, and when the bot says that a picture is slow, in seconds.
LIFELIKE_SECONDS = 11.0
SLOW_SECONDS = 180.0
LEAST_SECONDS = 5.0  # however fast the demo, a bot needs some time
# Ids count the seconds from here to the start of the demo, so that a kept database, which knows
# the people and messages of earlier demos, meets none of them again.
EPOCH = 1_767_225_600
ENDS_WITHIN = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The two servers, the bot, the page, and some people to try it with."""

    telegram: BotApiServer
    generator: GeneratorServer
    page: ChatPage
    ann: Person
    bob: Person
    mei: Person
    friends: Chat


@asynccontextmanager
async def open_demo(
    folder: Path,
    *,
    speed: float,
    port: int = 0,
    limits: bool = False,
    say: Callable[[str], None],
) -> AsyncIterator[Demo]:
    """Start everything; `speed` 1 draws as slowly as in real life, `port` is the page's.

    Raises RuntimeError with the bot's last words when it does not start, OSError when the port
    is taken.
    """
    token = f"{secrets.randbelow(10**9) + 1}:{secrets.token_urlsafe(24)}"
    api_key = secrets.token_hex(16)
    telegram = BotApiServer(
        token=token,
        username="nano_banana_bot",
        conformance=False,
        limits=limits,
        first_id=int(time.time()) - EPOCH,
        checkout_seconds=max(CHECKOUT_SECONDS / speed, LEAST_SECONDS),
    )
    generator = GeneratorServer(api_key=api_key, seconds_per_job=LIFELIKE_SECONDS / speed)
    slow = max(SLOW_SECONDS / speed, LEAST_SECONDS)
    bot = BotProcess(_variables(folder, token, api_key, slow), folder)
    control = Control(bot)
    page = ChatPage(
        telegram, generator, control, speed=speed, limits=limits, slow_seconds=slow + 5.0
    )
    bot.line_listeners += [page.on_line, _speaker(say)]
    world = telegram.world
    ann = world.add_person("Ann", username="ann", language_code="en")
    bob = world.add_person("Bob", username="bob", language_code="en")
    mei = world.add_person("Mei", username="mei", language_code="zh-hans")
    friends = world.add_group("Friends", members=[ann, bob, mei], forum=True)
    async with AsyncExitStack() as stack:
        await page.start(port)
        stack.push_async_callback(page.close)
        bot.add_arguments("--telegram-web", page.url)
        await stack.enter_async_context(telegram)
        await stack.enter_async_context(generator)
        bot.add_variables(TELEGRAM_API_URL=telegram.url, NANO_BANANA_API_URL=generator.url)
        bot.add_variables(NANO_BANANA_UPLOAD_URL=generator.url)
        stack.push_async_callback(bot.terminate, within=ENDS_WITHIN)
        stack.push_async_callback(control.close)
        await bot.start()
        yield Demo(
            telegram=telegram,
            generator=generator,
            page=page,
            ann=ann,
            bob=bob,
            mei=mei,
            friends=friends,
        )


def _variables(folder: Path, token: str, api_key: str, slow: float) -> dict[str, str]:
    port = free_port()
    return {
        "TELEGRAM_BOT_TOKEN": token,
        "NANO_BANANA_API_KEY": api_key,
        "WEBHOOK_BASE_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        "TASK_SLOW_SECONDS": str(slow),
        "STARS_PACKAGES": "50=100, 200=450, monthly:250=600",
    }


def _speaker(say: Callable[[str], None]) -> Callable[[dict[str, Any]], None]:
    def on_line(line: dict[str, Any]) -> None:
        if line.get("level") in LOUD:
            say(f"         (log) {line.get('event')} {line.get('detail', '')}".rstrip())

    return on_line
