"""Round-robin over the doors of many processes, as a platform's router does it."""

from itertools import count
from typing import Self

import aiohttp
from aiohttp import web

_LATE = 30.0
_NOT_OURS = ("host", "content-length", "transfer-encoding", "connection")


class Balancer:
    """Whoever cannot be reached is passed over; a call that breaks in the middle is a 502."""

    def __init__(self, port: int, *ports: int) -> None:
        self._port = port
        self._behind = [f"http://127.0.0.1:{one}" for one in ports]
        self._turn = count()
        self.answered: dict[str, int] = dict.fromkeys(self._behind, 0)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(_LATE), auto_decompress=False
        )
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        content = await request.read()
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in _NOT_OURS
        }
        for _ in self._behind:
            there = self._behind[next(self._turn) % len(self._behind)]
            try:
                async with self._session.request(
                    request.method,
                    there + request.raw_path,
                    data=content,
                    headers=headers,
                    allow_redirects=False,
                ) as answer:
                    self.answered[there] += 1
                    kept = {
                        name: value
                        for name, value in answer.headers.items()
                        if name.lower() not in _NOT_OURS
                    }
                    return web.Response(
                        status=answer.status, body=await answer.read(), headers=kept
                    )
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                break
        return web.Response(status=502)
