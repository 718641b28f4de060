"""The generator over HTTP: kie.ai's job API with httpx, within its rate."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from pyrate_limiter import Rate

from bot.certificates import certificates
from bot.errors import Reason, Transient, Unclear
from bot.models import MEGABYTE
from bot.nanobanana import wire
from bot.nanobanana.calls import told
from bot.nanobanana.fetch import Fetcher
from bot.nanobanana.transport import Connections
from bot.nanobanana.turns import OwnTurns, SharedTurns, Turns
from bot.neighbours import Record, Write
from bot.pace import SharedPace
from bot.prompt import Order


def submissions(count: int = 20) -> Rate:
    """https://docs.kie.ai: 20 createTask requests per 10 seconds and account, unless it has been
    granted more; what is over the limit is dropped, not queued. The little extra allows for what
    the network does to spacing.
    """
    return Rate(count, 10_300)


SUBMISSIONS = submissions()
RESULT_BYTES_MAX = 50 * MEGABYTE

_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=30.0)
_UPLOAD_TIMEOUT = httpx.Timeout(120.0, connect=10.0, pool=30.0)
_CONNECTIONS_MAX = 100
_UPLOAD_FOLDER = "nano-banana-bot"


class NanoBanana:
    """Fits `neighbours.Generator`. Close it when done. With `shared` the rate is that of all
    processes together.
    """

    def __init__(
        self,
        *,
        api_url: str,
        upload_url: str,
        api_key: str,
        rate: Rate = SUBMISSIONS,
        shared: SharedPace | None = None,
    ) -> None:
        root = wire.api_root(api_url)
        self._jobs = f"{root}/api/v1/jobs"
        self._common = f"{root}/api/v1"
        self._upload = upload_url.rstrip("/")
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=_TIMEOUT,
            transport=_connections(proxied=True),
        )
        # Results lie on other hosts, which have no business seeing the key.
        self._plain = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity"},
            timeout=_TIMEOUT,
            transport=_connections(proxied=False),
        )
        self._fetcher = Fetcher(self._plain, trusted=root, bytes_max=RESULT_BYTES_MAX)
        self._turns: Turns = SharedTurns(rate, shared) if shared else OwnTurns(rate)

    async def close(self) -> None:
        await self._client.aclose()
        await self._plain.aclose()
        self._turns.close()

    @told
    async def turn(self) -> None:
        await self._turns.next()

    @told
    async def submit(self, order: Order, addresses: Sequence[str], callback: str | None) -> str:
        body = wire.create_body(order, addresses, callback)
        try:
            response = await self._client.post(f"{self._jobs}/createTask", json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # It never left this machine.
            raise Transient(Reason.OVERLOADED, type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unclear(Reason.OVERLOADED, type(error).__name__) from error
        return wire.read_created(*_answer(response))

    @told
    async def look_up(self, job: str) -> Record:
        found = await self._get(f"{self._jobs}/recordInfo", {"taskId": job})
        return wire.read_record(*_answer(found))

    @told
    async def upload(self, name: str, content: bytes) -> str:
        file_name = name.rpartition("/")[2]
        try:
            response = await self._client.post(
                f"{self._upload}/api/file-stream-upload",
                data={"uploadPath": _UPLOAD_FOLDER, "fileName": file_name},
                files={"file": (file_name, content)},
                timeout=_UPLOAD_TIMEOUT,
            )
        except httpx.HTTPError as error:
            raise Transient(Reason.OVERLOADED, f"upload: {type(error).__name__}") from error
        return wire.read_uploaded(response.status_code, response.content)

    @told
    async def renew(self, result: str) -> str:
        try:
            response = await self._client.post(
                f"{self._common}/common/download-url", json={"url": result}
            )
        except httpx.HTTPError as error:
            raise Transient(Reason.BAD_RESULT, f"renewing: {type(error).__name__}") from error
        data = wire.read_data(response.status_code, response.content)
        if not isinstance(data, str):
            raise Transient(Reason.BAD_RESULT, "renewing gave no address")
        return data

    @told
    async def fetch(self, result: str, write: Write) -> None:
        await self._fetcher.fetch(result, write)

    @told
    async def balance(self) -> float:
        """The account's credits."""
        response = await self._get(f"{self._common}/chat/credit", {})
        data = wire.read_data(response.status_code, response.content)
        if not isinstance(data, int | float):
            raise Transient(Reason.OVERLOADED, "the balance is not a number")
        return float(data)

    async def _get(self, url: str, parameters: Mapping[str, Any]) -> httpx.Response:
        try:
            return await self._client.get(url, params=parameters)
        except httpx.HTTPError as error:
            raise Transient(Reason.OVERLOADED, type(error).__name__) from error


def _connections(*, proxied: bool) -> Connections:
    return Connections(verify=certificates(), most=_CONNECTIONS_MAX, proxied=proxied)


def _answer(response: httpx.Response) -> tuple[int, bytes, str | None]:
    return response.status_code, response.content, response.headers.get("Retry-After")
