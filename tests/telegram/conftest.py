"""A Bot API server with people, and the bot's side of Telegram talking to it."""

import os
from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.telegram import application
from bot.telegram.application import AnyApplication

TOKEN = "123456:TEST-token_0123456789abcdefghijklmno"

# As `application.build` has it, for tests that need no application.
os.environ.setdefault("PTB_TIMEDELTA", "true")


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(token=TOKEN, username="nano_banana_bot") as server:
        yield server
    assert server.problems == []


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    client = Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"verify": False}),  # plain HTTP: no certificates to load
        get_updates_request=HTTPXRequest(httpx_kwargs={"verify": False}),
    )
    async with client:
        server.calls.clear()  # the client asked who it is
        yield client


@pytest.fixture
async def app(server: BotApiServer) -> AsyncIterator[AnyApplication]:
    app = application.build(token=TOKEN, api_url=server.url)
    async with app:
        server.calls.clear()
        yield app


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
