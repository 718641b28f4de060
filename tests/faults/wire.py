"""The wire between the bot and somebody else: a reverse proxy that can be held, cut and spoilt.

It stands where in real life a router, a gateway or a CDN stands, so it can do what neither end
can: lose the answer after the effect, or keep a call hanging until a test lets it go on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

# What belongs to one connection, and what aiohttp sets by itself.
_OWN = ("connection", "content-length", "date", "host", "server", "transfer-encoding")

Answer = Callable[[], web.Response]


@dataclass(eq=False)
class Trouble:
    """What happens to one call whose path ends with, or holds, `path`.

    With `after` the call takes effect first. `answer` replaces the true one; without it the
    call hangs until it is `released` (it goes on) or `dropped` (nobody hears of it any more).
    """

    path: str
    after: bool
    answer: Answer | None = None
    skip: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _dropped: bool = False

    def release(self) -> None:
        self._over.set()

    def drop(self) -> None:
        self._dropped = True
        self._over.set()

    async def happen(self) -> web.Response | None:
        """The answer in place of the true one, if there is to be one."""
        self.reached.set()
        if self.answer is not None:
            return self.answer()
        await self._over.wait()
        return CUT() if self._dropped else None


class Cut(web.Response):
    """No answer: the connection is closed instead."""


CUT = Cut


class Wire:
    """`start` it and put `url` in the place of the address it leads to."""

    def __init__(self, target: str) -> None:
        self.url = ""
        self.troubles: list[Trouble] = []
        self.seen: list[str] = []
        self._target = target
        self._news = asyncio.Condition()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), auto_decompress=False
        )
        app = web.Application(client_max_size=128 << 20)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        self.clear()
        await self._runner.cleanup()
        await self._session.close()

    def add(self, trouble: Trouble) -> Trouble:
        self.troubles.append(trouble)
        return trouble

    def clear(self) -> None:
        """Whoever hangs is dropped, and nothing more happens."""
        for trouble in self.troubles:
            trouble.drop()
        self.troubles.clear()

    async def saw(self, path: str) -> None:
        """Wait until a call of this path has come by."""
        async with self._news:
            await self._news.wait_for(lambda: any(path in one for one in self.seen))

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        trouble = self._trouble(request.path)
        async with self._news:
            self.seen.append(request.path)
            self._news.notify_all()
        response = None
        if trouble and not trouble.after:
            response = await trouble.happen()
        if response is None:
            response = await self._forward(request, body)
            if trouble and trouble.after:
                response = await trouble.happen() or response
        if isinstance(response, Cut) and request.transport is not None:
            request.transport.abort()
        return response

    def _trouble(self, path: str) -> Trouble | None:
        """The first trouble for this path that has not happened yet."""
        for trouble in self.troubles:
            if trouble.path in path and not trouble.reached.is_set():
                trouble.skip -= 1
                if trouble.skip < 0:
                    trouble.reached.set()
                    return trouble
        return None

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _OWN}
        url = self._target + request.raw_path
        try:
            async with self._session.request(
                request.method, url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in _OWN]
                return web.Response(
                    status=answer.status, body=await answer.read(), headers=dict(kept)
                )
        except aiohttp.ClientError:
            # Nobody is there: what a gateway says then.
            return web.Response(status=502, text="Bad Gateway")
