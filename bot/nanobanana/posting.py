"""Calling addresses that programs gave us: as carefully as `fetch` goes to those of results.

No redirect is followed, and of the answer nothing but its status is read: neither where it leads
to nor the cookies it sets, which would go to whoever else has that IP address.
"""

import asyncio
import ipaddress
from collections.abc import Mapping

import httpx

from bot.certificates import certificates
from bot.errors import Gone, Reason, Refused, Transient
from bot.nanobanana.fetch import Resolve, checked, is_public, origin, resolve

_SECONDS_MAX = 20.0
_LENGTH_MAX = 2048


class Poster:
    """Fits `notices.Caller`. `trusted` is an origin that need not be public: that of a demo or
    a test on this machine. Close it when done.
    """

    def __init__(self, *, trusted: str | None = None, resolver: Resolve = resolve) -> None:
        self._trusted = origin(httpx.URL(trusted)) if trusted else None
        self._resolve = resolver
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=0)
        timeout = httpx.Timeout(_SECONDS_MAX, connect=10.0)
        self._transport = httpx.AsyncHTTPTransport(
            limits=limits, verify=certificates(), trust_env=False
        )
        self._client = httpx.AsyncClient(transport=self._transport, timeout=timeout)

    async def close(self) -> None:
        await self._client.aclose()

    def may_call(self, address: str) -> bool:
        """Whether it looks like an address we would call; names are looked up later."""
        try:
            url = httpx.URL(address)
            if len(address) > _LENGTH_MAX or url.userinfo or not url.host or url.fragment:
                return False
        except (httpx.InvalidURL, UnicodeError):
            # Of names with letters no name may have, httpx says the latter.
            return False
        if origin(url) == self._trusted:
            return True
        return url.scheme == "https" and not _is_private(url.host)

    async def call(self, address: str, content: bytes, headers: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(_SECONDS_MAX):
                status = await self._post(httpx.URL(address), content, headers)
        except TimeoutError as error:
            raise Transient(Reason.INTERNAL, f"no answer within {_SECONDS_MAX} s") from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Refused(Reason.INTERNAL, "not an address") from error
        except httpx.HTTPError as error:
            raise Transient(Reason.INTERNAL, type(error).__name__) from error
        if status == 410:
            raise Gone(Reason.INTERNAL, "HTTP 410")
        if not 200 <= status < 300:
            raise Transient(Reason.INTERNAL, f"HTTP {status}")

    async def _post(self, url: httpx.URL, content: bytes, headers: Mapping[str, str]) -> int:
        if origin(url) == self._trusted and not url.userinfo:
            request = self._client.build_request("POST", url, content=content, headers=headers)
        else:
            where = await checked(url, self._resolve)
            where["headers"] |= headers
            request = self._client.build_request("POST", content=content, **where)
        response = await self._transport.handle_async_request(request)
        await response.aclose()
        return response.status_code


def _is_private(host: str) -> bool:
    """Whether it is an IP address nobody on the internet can mean; names are looked up later."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not is_public(host)
