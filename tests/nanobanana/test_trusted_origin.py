"""The origin of the API itself may be anywhere, and only it; and what a real server does to us."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from bot.errors import Failure, Gone, Refused, Transient
from bot.nanobanana.fetch import Fetcher
from tests.written import Written


class Shelf:
    """A small server on this machine."""

    def __init__(self) -> None:
        self.url = ""
        self.headers: list[dict[str, str]] = []
        self.sent = 0
        self.held = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        match request.match_info["what"]:
            case "picture":
                return web.Response(body=b"a picture")
            case "moved":
                return web.Response(status=302, headers={"Location": "/picture"})
            case "away":
                return web.Response(status=302, headers={"Location": "http://127.0.0.2:1/picture"})
            case "endless":
                return await self._pour(request)
            case "promised":
                return await self._pour(request, promised=60_000_000)
            case "slow":
                await self.held.wait()
        return web.Response(status=int(request.match_info["what"]))

    async def _pour(self, request: web.Request, promised: int | None = None) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = promised
        await response.prepare(request)
        while self.sent < 1000 and request.transport is not None:
            await response.write(bytes(1 << 16))
            self.sent += 1
        return response


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    app = web.Application()
    app.router.add_get("/{what}", shelf.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shelf.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield shelf
    shelf.held.set()
    await runner.cleanup()


@pytest.fixture
async def fetcher(shelf: Shelf) -> AsyncIterator[Fetcher]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield Fetcher(client, trusted=f"{shelf.url}/", bytes_max=1000)


@pytest.mark.parametrize("what", ["picture", "moved"])
async def test_the_trusted_origin_may_be_on_this_machine(
    shelf: Shelf, fetcher: Fetcher, what: str
) -> None:
    written = Written()
    await fetcher.fetch(f"{shelf.url}/{what}", written)
    assert written.content == b"a picture"


async def test_scheme_host_and_port_must_all_be_the_trusted_ones(
    shelf: Shelf, fetcher: Fetcher
) -> None:
    port = shelf.url.rpartition(":")[2]
    for address in (
        f"https://127.0.0.1:{port}/picture",
        f"http://127.0.0.2:{port}/picture",
        f"http://localhost:{port}/picture",
        "http://127.0.0.1:1/picture",
        "http://127.0.0.1/picture",
        f"http://user@127.0.0.1:{port}/picture",
    ):
        with pytest.raises(Refused):
            await fetcher.fetch(address, Written())
    assert shelf.headers == []


async def test_trust_does_not_reach_to_where_the_trusted_origin_points(
    shelf: Shelf, fetcher: Fetcher
) -> None:
    with pytest.raises(Refused):
        await fetcher.fetch(f"{shelf.url}/away", Written())


async def test_a_file_over_the_limit_is_left_after_the_limit(
    shelf: Shelf, fetcher: Fetcher
) -> None:
    written = Written()
    with pytest.raises(Refused, match="over 1000 bytes"):
        await fetcher.fetch(f"{shelf.url}/endless", written)
    assert shelf.sent < 1000
    assert len(written.content) <= 1000


@pytest.fixture
async def patient(shelf: Shelf) -> AsyncIterator[Fetcher]:
    """Its limit is that of results."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield Fetcher(client, trusted=shelf.url, bytes_max=50_000_000)


async def test_a_file_that_promises_to_be_over_the_limit_is_not_even_begun(
    shelf: Shelf, patient: Fetcher
) -> None:
    written = Written()
    with pytest.raises(Refused, match="over 50000000 bytes"):
        await patient.fetch(f"{shelf.url}/promised", written)
    assert written.content == b""


async def test_a_file_is_written_as_it_comes(shelf: Shelf, patient: Fetcher) -> None:
    written = Written()
    with pytest.raises(Refused, match="over 50000000 bytes"):
        await patient.fetch(f"{shelf.url}/endless", written)
    assert 40_000_000 < len(written.content) <= 50_000_000
    assert written.most < 1_000_000


async def test_a_server_that_is_too_slow_is_left(shelf: Shelf) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        hasty = Fetcher(client, trusted=shelf.url, bytes_max=1000, seconds_max=0.01)
        with pytest.raises(Transient, match="took over"):
            await hasty.fetch(f"{shelf.url}/slow", Written())


@pytest.mark.parametrize(
    ("status", "failure"),
    [(403, Gone), (404, Gone), (410, Gone), (500, Transient), (503, Transient), (206, Transient)],
)
async def test_what_is_not_there_is_gone_and_trouble_passes(
    shelf: Shelf, fetcher: Fetcher, status: int, failure: type[Failure]
) -> None:
    with pytest.raises(failure):
        await fetcher.fetch(f"{shelf.url}/{status}", Written())
