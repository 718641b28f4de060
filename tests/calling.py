"""A program that uses the HTTP API; each answer must be as the OpenAPI document says."""

import asyncio
import re
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.sandbox.chats import Person
from bot.sandbox.webapp import init_data
from bot.tokens import read
from tests.conftest import TOKEN, Studio
from tests.schemas import breaches
from webhooks.openapi import PATHS

SHOP, SHOP_TOKEN = "shop", "shop-token-0123456789"
LAB, LAB_TOKEN = "lab", "lab-token-0123456789"
TOKENS: Any = read(f"{SHOP}:{SHOP_TOKEN}, {LAB}:{LAB_TOKEN}:100")


class Program:
    """Calls with a token, or as the Mini App of a person does."""

    def __init__(self, studio: Studio, authorization: str = f"Bearer {SHOP_TOKEN}") -> None:
        self.studio = studio
        self.authorization = authorization
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, studio: Studio, person: Person, *, now: float | None = None) -> Self:
        chat = studio.chat(person)
        data = init_data(token=TOKEN, person=person, chat=chat, now=now or time.time())
        return cls(studio, f"tma {data}")

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self.studio.address)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def call(
        self, method: str, path: str, **more: Any
    ) -> tuple[aiohttp.ClientResponse, dict[str, Any]]:
        assert self._session is not None
        headers = {"Authorization": self.authorization, **more.pop("headers", {})}
        async with self._session.request(method, path, headers=headers, **more) as response:
            said = await response.json()
        _check(method, path, response.status, said)
        return response, said

    async def json(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        response, said = await self.call(method, path, **more)
        return response.status, said

    async def post(self, **more: Any) -> tuple[int, dict[str, Any]]:
        return await self.json("POST", "/api/generate/image", **more)

    async def drawn(self, **body: Any) -> str:
        """The id of a task that was accepted."""
        status, said = await self.post(json={"prompt": "a red fox", **body})
        assert status == 200, said
        return str(said["taskId"])

    async def get(self, task: str) -> tuple[int, dict[str, Any]]:
        return await self.json("GET", f"/api/task/{task}")

    async def ended(self, task: str) -> dict[str, Any]:
        """As the document polls, only faster."""
        async with asyncio.timeout(60):
            while True:
                status, said = await self.get(task)
                assert status == 200, said
                if said["data"]["status"] in ("completed", "failed"):
                    return dict(said["data"])
                await asyncio.sleep(0.01)

    async def fetch(self, path: str) -> bytes:
        assert self._session is not None
        async with self._session.get(path) as response:
            assert response.status == 200
            return await response.read()

    async def file(self, picture: str) -> bytes:
        """The bytes of a picture of the gallery."""
        assert self._session is not None
        headers = {"Authorization": self.authorization}
        path = f"/api/picture/{picture}/file"
        async with self._session.get(path, headers=headers) as response:
            assert response.status == 200, await response.text()
            assert response.content_type.startswith("image/")
            return await response.read()

    async def head(self, path: str) -> int:
        """How it is answered, where only the head is asked for."""
        assert self._session is not None
        headers = {"Authorization": self.authorization}
        async with self._session.head(path, headers=headers) as response:
            return response.status

    def watch(self, task: str, *, introduced: bool = True) -> Any:
        """A WebSocket on this task."""
        assert self._session is not None
        headers = {"Authorization": self.authorization} if introduced else {}
        return self._session.ws_connect(f"/api/task/{task}/events", headers=headers)


def _check(method: str, path: str, status: int, said: dict[str, Any]) -> None:
    """That the document knows this answer."""
    route = re.sub(r"^/api/(task|picture)/[^/]+", r"/api/\1/{\1}", path.partition("?")[0])
    if route not in PATHS or method.lower() not in PATHS[route]:
        return
    answer = PATHS[route][method.lower()]["responses"].get(str(status))
    assert answer is not None, (route, status, said)
    schema = answer["content"]["application/json"]["schema"]
    assert list(breaches(said, schema)) == []
