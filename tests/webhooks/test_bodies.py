"""Large bodies are read without holding up anybody else, and as exactly as small ones."""

import asyncio
import base64
import io
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from webhooks import bodies
from webhooks.answers import Problem

# What is taken apart at a time, as bytes.
PIECE = 196_608
BYTES = random.Random(7).randbytes(3 * PIECE)


class Reader:
    """A door that reads wishes, and notes how long nobody else had a turn meanwhile."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.body: bodies.Body | None = None

    async def door(self, request: web.Request) -> web.Response:
        watching = asyncio.create_task(self._watch())
        try:
            self.body = await bodies.read(request)
        except Problem as problem:
            return problem.answer
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        return web.Response()

    async def _watch(self) -> None:
        last = time.process_time()
        try:
            while True:
                await asyncio.sleep(0)
                last, before = time.process_time(), last
                self.longest = max(self.longest, last - before)
        finally:
            self.longest = max(self.longest, time.process_time() - last)


@asynccontextmanager
async def reading() -> AsyncIterator[tuple[Reader, TestClient[web.Request, web.Application]]]:
    reader = Reader()
    app = web.Application()
    app.router.add_post("/", reader.door)
    async with TestClient(TestServer(app)) as client:
        yield reader, client


async def status(client: TestClient[web.Request, web.Application], said: object) -> int:
    # Whole bytes would be sent at once, and hold up the test.
    sent = io.BytesIO(json.dumps(said).encode())
    async with client.post(
        "/", data=sent, headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 200 or (await response.json())["error"]["field"] == "image"
        return response.status


def data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


async def test_eighty_megabytes_of_json_hold_up_nobody() -> None:
    pictures = [BYTES * 25 for _ in range(4)]
    said = {"prompt": "a", "images": [data(one) for one in pictures]}
    sent = json.dumps(said)
    began = time.process_time()
    for one in json.loads(sent)["images"]:
        base64.b64decode(one.partition(",")[2], validate=True)
    at_once = time.process_time() - began
    async with reading() as (reader, client):
        # On a busy machine something else may hold us up, but not each time.
        for _ in range(10):
            reader.longest = 0.0
            assert await status(client, said) == 200
            if reader.longest < at_once * 0.8:
                break
        else:
            pytest.fail("others waited each time")
        assert reader.body is not None
        assert reader.body.pictures == [("images", one) for one in pictures]


@pytest.mark.parametrize("size", [1, 2, 3, PIECE - 1, PIECE, PIECE + 1, PIECE + 2, 3 * PIECE])
async def test_a_picture_arrives_as_it_was(size: int) -> None:
    async with reading() as (reader, client):
        said = {"image": data(BYTES[:size]), "image2": data(BYTES[-size:])}
        assert await status(client, said) == 200
        assert reader.body is not None
        assert reader.body.pictures == [("image", BYTES[:size]), ("image2", BYTES[-size:])]
        form = FormData({"image": said["image"]})
        form.add_field("image2", io.BytesIO(BYTES[-size:]), filename="a.png")
        async with client.post("/", data=form) as response:
            assert response.status == 200
        assert reader.body.pictures == [("image", BYTES[:size]), ("image2", BYTES[-size:])]


def spoilt(position: int, by: str) -> str:
    whole = data(BYTES)
    return whole[:position] + by + whole[position + len(by) :]


@pytest.mark.parametrize(
    "address",
    [
        data(BYTES[:4]) + data(BYTES).partition(",")[2],
        data(BYTES[: PIECE - 1]) + data(BYTES).partition(",")[2],
        data(BYTES[: PIECE - 2]) + data(BYTES).partition(",")[2],
        data(BYTES)[:-1],
        spoilt(4 * PIECE // 3 + 22, "!"),
        spoilt(4 * PIECE // 3 + 21, " "),
        spoilt(300, "é"),
    ],
    ids=range(7),
)
async def test_what_is_not_in_base64_is_refused_wherever_it_is_not(address: str) -> None:
    async with reading() as (_, client):
        assert await status(client, {"image": address}) == 422
