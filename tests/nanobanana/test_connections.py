"""httpx over aiohttp: the same errors as by its own means, above all whether a request has left us."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.certificates import certificates
from bot.nanobanana.transport import Connections
from bot.proxies import proxy_for
from tests.ports import free_port

HOST = "files.example"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Answers as `answer` says, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.answer: Answer = self.hello
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.read())
        return await self.answer(request)

    async def hello(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"hello")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    async for _ in serving(server, None):
        yield server


async def serving(server: Server, context: ssl.SSLContext | None) -> AsyncIterator[None]:
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{path:.*}", server.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    server.url = f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}"
    yield
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_with(certificates()) as client:
        yield client


def client_with(
    verify: ssl.SSLContext, *, proxied: bool = False, **times: float
) -> httpx.AsyncClient:
    transport = Connections(verify=verify, most=10, proxied=proxied)
    return httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(5.0, **times))


async def test_what_is_asked_arrives_as_httpx_has_put_it(
    server: Server, client: httpx.AsyncClient
) -> None:
    await client.post(f"{server.url}/a%20b?q=1%2C2", json={"words": "狐狸"}, headers={"X-Key": "k"})
    await client.post(f"{server.url}/up", data={"a": "b"}, files={"file": ("x.png", b"\x00\xff")})
    words, file = server.requests
    assert words.raw_path == "/a%20b?q=1%2C2"
    assert words.headers["X-Key"] == "k"
    assert words.headers["User-Agent"].startswith("python-httpx/")
    assert (words.content_type, server.bodies[0]) == (
        "application/json",
        '{"words":"狐狸"}'.encode(),
    )
    assert words.headers.getall("Content-Length") == [str(len(server.bodies[0]))]
    assert file.content_type == "multipart/form-data"
    assert b"\x00\xff" in server.bodies[1]


async def test_an_answer_comes_as_it_is_and_is_unpacked_once(
    server: Server, client: httpx.AsyncClient
) -> None:
    async def packed(_request: web.Request) -> web.Response:
        headers = {"Content-Encoding": "gzip", "Retry-After": "7", "Set-Cookie": "a=b"}
        return web.Response(status=429, body=gzip.compress(b"slowly"), headers=headers)

    server.answer = packed
    answer = await client.get(server.url)
    assert (answer.status_code, answer.content) == (429, b"slowly")
    assert answer.headers["Retry-After"] == "7"


async def test_a_redirect_is_shown_and_not_followed(
    server: Server, client: httpx.AsyncClient
) -> None:
    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/elsewhere")

    server.answer = elsewhere
    answer = await client.get(server.url)
    assert (answer.is_redirect, answer.headers["Location"]) == (True, "/elsewhere")
    assert len(server.requests) == 1


async def test_nobody_there_means_that_nothing_was_sent(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.ConnectError):
        await client.post(f"http://127.0.0.1:{free_port()}", json={})


async def test_a_line_that_breaks_after_the_question_is_not_one_that_never_was(
    server: Server, client: httpx.AsyncClient
) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    # On a line that has been used, too: there aiohttp asks again what can be asked twice.
    assert (await client.post(server.url, json={})).content == b"hello"
    server.answer = hang_up
    with pytest.raises(httpx.TransportError) as failure:
        await client.post(server.url, json={})
    assert not isinstance(failure.value, httpx.ConnectError | httpx.ConnectTimeout)
    assert len(server.requests) == 2


async def test_an_answer_that_does_not_come_is_waited_for_so_long(server: Server) -> None:
    async def never(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    server.answer = never
    async with client_with(certificates(), read=0.05) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(server.url, json={})


async def test_a_body_that_nobody_takes_is_given_up() -> None:
    async def take_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await gone.wait()
        writer.close()

    gone = asyncio.Event()
    async with await asyncio.start_server(take_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with client_with(certificates(), read=0.05, write=0.05) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post(f"http://127.0.0.1:{port}", content=bytes(20_000_000))
        gone.set()


async def test_a_result_that_is_cut_off_is_no_result(
    server: Server, client: httpx.AsyncClient
) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half of it")
        assert request.transport is not None
        request.transport.close()
        return response

    server.answer = half
    with pytest.raises(httpx.ReadError):
        await client.get(server.url)


async def test_whoever_was_checked_is_gone_to_and_shows_the_certificate_of_the_name(
    tmp_path: Path,
) -> None:
    """As `fetch.checked` asks: by the address, for the name."""
    key, certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = Server()
    async for _ in serving(server, context):
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with client_with(trusting) as client:
            await client.get(server.url, headers={"Host": HOST}, extensions={"sni_hostname": HOST})
            with pytest.raises(httpx.ConnectError):
                await client.get(server.url, extensions={"sni_hostname": "other.example"})
    assert names[0] == HOST
    assert [request.host for request in server.requests] == [HOST]


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_path, path = folder / "key.pem", folder / "certificate.pem"
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_path, path


async def test_a_proxy_is_gone_through_where_there_is_one_and_no_password_is_taken_along(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login ann password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url)
    proxy_for.cache_clear()
    try:
        for proxied in (True, False):
            async with client_with(
                certificates(), proxied=proxied, connect=30 if proxied else 2
            ) as client:
                if proxied:
                    await client.get("http://nowhere.example/a", headers={"Authorization": "ours"})
                else:
                    with pytest.raises(httpx.TransportError):
                        await client.get("http://nowhere.example/a")
    finally:
        proxy_for.cache_clear()
    (request,) = server.requests
    assert str(request.url) == "http://nowhere.example/a"
    assert request.headers.getall("Authorization") == ["ours"]
