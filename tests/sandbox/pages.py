"""A chat page between a Bot API server and a generator, and a browser that looks at it."""

import asyncio
import io
from typing import Any

import aiohttp
import pytest

from bot.sandbox.control import Control
from bot.sandbox.page_api import ChatPage


class Idle:
    """A bot that does nothing but run. `broken` makes the next start fail."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.line_listeners: list = []
        self.end_listeners: list = []
        self.running = True
        self.broken = False

    async def start(self) -> None:
        if self.broken:
            raise RuntimeError("the bot did not start: no token")
        self.running = True

    async def kill(self) -> None:
        self.running = False
        for listener in self.end_listeners:
            listener()

    async def terminate(self) -> int:
        await self.kill()
        return 0


class Browser:
    """Speaks the page's API; every answer is (status, JSON)."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str, **query):
        async with self.session.get(f"/api/{path}", params=query) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, **body):
        async with self.session.post(f"/api/{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def send(self, *files, **fields):
        """Files are (name, bytes, type)."""
        texts = {name: str(value) for name, value in fields.items()}
        form = aiohttp.FormData(texts, quote_fields=False, default_to_multipart=True)
        for name, data, kind in files:
            form.add_field("file", io.BytesIO(data), filename=name, content_type=kind)
        async with self.session.post("/api/send", data=form) as answer:
            return answer.status, await answer.json()

    async def heard(self, socket: aiohttp.ClientWebSocketResponse, kind: str):
        """The next event of this kind."""
        async with asyncio.timeout(30):
            while (event := await socket.receive_json())["kind"] != kind:
                pass
        return event


@pytest.fixture
def process():
    return Idle()


@pytest.fixture
def answer_seconds():
    """For how long the page waits for the bot; a test may be less patient."""
    return 30.0


@pytest.fixture
async def page(telegram, server, process, answer_seconds):
    control = Control(process, revive_seconds=0.001)
    page = ChatPage(
        *(telegram, server, control),
        speed=10.0,
        slow_seconds=7,
        answer_seconds=answer_seconds,
        largest=1 << 20,
    )
    async with page:
        yield page
    await control.close()


@pytest.fixture
async def browser(page):
    async with aiohttp.ClientSession(page.url) as session:
        yield Browser(session)


def refusal(answer) -> tuple[int, str, str]:
    """Status, code and field of an answer that is one."""
    status, body = answer
    assert body["error"]["message"]
    return status, body["error"]["code"], body["error"].get("field", "")
