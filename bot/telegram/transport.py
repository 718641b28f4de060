"""python-telegram-bot's calls over aiohttp, which needs a fraction of the processor time of httpx.

Telegram is asked several times for each picture, and the picture itself goes there: with the
library's own `HTTPXRequest` that was most of what a picture cost. An open file is sent piece by
piece and stays open: it belongs to whoever opened it, who may have to send it again.
https://docs.python-telegram-bot.org/en/stable/telegram.request.baserequest.html
"""

import io
import ssl
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp.payload import BytesIOPayload, IOBasePayload, Payload
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.proxies import proxy_for

# A connection that has been idle for long may be closed just when it is used again.
_IDLE_SECONDS = 15.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class NotSent(NetworkError):
    """Telegram cannot have heard of this call: it never left us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds: to find a free connection or make one, for each sign of an answer, and for a call
    that brings a file as a whole.
    """

    connect: float = 20.0
    read: float = 30.0
    upload: float = 300.0


class Transport(BaseRequest):
    """It has no connections until the first call. It goes through a proxy where the environment
    names one.
    """

    def __init__(
        self,
        *,
        certificates: ssl.SSLContext,
        connections: int = 128,
        times: Times | None = None,
    ) -> None:
        self._certificates = certificates
        self._connections = connections
        self.times = times or Times()
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self.times.read

    async def initialize(self) -> None:
        """The first call does."""

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and the body of the answer. Raises NotSent, TimedOut, NetworkError."""
        del write_timeout, connect_timeout, pool_timeout
        ours = self.times
        brings_files = request_data is not None and request_data.contains_files
        times = aiohttp.ClientTimeout(
            total=ours.upload if brings_files else None,
            connect=ours.connect,
            sock_read=ours.read if isinstance(read_timeout, DefaultValue) else read_timeout,
        )
        try:
            where = urlsplit(url)
            async with self._connected().request(
                method,
                url,
                timeout=times,
                allow_redirects=False,
                proxy=proxy_for(where.scheme, where.hostname or ""),
                **_body(request_data),
            ) as answer:
                return answer.status, await answer.read()
        # Of these errors only the name is told: their words may hold the address, and with it the
        # bot's token.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except TimeoutError as error:
            raise TimedOut(type(error).__name__) from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, ssl=self._certificates, keepalive_timeout=_IDLE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )
        return self._session


def _body(data: RequestData | None) -> dict[str, Any]:
    """What goes along: words alone as a form in one piece, files in parts."""
    if data is None:
        return {}
    words = data.json_parameters
    if not data.contains_files:
        return {"data": urlencode(words).encode(), "headers": _FORM}
    form = aiohttp.FormData(quote_fields=False)
    for name, value in words.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in data.multipart_data.items():
        form.add_field(name, _part(content, media_type), filename=filename)
    return {"data": form}


def _part(content: bytes | IO[bytes], media_type: str) -> Payload:
    if isinstance(content, bytes):
        return BytesIOPayload(io.BytesIO(content), content_type=media_type)
    content.seek(0)
    return _Lent(content, content_type=media_type)


class _Lent(IOBasePayload):
    async def close(self) -> None:
        """Whoever opened the file closes it."""
