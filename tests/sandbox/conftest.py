"""A Bot API server with two people, and a real python-telegram-bot Bot that talks to it."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from PIL import Image
from telegram import Bot

from bot.certificates import certificates
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.telegram.transport import Transport
from tests.sandbox.kie import door, kie, kies_clock, server
from tests.sandbox.pages import answer_seconds, browser, page, process

__all__ = ["answer_seconds", "browser", "door", "kie", "kies_clock", "page", "process", "server"]

TOKEN = "123456:secret"


class Clock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[BotApiServer]:
    server = BotApiServer(token=TOKEN, retry_seconds=0.002, upload_bytes=11 << 20, clock=clock)
    async with server:
        yield server


@pytest.fixture
async def bot(telegram: BotApiServer) -> AsyncIterator[Bot]:
    client = Bot(
        TOKEN,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
        request=Transport(certificates=certificates()),
        get_updates_request=Transport(certificates=certificates()),
    )
    async with client:
        telegram.calls.clear()  # the client asked who it is
        yield client


@pytest.fixture
def ann(telegram: BotApiServer) -> Person:
    return telegram.world.add_person("Ann", username="ann", language_code="en")


@pytest.fixture
def bob(telegram: BotApiServer) -> Person:
    return telegram.world.add_person("Bob", language_code="de")


@pytest.fixture
def started(telegram: BotApiServer, ann: Person) -> Chat:
    """Ann's private chat after she wrote /start; nothing is pending."""
    telegram.say(ann, "/start")
    telegram.updates.drop()
    return telegram.world.private(ann)


@pytest.fixture
def forum(telegram: BotApiServer, ann: Person, bob: Person) -> Chat:
    return telegram.world.add_group("Friends", members=[ann, bob], forum=True)


@pytest.fixture
def group(telegram: BotApiServer, ann: Person, bob: Person) -> Chat:
    return telegram.world.add_group("Family", members=[ann, bob])


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """picture(width, height, format="JPEG") -> bytes."""

    def make(width: int = 40, height: int = 30, picture_format: str = "JPEG") -> bytes:
        output = io.BytesIO()
        Image.new("RGB", (width, height), "gold").save(output, picture_format)
        return output.getvalue()

    return make


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Receiver:
    """The bot's own web server: keeps what is posted, answers as told."""

    def __init__(self) -> None:
        self.got: list[dict] = []
        self.headers: list = []
        self.answers: list[web.Response | None] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.news = asyncio.Event()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.headers.append(request.headers)
        self.news.set()
        await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else web.Response()
        if answer is None:
            request.transport.abort()
            return web.Response()
        return answer

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(30):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()
        return [one.get("message", {}).get("text", "") for one in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    receiver.hold.set()
    await runner.cleanup()
