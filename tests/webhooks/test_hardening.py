"""What holds for every door: patience, headers, and how failures are counted."""

import asyncio

import httpx
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.conftest import Studio
from webhooks.hardening import Failures, dress, shield


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_thirty_failures_a_minute_are_many_and_are_forgiven() -> None:
    clock = Clock()
    failures = Failures(clock)
    assert not any(failures.one_more("1.2.3.4") for _ in range(30))
    assert failures.one_more("1.2.3.4")
    assert not failures.one_more("5.6.7.8")
    clock.now = 61
    assert not failures.one_more("1.2.3.4")


def test_the_book_of_failures_does_not_grow_without_end() -> None:
    failures = Failures()
    for number in range(25_000):
        failures.one_more(str(number))
    assert len(failures._times) <= 10_000


async def test_who_guesses_is_slowed_and_who_knows_is_not() -> None:
    async def door(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.query.get("key") == "right" else 401)

    app = web.Application(middlewares=[shield(Failures())])
    app.router.add_get("/", door)
    async with TestClient(TestServer(app)) as client:
        answers = [(await client.get("/")).status for _ in range(40)]
        assert answers == [401] * 30 + [429] * 10
        assert (await client.get("/?key=right")).status == 200


async def test_an_error_inside_gives_nothing_away() -> None:
    async def door(_request: web.Request) -> web.Response:
        raise RuntimeError("the password is swordfish")

    app = web.Application(middlewares=[shield(Failures())])
    app.on_response_prepare.append(dress)
    app.router.add_get("/", door)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/")
        assert answer.status == 500
        assert "swordfish" not in await answer.text()


async def test_every_answer_is_dressed_and_names_no_software(studio: Studio) -> None:
    await studio.start()
    async with httpx.AsyncClient(base_url=studio.address, timeout=30) as client:
        for path in ("/healthz", "/nowhere", "/uploads/images/nothing.png"):
            headers = (await client.get(path)).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "server" not in headers


async def test_a_body_that_never_ends_is_not_waited_for(studio: Studio) -> None:
    """The connection is dropped; others are served meanwhile."""
    await studio.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", studio.port)
    writer.write(b"POST /api/webhook/telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
    await writer.drain()
    async with httpx.AsyncClient(timeout=30) as client:
        assert (await client.get(f"{studio.address}/healthz")).status_code == 200
    answer = await reader.readline()
    assert b"401" in answer
    writer.close()
