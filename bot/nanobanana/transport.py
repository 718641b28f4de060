"""httpx over the connections of aiohttp, which costs a third of what its own pool does.

That pool looks at all its connections for each request, and reads a result in many small pieces:
https://github.com/encode/httpx/issues/3215. There is `httpx-aiohttp`, but it tells a connection
that broke from one that never came about no more, and that decides here whether a job may be
ordered again: what has never left us can have cost nothing.
"""

import io
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from yarl import URL

from bot.proxies import proxy_for

# Also for a body that nobody takes, for which aiohttp has no limit of its own.
_BODY_TIMES = 2


class Connections(httpx.AsyncBaseTransport):
    """It has no connections until the first request. `proxied`: it goes through a proxy where the
    environment names one.
    """

    def __init__(self, *, verify: ssl.SSLContext, most: int, proxied: bool) -> None:
        self._verify = verify
        self._most = most
        self._proxied = proxied
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.ConnectError and ConnectTimeout for what has never left us, else other
        kinds of httpx.TransportError.
        """
        with _in_the_words_of_httpx(request):
            # The body is with us in one piece: what we ask with is words, or a file to upload.
            content = await request.aread()
            url = URL(str(request.url), encoded=True)
            answer = await self._connected().request(
                request.method,
                url,
                headers=request.headers.multi_items(),
                data=io.BytesIO(content) if content else None,
                timeout=_times(request, content),
                allow_redirects=False,
                server_hostname=request.extensions.get("sni_hostname"),
                proxy=proxy_for(url.scheme, url.host or "") if self._proxied else None,
            )
        return httpx.Response(
            answer.status, headers=list(answer.raw_headers), stream=_Body(request, answer)
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._most, ssl=self._verify),
                cookie_jar=aiohttp.DummyCookieJar(),
                # httpx has added what belongs there, and takes apart what is packed.
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                auto_decompress=False,
            )
        return self._session


class _Body(httpx.AsyncByteStream):
    def __init__(self, request: httpx.Request, answer: aiohttp.ClientResponse) -> None:
        self._request = request
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_the_words_of_httpx(self._request):
            async for chunk in self._answer.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        # Read to its end, the connection has gone back by itself; else nobody can use it again.
        self._answer.close()


def _times(request: httpx.Request, content: bytes) -> aiohttp.ClientTimeout:
    times = request.extensions["timeout"]
    total = _BODY_TIMES * (times["write"] + times["read"]) if content else None
    return aiohttp.ClientTimeout(
        total=total, connect=times["connect"] + times["pool"], sock_read=times["read"]
    )


@contextmanager
def _in_the_words_of_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise httpx.UnsupportedProtocol(str(error), request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(str(error), request=request) from error
