"""What stands between the bot and its rooms, its disk, its port and its callers in a test."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from aiohttp import web

from bot.storage.database import Connection, Parameters
from bot.telegram.transport import Times, Transport
from bot.wiring import House
from tests.faults.steps import Fault, Point
from tests.faults.wire import CUT, Answer

# How long anybody waits for an answer where time-outs are played.
SHORT = 1.0
# How long a test waits for what should come at once.
PATIENCE = 30.0


class Seam:
    """One room with something between it and the others: `happen` is called once, at `point`."""

    def __init__(self, room: Any, point: Point, happen: Callable[[], None]) -> None:
        self._room = room
        self._point = point
        self._happen: Callable[[], None] | None = happen

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._room, name)
        if name != self._point.method:
            return method
        return self._streamed(method) if name == "deliver" else self._called(method)

    def _called(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any) -> Any:
            self._meet(*arguments, after=False)
            answer = await method(*arguments)
            self._meet(*arguments, after=True)
            return answer

        return call

    def _streamed(
        self, method: Callable[..., AsyncIterator[Any]]
    ) -> Callable[..., AsyncIterator[Any]]:
        async def stream(*arguments: Any) -> AsyncIterator[Any]:
            self._meet(*arguments, after=False)
            async for one in method(*arguments):
                yield one

        return stream

    def _meet(self, *arguments: Any, after: bool) -> None:
        if self._happen and after is self._point.after and self._point.fits(*arguments):
            happen, self._happen = self._happen, None
            happen()


class Watched:
    """A database; `felt` is set when it refuses something."""

    def __init__(self, database: Any, felt: asyncio.Event) -> None:
        self._database = database
        self._felt = felt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        return await self._feeling(self._database.write(work))

    async def read(self, sql: str, parameters: Parameters = ()) -> Any:
        return await self._feeling(self._database.read(sql, parameters))

    async def _feeling(self, answer: Awaitable[Any]) -> Any:
        try:
            return await answer
        except Exception:
            self._felt.set()
            raise


@contextmanager
def disk_full() -> Iterator[None]:
    """No file of this process can grow: every write to one fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def hurry(house: House) -> None:
    """Wait for others for a second only: half a minute is too long for a test."""
    times = httpx.Timeout(SHORT)
    house.generator._client.timeout = times
    house.generator._plain.timeout = times
    request = house.application.bot.request
    assert isinstance(request, Transport)
    request.times = Times(connect=SHORT, read=SHORT, upload=SHORT)


def answers(fault: Fault, *, telegram: bool) -> Answer | None:
    """What comes instead of the true answer; None: nothing, for ever."""
    match fault:
        case Fault.TIME_OUT:
            return None
        case Fault.RESET:
            return CUT
        case Fault.UNREADABLE:
            return lambda: web.Response(text="<html><title>Welcome</title>", status=200)
        case Fault.SERVER_ERROR:
            return lambda: _refusal(503, "Service Unavailable", None, telegram=telegram)
        case Fault.TOO_MANY:
            return lambda: _refusal(429, "Too Many Requests", None, telegram=telegram)
        case _:
            text = "Too Many Requests: retry after 1"
            return lambda: _refusal(429, text, 1, telegram=telegram)


def _refusal(status: int, text: str, wait: int | None, *, telegram: bool) -> web.Response:
    body: dict[str, Any] = {"code": status, "msg": text}
    if telegram:
        body = {"ok": False, "error_code": status, "description": text}
        if wait is not None:
            body["parameters"] = {"retry_after": wait}
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return web.json_response(body, status=status, headers=headers)
