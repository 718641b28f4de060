"""/healthz and /readyz: for whoever keeps the process running."""

from collections.abc import Callable

from aiohttp import web


class OpsDoor:
    """`ready` tells whether updates are being handled yet, and if not, why."""

    def __init__(self, ready: Callable[[], str | None]) -> None:
        self._ready = ready

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readiness(self, _request: web.Request) -> web.Response:
        missing = self._ready()
        if missing is None:
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "starting", "waiting_for": missing}, status=503)
