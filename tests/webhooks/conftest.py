"""All doors of a house nobody lives in yet: what comes in stays as it was written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from bot.settings import Settings
from bot.storage.sqlite import connect
from bot.wiring import House, open_house
from tests.conftest import API_KEY, TOKEN
from webhooks import app as doors
from webhooks.keys import Addresses, Keys
from webhooks.metrics import EventCounter
from webhooks.ops import OpsDoor

BASE = "https://bot.example.org"
KEYS = Keys(TOKEN)


class Entrance:
    """The doors, a client in front of them and a clock that stands still."""

    def __init__(self, house: House, client: TestClient[Any, Any], stack: AsyncExitStack) -> None:
        self.house = house
        self.client = client
        self.addresses = Addresses(BASE, KEYS)
        self._stack = stack

    async def close_house(self) -> None:
        """The database is away; the doors are still there."""
        await self._stack.aclose()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        connection = connect(self.house.settings.database_path)
        try:
            return [dict(row) for row in connection.execute(sql)]
        finally:
            connection.close()


Enter = Callable[..., Awaitable[Entrance]]


@pytest.fixture
async def enter(tmp_path: Path, aiohttp_client: Any) -> AsyncIterator[Enter]:
    """enter(now=…, ready=…, **settings) opens a house and its doors."""
    stack = AsyncExitStack()

    async def open_(
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ready: Callable[[], str | None] = lambda: None,
        **settings: Any,
    ) -> Entrance:
        values: dict[str, Any] = {
            "telegram_bot_token": SecretStr(TOKEN),
            "nano_banana_api_key": SecretStr(API_KEY),
            "webhook_base_url": BASE,
            "database_url": f"sqlite:///{tmp_path}/bot.db",
        }
        house = await stack.enter_async_context(
            open_house(
                Settings(_env_file=None, **{**values, **settings}),
                Addresses(BASE, KEYS),
                clock=now,
            )
        )
        client = await aiohttp_client(
            doors.build(house, KEYS, OpsDoor(ready, EventCounter(), house.watch))
        )
        return Entrance(house, client, stack)

    yield open_
    await stack.aclose()


async def refused(response: ClientResponse) -> tuple[int, str]:
    """Status and code of an error in our one form."""
    body = await response.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"]
    return response.status, body["error"]["code"]


async def raw(client: TestClient[Any, Any], head: bytes) -> int:
    """The status of the answer to a request no well-behaved client can send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(head + b"\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])
