"""The door of the Studio: what a browser may keep, what it may load, and who may frame it."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from webhooks.hardening import dress
from webhooks.studio import StudioDoor

GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


def app(door: StudioDoor) -> web.Application:
    served = web.Application()
    served.on_response_prepare.append(dress)
    served.router.add_get("/studio", door.page)
    served.router.add_get("/studio/{version}/{name}", door.file)
    return served


@pytest.fixture
async def client() -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(app(StudioDoor())), auto_decompress=False) as client:
        yield client


async def files(client: TestClient) -> list[str]:
    page = await (await client.get("/studio", headers=PLAIN)).text()
    return re.findall(r'(?:href|src)="(/studio/[^"]+)"', page)


async def test_the_page_is_asked_for_each_time_and_its_files_never_again(client) -> None:
    page = await client.get("/studio", headers=PLAIN)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    for name in await files(client):
        file = await client.get(name, headers=PLAIN)
        assert "immutable" in file.headers["Cache-Control"]
        assert file.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg+xml")],
)
async def test_each_file_has_its_type(client, suffix: str, kind: str) -> None:
    names = [name for name in await files(client) if name.endswith(suffix)]
    assert names
    for name in names:
        assert (await client.get(name)).headers["Content-Type"] == f"{kind}; charset=utf-8"


async def test_what_has_not_changed_is_not_sent_again(client) -> None:
    for path in ("/studio", (await files(client))[0]):
        marks = set()
        for wanted in (GZIP, PLAIN):
            first = await client.get(path, headers=wanted)
            marks.add(first.headers["ETag"])
            again = {**wanted, "If-None-Match": first.headers["ETag"]}
            second = await client.get(path, headers=again)
            assert (second.status, await second.read()) == (304, b"")
            other = await client.get(path, headers={**wanted, "If-None-Match": '"else"'})
            assert other.status == 200
        # Packed and plain are two things to whoever keeps them.
        assert len(marks) == 2


async def test_a_browser_that_unpacks_gets_less(client) -> None:
    packed = await (await client.get("/studio", headers=GZIP)).read()
    plain = await (await client.get("/studio", headers=PLAIN)).read()
    assert len(packed) < len(plain) / 2


async def test_files_of_another_version_are_served_but_not_kept(client) -> None:
    old = await client.get("/studio/0123456789ab/main.js")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "..%2Fstudio.py", "%2e%2e%2fapp.py"])
async def test_there_is_nothing_else(client, name: str) -> None:
    answer = await client.get(f"/studio/0123456789ab/{name}")
    assert answer.status == 404
    assert (await answer.json())["error"]["code"] == "not_found"


def policy(answer: aiohttp.ClientResponse) -> dict[str, str]:
    said = answer.headers["Content-Security-Policy"]
    return dict(one.split(" ", 1) for one in said.split("; "))


async def test_sockets_may_go_back_to_where_the_page_came_from_only(client) -> None:
    answer = await client.get("/studio", headers={"Host": "bot.example.org"})
    allowed = policy(answer)["connect-src"]
    assert allowed == "'self' ws://bot.example.org wss://bot.example.org blob:"
    answer = await client.get("/studio", headers={"Host": "evil.example; script-src *"})
    assert policy(answer)["connect-src"] == "'self' blob:"


async def test_the_demo_plays_telegram_instead_of_telegram() -> None:
    web_client = "http://127.0.0.1:9"
    async with TestClient(TestServer(app(StudioDoor(telegram_web=web_client)))) as client:
        answer = await client.get("/studio")
        script = f"{web_client}/telegram-web-app.js"
        assert policy(answer)["script-src"] == f"'self' {script}"
        assert policy(answer)["frame-ancestors"] == web_client
        assert f'data-telegram="{script}"' in await answer.text()
