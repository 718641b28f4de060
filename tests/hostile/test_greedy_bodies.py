"""Wishes over HTTP that are made to take our time, our memory and everybody's places."""

import asyncio
import io
import json
import time
from typing import Any

import pytest

from tests.calling import TOKENS, Program
from tests.conftest import Studio

WISH = "/api/generate/image"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# Small to send, large once they are read: eighty of these took ten seconds and two gigabytes.
GREEDY: list[tuple[bytes, dict[str, str]]] = [
    (b'{"prompt": "a", "x": [' + b"[]," * 350_000 + b"1]}", JSON),
    (b'{"prompt": "a", "x": [' + b"{}," * 350_000 + b"1]}", JSON),
    (json.dumps({f"x{n}": n for n in range(300_000)}).encode(), JSON),
    (b'{"prompt": "' + b"a " * 500_000 + b'"}', JSON),
    (b"prompt=" + b"%41" * 400_000, FORM),
]


@pytest.mark.parametrize("number", range(len(GREEDY)))
async def test_what_swells_is_not_read(studio: Studio, number: int) -> None:
    await studio.start(api_tokens=TOKENS)
    content, headers = GREEDY[number]
    async with Program(studio) as program:
        status, said = await program.post(data=io.BytesIO(content), headers=headers)
    assert (status, said["error"]["code"]) == (413, "too_large")


async def test_only_a_wish_with_pictures_may_be_large(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.ended(await program.drawn())
        picture = task["generation"]["images"][0]["id"]
        content = json.dumps({"as": "again", "image": ["x" * 2_000_000]}).encode()
        for path in (f"/api/picture/{picture}/redraw", f"/api/task/{task['id']}/retry"):
            more: dict[str, Any] = {"data": io.BytesIO(content), "headers": JSON}
            assert (await program.json("POST", path, **more))[0] == 413


async def test_the_head_of_a_picture_in_json_is_short(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    content = json.dumps({"prompt": "a", "image": "data:" + ";a=b" * 4_000_000}).encode()
    async with Program(studio) as program:
        # Five times as long, this held everything up for sixteen seconds.
        began = time.process_time()
        status, said = await program.post(data=io.BytesIO(content), headers=JSON)
    assert (status, said["error"]["field"]) == (422, "image")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("encoding", ["gzip", "foo"])
async def test_a_form_that_is_packed_oddly_is_refused(studio: Studio, encoding: str) -> None:
    await studio.start(api_tokens=TOKENS)
    head = f'Content-Disposition: form-data; name="prompt"\r\nContent-Transfer-Encoding: {encoding}'
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    async with Program(studio) as program:
        content = f"--B\r\n{head}\r\n\r\na fox\r\n--B--\r\n"
        status, said = await program.post(data=content, headers=headers)
    assert (status, said["error"]["code"]) == (400, "bad_request")


async def test_who_sends_slowly_takes_nobody_elses_place(studio: Studio) -> None:
    await studio.start()
    slow = []
    async with Program.of(studio, studio.ann) as ann, Program.of(studio, studio.bob) as bob:
        head = (
            f"POST {WISH} HTTP/1.1\r\nHost: x\r\nAuthorization: {ann.authorization}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", studio.port)
            writer.write(head.encode())
            await writer.drain()
            slow.append(writer)
        assert (await ann.json("GET", "/api/me"))[0] == 200
        async with asyncio.timeout(10):
            await bob.drawn()
    for writer in slow:
        writer.close()
