"""The whole bot between the sandbox's servers, over HTTP, for any test that asks for a `studio`."""

import asyncio
import io
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web_app
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from PIL import Image
from pydantic import SecretStr

from bot.clock import now
from bot.run import run
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.sandbox.generator import GeneratorServer
from bot.settings import Settings
from bot.telegram.traffic import ANY_CHAT, GROUP, Pace
from bot.watchman import EVERY
from bot.wiring import open_house
from bot.wiring.means import Tempo
from tests.buckets import bucket, s3_server  # noqa: F401 - fixtures
from tests.keeping import InFile, Keeping, OnServer, unbalanced
from tests.ports import free_port
from tests.postgres import (  # noqa: F401 - fixtures
    PostgresServer,
    emptied_postgres_url,
    empty_postgres_url,
    postgres_server,
    postgres_url,
)

TOKEN = "123456:TEST-token_0123456789abcdefghijklmno"
API_KEY = "kie-key-0123456789abcdef"
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
# The Telegram that is played here has no limits unless a test wants them; how ours are kept,
# `telegram/test_traffic.py` proves with a clock of its own.
HURRIED = Pace(
    any_chat=replace(ANY_CHAT, seconds=0.03),
    group=replace(GROUP, seconds=0.6),
)

# No example takes too long, however slow a machine is. Where CI is set hypothesis sees to it that the
# examples are the same each time, and so they stay.
hypothesis_settings.register_profile(
    "patient",
    hypothesis_settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("patient")


def photo(
    width: int = 640, height: int = 480, colour: str = "seagreen", kind: str = "JPEG"
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


async def eventually(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


class Studio:
    """Telegram, the generator, and a bot that can be started and stopped."""

    def __init__(
        self,
        telegram: BotApiServer,
        generator: GeneratorServer,
        folder: Path,
        keeping: Keeping | None = None,
    ) -> None:
        self.telegram = telegram
        self.generator = generator
        self.folder = folder
        self.keeping = keeping or InFile(folder / "bot.db")
        self.port = free_port()
        # So long a machine that does much else may take between two parts of an album.
        self.album_pause = timedelta(milliseconds=200)
        self.rounds = EVERY
        self.pace = HURRIED
        # Where programs may be called though it is not public.
        self.callbacks_to: str | None = None
        self.clock = now
        self.ann = telegram.world.add_person("Ann", username="ann", language_code="en")
        self.bob = telegram.world.add_person("Bob", username="bob", language_code="en")
        self.mei = telegram.world.add_person("Mei", username="mei", language_code="zh-hans")
        self._stop: asyncio.Event | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, *, webhook: bool, **changes: Any) -> Settings:
        values: dict[str, Any] = {
            "telegram_bot_token": SecretStr(TOKEN),
            "nano_banana_api_key": SecretStr(API_KEY),
            "webhook_base_url": self.address if webhook else None,
            "host": "127.0.0.1",
            "port": self.port,
            "telegram_api_url": self.telegram.url,
            "nano_banana_api_url": self.generator.url,
            "nano_banana_upload_url": self.generator.url,
            "database_url": self.keeping.url,
            "storage_url": (self.folder / "pictures").as_uri(),
            # Enough for anything, and entered in the books all the same.
            "free_credits_daily": 1_000_000,
            "task_poll_seconds": 0.05,
            "task_resubmit_seconds": 0.3,
        }
        return Settings(_env_file=None, **{**values, **changes})

    async def start(self, *, webhook: bool = True, **changes: Any) -> None:
        self._stop, started = asyncio.Event(), asyncio.Event()
        settings = self.settings(webhook=webhook, **changes)
        opened = partial(
            open_house,
            tempo=Tempo(album_pause=self.album_pause, rounds=self.rounds, pace=self.pace),
            clock=self.clock,
            callbacks_to=self.callbacks_to,
        )
        running = run(settings, stop=self._stop, started=started, opened=opened)
        self._running = asyncio.create_task(running)
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait((self._running, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._running.done():
            await self._running

    async def stop(self) -> None:
        if self._stop and self._running:
            self._stop.set()
            await self._running
            self._running = None

    def chat(self, person: Person) -> Chat:
        return self.telegram.world.private(person)

    async def picture(
        self, chat: Chat, caption: str = "", *, seconds: float = 60, after: int = 0
    ) -> dict[str, Any]:
        """Wait for a picture from the bot whose caption holds `caption`."""

        def is_it(message: dict[str, Any]) -> bool:
            ours = message["from"]["is_bot"] and message["message_id"] > after
            found = "photo" in message or "document" in message
            return ours and found and caption in message.get("caption", "")

        return await self.telegram.wait_for(is_it, chat=chat, seconds=seconds)

    async def words(self, chat: Chat, text: str, *, seconds: float = 60) -> dict[str, Any]:
        """Wait for a message from the bot that holds `text`."""
        return await self.telegram.wait_for(
            lambda message: message["from"]["is_bot"] and text in message.get("text", ""),
            chat=chat,
            seconds=seconds,
        )

    async def quiet(self, chat: Chat, *, seconds: float = 60) -> None:
        """Wait until no card is left in this chat and all updates are confirmed."""

        def is_it() -> bool:
            # That an update is confirmed is announced to nobody.
            said = [message.get("text", "") for message in self.telegram.messages(chat)]
            return not self.telegram.updates.pending and not any("🎨" in one for one in said)

        await eventually(is_it, seconds)

    async def noted(self, picture: dict[str, Any]) -> None:
        """Wait until the bot has written down where its picture is.

        People answer no picture quicker than that; tests do.
        """
        sql = "SELECT 1 FROM pictures WHERE message = ?"
        await eventually(lambda: self.keeping.rows(sql, [picture["message_id"]]))

    async def press(self, person: Person, message: dict[str, Any], button: str) -> str:
        """Press a button, by its text or its data; returns what the person is told for it."""
        query = self.telegram.press(person, message, button)

        def told() -> list[str]:
            answers = self.telegram.callback_answers
            return [one.get("text") or "" for one in answers if one["callback_query_id"] == query]

        await eventually(told)
        return told()[0]

    def from_bot(self, chat: Chat) -> list[dict[str, Any]]:
        return [one for one in self.telegram.messages(chat) if one["from"]["is_bot"]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        help="keep everything there, in tests that can; without it some do on both",
    )


@pytest.fixture
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Keeping:
    """Parametrise it indirectly with the name of an engine."""
    asked = getattr(request, "param", request.config.getoption("--database"))
    if asked != "postgresql":
        return InFile(tmp_path / "bot.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return OnServer(server, request.getfixturevalue("postgres_url"))


@asynccontextmanager
async def opened_studio(
    folder: Path, keeping: Keeping | None = None, **changes: Any
) -> AsyncIterator[Studio]:
    """`changes` are to how the generator is set up. Nothing may be wrong at the end."""
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot", retry_seconds=0.05)
    generator = GeneratorServer(
        api_key=API_KEY,
        seconds_per_job=0.02,
        rate=None,
        callback_retry_seconds=(0.05, 0.1, 0.2),
        **changes,
    )
    await telegram.start()
    await generator.start()
    studio = Studio(telegram, generator, folder, keeping)
    try:
        yield studio
    finally:
        await studio.stop()
        await generator.close()
        await telegram.close()
    assert telegram.problems == []
    assert generator.problems == []
    assert await unbalanced(studio.keeping.url) == []


@pytest.fixture
async def studio(
    tmp_path: Path, keeping: Keeping, request: pytest.FixtureRequest
) -> AsyncIterator[Studio]:
    """Parametrise it indirectly to change how the generator is set up."""
    async with opened_studio(tmp_path, keeping, **getattr(request, "param", {})) as studio:
        yield studio


def pytest_configure() -> None:
    """Tests write where writing waits for no disk, if there is room: what they kill are processes,
    and what those have written is as safe in memory as it is on a disk.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`. Many tests wait for something, so some more than there are cores."""
    return (os.cpu_count() or 1) + 2


def pytest_runtest_teardown() -> None:
    """aiohttp keeps the handlers of the last 1,024 applications, and with them all of a test's
    servers, databases and pictures: gigabytes, in which the garbage collector searches for long.
    """
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture
def make_photo() -> Callable[..., bytes]:
    return photo
