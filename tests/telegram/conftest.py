"""A Bot API server with people, and the bot's side of Telegram talking to it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import pytest
from telegram import Bot, Update
from telegram.ext import ExtBot, TypeHandler

from bot.certificates import certificates
from bot.errors import Gone, Reason
from bot.life import PictureState
from bot.neighbours import Sent
from bot.origin import Origin
from bot.prompt import Order
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.storage import imaging
from bot.storage.chats import ChatStore
from bot.storage.sqlite import SQLite
from bot.task import Picture, StoredFile, Task, new_task
from bot.telegram import application
from bot.telegram.application import AnyApplication
from bot.telegram.cards import CardBoard
from bot.telegram.delivery import Delivery
from bot.telegram.inbox import Inbox
from bot.telegram.limiter import ChatLimiter
from bot.telegram.transport import Transport
from tests.telegram.inboxes import Disk, Mailroom
from tests.telegram.rooms import speech_on

TOKEN = "123456:TEST-token_0123456789abcdefghijklmno"

NOW = datetime(2030, 1, 1, tzinfo=UTC)

# As `application.build` has it, for tests that need no application.
os.environ.setdefault("PTB_TIMEDELTA", "true")


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(token=TOKEN, username="nano_banana_bot") as server:
        yield server
    assert server.problems == []


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    client = ExtBot(
        TOKEN,
        rate_limiter=ChatLimiter(),
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=Transport(certificates=certificates()),
        get_updates_request=Transport(certificates=certificates()),
    )
    async with client:
        server.calls.clear()  # the client asked who it is
        yield client


@pytest.fixture
async def app(server: BotApiServer) -> AsyncIterator[AnyApplication]:
    app = application.build(token=TOKEN, api_url=server.url, limiter=ChatLimiter())
    async with app:
        server.calls.clear()
        yield app


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SQLite]:
    database = await SQLite.open(tmp_path / "bot.db")
    yield database
    await database.close()


@pytest.fixture
def chats(database: SQLite) -> ChatStore:
    return ChatStore(database)


@pytest.fixture
def ann(server: BotApiServer) -> Person:
    """She has started the bot, and speaks English."""
    return _started(server, server.world.add_person("Ann", language_code="en"))


@pytest.fixture
def mei(server: BotApiServer) -> Person:
    """She has started the bot, and speaks Chinese."""
    return _started(server, server.world.add_person("Mei", language_code="zh-hans"))


@pytest.fixture
def group(server: BotApiServer, ann: Person, mei: Person) -> Chat:
    return server.world.add_group("Friends", members=[ann, mei])


@pytest.fixture
def forum(server: BotApiServer, ann: Person, mei: Person) -> Chat:
    return server.world.add_group("Club", members=[ann, mei], forum=True)


def _started(server: BotApiServer, person: Person) -> Person:
    server.say(person, "/start")
    server.updates.drop()
    return person


@pytest.fixture
def chat(server: BotApiServer, ann) -> Chat:
    """Ann's private chat."""
    return server.world.private(ann)


@dataclass
class PostOffice:
    """A delivery from a dict of stored pictures, to chats of the sandbox. Files that were `opened`
    must be closed in the end.
    """

    server: BotApiServer
    bot: Bot
    stored: dict[str, bytes] = field(default_factory=dict)
    opened: list[BinaryIO] = field(default_factory=list)
    delivery: Delivery = field(init=False)
    board: CardBoard = field(init=False)

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.bot, self.open)
        self.board = CardBoard(self.bot)

    async def open(self, name: str) -> BinaryIO:
        if name not in self.stored:
            raise Gone(Reason.INTERNAL, f"no file {name}")
        self.opened.append(TemporaryFile())  # noqa: SIM115 - whoever asked closes it
        self.opened[-1].write(self.stored[name])
        return self.opened[-1]

    def task(self, chat: Chat, *contents: bytes, language: str = "en", reply_to: int = 1) -> Task:
        """A task whose pictures are all stored."""
        order = Order(
            prompt="a fox", model="2", ratio="1:1", size="1k", format=None, count=len(contents) or 1
        )
        origin = Origin(
            chat=chat.id, message=reply_to, person=5, language=language, private=chat.id > 0
        )
        task = new_task(key="k", origin=origin, order=order, now=NOW)
        pictures = [
            self._kept(picture, content)
            for picture, content in zip(task.pictures, contents, strict=False)
        ]
        return replace(task, pictures=tuple(pictures or task.pictures))

    def _kept(self, picture: Picture, content: bytes) -> Picture:
        checked = imaging.check_result(BytesIO(content))
        name = f"images/{picture.id}.{imaging.EXTENSIONS[checked.media_type]}"
        self.stored[name] = content
        kept = StoredFile(
            name=name,
            media_type=checked.media_type,
            size=len(content),
            width=checked.width,
            height=checked.height,
        )
        return replace(picture, state=PictureState.STORED, file=kept)

    async def deliver(self, task: Task) -> list[list[Sent]]:
        return [sent async for sent in self.delivery.deliver(task)]

    def arrived(self, chat: Chat) -> list[str]:
        """What the bot sent, a word each: photo, document or the text."""
        ours = [one for one in self.server.messages(chat) if one["from"]["is_bot"]]
        return [
            next((kind for kind in ("photo", "document") if kind in one), one.get("text", ""))
            for one in ours
        ]

    def messages(self, chat: Chat) -> list[dict]:
        return [one for one in self.server.messages(chat) if one["from"]["is_bot"]]


@pytest.fixture
def post(server: BotApiServer, bot: Bot) -> Iterator[PostOffice]:
    post = PostOffice(server, bot)
    yield post
    assert all(file.closed for file in post.opened)


@pytest.fixture
async def mailroom(app: AnyApplication, database: SQLite) -> AsyncIterator[Mailroom]:
    disk = Disk(database)
    desk = Mailroom(
        database, disk, Inbox(disk, app, lambda: NOW, speech=speech_on(database), pause=0.001)
    )
    app.add_handler(TypeHandler(Update, desk.handle))
    running = asyncio.create_task(desk.inbox.run())
    yield desk
    disk.slow_read.set()
    await desk.inbox.stop(within=0)
    await running
