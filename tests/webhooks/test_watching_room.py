"""How many may watch tasks at once, and that silent strangers take nobody's place."""

import asyncio
import json
from typing import Any

from aiohttp import ClientWebSocketResponse, web

from tests.calling import SHOP_TOKEN, TOKENS
from tests.webhooks.conftest import Enter
from webhooks.callers import Callers
from webhooks.events import EventsDoor
from webhooks.limits import Limit

BEARER = f"Bearer {SHOP_TOKEN}"


async def end(socket: ClientWebSocketResponse) -> int | None:
    """The code it closes with, when nothing was said on it."""
    assert [message async for message in socket] == []
    return socket.close_code


async def test_who_does_not_say_who_they_are_takes_nobodys_place(
    enter: Enter, aiohttp_client: Any
) -> None:
    entrance = await enter(api_tokens=TOKENS)
    house = entrance.house
    asked = await entrance.client.post(
        "/api/generate/image", json={"prompt": "a fox"}, headers={"Authorization": BEARER}
    )
    task = (await asked.json())["taskId"]
    callers = Callers(
        root="1:root",
        tokens=TOKENS,
        proofs=house.programs.proofs,
        clock=house.clock,
        reads=Limit(1000),
        wishes=Limit(1000),
    )
    door = EventsDoor(house.programs, callers, most=3, strangers=2)
    app = web.Application()
    app.router.add_get("/{task}", door.get)
    app.on_shutdown.append(door.close)
    client = await aiohttp_client(app)
    known = {"Authorization": BEARER}

    async def introduce(socket: ClientWebSocketResponse) -> None:
        await socket.send_str(json.dumps({"authorization": BEARER}))

    silent = [await client.ws_connect(f"/{task}") for _ in range(5)]
    one = await client.ws_connect(f"/{task}", headers=known)
    two = await client.ws_connect(f"/{task}")
    await introduce(two)
    for socket in (one, two):
        assert (await socket.receive_json())["data"]["id"] == task
    # Whoever came first and said nothing has made room; the page comes back after that.
    # Long before its time to say something is over.
    async with asyncio.timeout(5):
        assert await end(silent[0]) == 4408
    four = await client.ws_connect(f"/{task}")
    three = await client.ws_connect(f"/{task}", headers=known)
    await three.receive_json()
    await introduce(four)
    assert await end(four) == 4503
    for socket in (*silent, one, two, three):
        await socket.close()
