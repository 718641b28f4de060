"""Fetching results: an address somebody gives us is not yet one we go to.

https and public addresses only, checked again after each redirect, and the connection is made
to the very address that was checked, so a name cannot point elsewhere in between. The
origin of the generator's own API is trusted, so that an emulator on this machine works.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from bot.errors import Gone, Reason, Refused, Transient
from bot.neighbours import Write

_REDIRECTS_MAX = 5
_SECONDS_MAX = 180.0

# All of IPv6 that is handed out to anybody.
# https://www.iana.org/assignments/ipv6-address-space
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether anybody on the internet could mean the same machine by this IP address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        return ip.is_global and ip in _GLOBAL_UNICAST
    return ip.is_global and not ip.is_multicast


class Fetcher:
    """Fetches files from addresses that may be fetched. `trusted` is the origin of the API."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        trusted: str,
        bytes_max: int,
        seconds_max: float = _SECONDS_MAX,
        resolver: Resolve = resolve,
    ) -> None:
        self._client = client
        self._trusted = origin(httpx.URL(trusted))
        self._bytes_max = bytes_max
        self._seconds_max = seconds_max
        self._resolve = resolver

    async def fetch(self, address: str, write: Write) -> None:
        """Write the file as it comes.

        Raises Refused for an address we do not go to, Gone, or Transient.
        """
        try:
            async with asyncio.timeout(self._seconds_max):
                await self._follow(httpx.URL(address), write)
        except TimeoutError as error:
            detail = f"fetching took over {self._seconds_max} s"
            raise Transient(Reason.BAD_RESULT, detail) from error
        except httpx.InvalidURL as error:
            raise Refused(Reason.BAD_RESULT, "not an address") from error
        except httpx.HTTPError as error:
            raise Transient(Reason.BAD_RESULT, f"fetching: {type(error).__name__}") from error

    async def _follow(self, url: httpx.URL, write: Write) -> None:
        for _ in range(_REDIRECTS_MAX):
            onward = await self._get(url, write)
            if onward is None:
                return
            url = onward
        raise Refused(Reason.BAD_RESULT, "too many redirects")

    async def _get(self, url: httpx.URL, write: Write) -> httpx.URL | None:
        """Write the content, or tell where it has moved."""
        request = await self._request(url)
        response = await self._client.send(request, stream=True)
        try:
            if response.is_redirect:
                return url.join(response.headers.get("Location", ""))
            if response.status_code in (403, 404, 410):
                raise Gone(Reason.BAD_RESULT, f"HTTP {response.status_code}")
            if response.status_code != 200:
                raise Transient(Reason.BAD_RESULT, f"fetching: HTTP {response.status_code}")
            await self._read(response, write)
            return None
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response, write: Write) -> None:
        too_big = Refused(Reason.BAD_RESULT, f"over {self._bytes_max} bytes")
        if _promised(response) > self._bytes_max:
            raise too_big
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._bytes_max:
                raise too_big
            await write(chunk)

    async def _request(self, url: httpx.URL) -> httpx.Request:
        if origin(url) == self._trusted and not url.userinfo:
            return self._client.build_request("GET", url)
        return self._client.build_request("GET", **await checked(url, self._resolve))


async def checked(url: httpx.URL, resolver: Resolve) -> dict[str, Any]:
    """What `build_request` needs to go to the very address that was checked.

    Raises Refused for one we do not go to, and Transient.
    """
    port = 443 if url.port is None else url.port
    if url.scheme != "https" or not url.host or url.userinfo or not 0 < port < 65536:
        raise Refused(Reason.BAD_RESULT, f"not an address to fetch from: {url.scheme} {url.host}")
    try:
        addresses = await resolver(url.host, port)
    except OSError as error:
        raise Transient(Reason.BAD_RESULT, f"no such host: {url.host}") from error
    except (UnicodeError, OverflowError) as error:
        raise Refused(Reason.BAD_RESULT, f"no host can be called so: {url.host}") from error
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused(Reason.BAD_RESULT, f"not a public address: {url.host}")
    return {
        "url": url.copy_with(host=addresses[0]),
        "headers": {"Host": url.netloc.decode("ascii")},
        "extensions": {"sni_hostname": url.host},
    }


def _promised(response: httpx.Response) -> int:
    """How long the answer says it is; 0 when it does not."""
    try:
        return int(response.headers.get("Content-Length", ""))
    except ValueError:
        return 0


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    default = {"https": 443, "http": 80}.get(url.scheme)
    return url.scheme, url.host, url.port or default
