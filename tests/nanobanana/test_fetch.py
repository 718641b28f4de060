"""Results are fetched from public https addresses and the trusted origin, and from nowhere else."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Failure, Refused, Transient
from bot.nanobanana.fetch import Fetcher, is_public
from tests.written import Written

PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
TRUSTED = "https://api.kie.ai"

PRIVATE = [
    *("127.0.0.1", "127.255.0.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("224.0.0.1", "239.1.2.3", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
    *("2001:db8::1", "100::1", "5f00::1"),
    *("", "localhost", "127.1", "2130706433", "0x7f000001", "1.2.3.4.5"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_only_we_can_mean_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [PUBLIC, OTHER_PUBLIC, "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_an_address_anybody_means_is_public(address: str) -> None:
    assert is_public(address)


class Internet(httpx.AsyncBaseTransport):
    """Answers every request and remembers where each connection would have gone."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else httpx.Response(200, content=b"a picture")


class Names:
    """A name server whose answers change from one question to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        answer = self.answers.pop(0)
        if not answer:
            raise OSError("no such name")
        return answer


async def fetch(address: str, internet: Internet, names: Names) -> bytes:
    async with httpx.AsyncClient(transport=internet) as client:
        fetcher = Fetcher(client, trusted=TRUSTED, bytes_max=100, resolver=names)
        written = Written()
        await fetcher.fetch(address, written)
        return bytes(written.content)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_to_us_is_refused_before_any_connection(address: str) -> None:
    internet = Internet()
    with pytest.raises(Refused):
        await fetch("https://files.example/a.png", internet, Names([address or "?"]))
    assert internet.requests == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    internet = Internet()
    with pytest.raises(Refused):
        await fetch("https://files.example/a.png", internet, Names([PUBLIC, "10.0.0.1"]))
    assert internet.requests == []


@pytest.mark.parametrize("checked", [PUBLIC, OTHER_PUBLIC])
async def test_the_connection_goes_to_the_address_that_was_checked(checked: str) -> None:
    internet, names = Internet(), Names([checked], ["127.0.0.1"])
    assert await fetch("https://files.example:8443/a.png", internet, names) == b"a picture"
    (request,) = internet.requests
    assert (request.url.host, request.url.port) == (checked, 8443)
    assert request.headers["Host"] == "files.example:8443"
    assert request.extensions["sni_hostname"] == "files.example"
    assert names.asked == [("files.example", 8443)]


async def test_a_redirect_is_checked_like_the_first_address() -> None:
    internet = Internet(httpx.Response(302, headers={"Location": "https://inside.example/b"}))
    names = Names([PUBLIC], ["169.254.169.254"])
    with pytest.raises(Refused):
        await fetch("https://files.example/a", internet, names)
    assert [host for host, _ in names.asked] == ["files.example", "inside.example"]
    assert len(internet.requests) == 1


async def test_the_same_name_is_checked_again_after_a_redirect() -> None:
    internet = Internet(httpx.Response(307, headers={"Location": "/b"}))
    with pytest.raises(Refused):
        await fetch("https://files.example/a", internet, Names([PUBLIC], ["127.0.0.1"]))
    assert len(internet.requests) == 1


async def test_a_redirect_to_another_public_host_is_followed() -> None:
    internet = Internet(httpx.Response(301, headers={"Location": "https://cdn.example/b"}))
    names = Names([PUBLIC], [OTHER_PUBLIC])
    assert await fetch("https://files.example/a", internet, names) == b"a picture"
    assert internet.requests[1].url.host == OTHER_PUBLIC


async def test_a_circle_of_redirects_is_left() -> None:
    answers = [httpx.Response(302, headers={"Location": "/a"}) for _ in range(20)]
    internet = Internet(*answers)
    with pytest.raises(Refused, match="redirects"):
        await fetch("https://files.example/a", internet, Names(*[[PUBLIC]] * 20))
    assert len(internet.requests) <= 6


@pytest.mark.parametrize(
    "location", ["http://files.example/a", "file:///etc/passwd", "https://u:p@files.example/", ""]
)
async def test_a_redirect_to_where_we_do_not_go_is_refused(location: str) -> None:
    answers = [httpx.Response(302, headers={"Location": location}) for _ in range(9)]
    with pytest.raises(Refused):
        await fetch("https://files.example/a", Internet(*answers), Names(*[[PUBLIC]] * 9))


@pytest.mark.parametrize(
    "address",
    [
        "http://files.example/a.png",
        "ftp://files.example/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "gopher://files.example",
        "//files.example/a.png",
        "/a.png",
        "",
        "https://",
        "https:///a.png",
        "https://user:word@files.example/a.png",
        "https://user@files.example/a.png",
        "https://user:word@api.kie.ai/a.png",
        "https://files.example:port/a.png",
        "https://[::1/a.png",
        "https://files.example/\x00",
        "http://api.kie.ai/a.png",
        "https://files.example:99999/a.png",
        "https://files.example:0/a.png",
    ],
)
async def test_other_addresses_are_refused_without_asking_anybody(address: str) -> None:
    internet, names = Internet(), Names()
    with pytest.raises(Refused):
        await fetch(address, internet, names)
    assert (internet.requests, names.asked) == ([], [])


async def test_a_name_nobody_knows_may_be_known_later() -> None:
    with pytest.raises(Transient):
        await fetch("https://files.example/a.png", Internet(), Names([]))


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", "." + "y" * 300])
async def test_a_name_that_cannot_be_one_is_refused_by_the_real_resolver(host: str) -> None:
    async with httpx.AsyncClient(transport=Internet()) as client:
        with pytest.raises(Refused):
            await Fetcher(client, trusted=TRUSTED, bytes_max=9).fetch(f"https://{host}/", Written())


PIECES = st.sampled_from(["https", "://", ":", "/", "@", "[", "]", "?", "#", "%", "..", "::1"])
ADDRESSES = st.text() | st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)


@settings(deadline=None)
@given(ADDRESSES)
def test_no_address_is_too_strange_to_be_refused(address: str) -> None:
    async def attempt(text: str) -> bytes | Failure:
        try:
            return await fetch(text, Internet(), Names(["10.0.0.1"]))
        except Failure as failure:
            return failure

    assert isinstance(asyncio.run(attempt(address)), Failure)
    assert isinstance(asyncio.run(attempt(f"https://{address}")), Failure)
