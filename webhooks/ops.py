"""/healthz, /readyz and /metrics: for whoever keeps the process running."""

import ipaddress
from collections.abc import Callable

from aiohttp import web

from bot.watching import Watch
from webhooks.answers import refusal
from webhooks.metrics import CONTENT_TYPE, EventCounter


class OpsDoor:
    """`ready` tells whether updates are being handled yet, and if not, why; `watch` what is wrong
    from then on.
    """

    def __init__(
        self, ready: Callable[[], str | None], counted: EventCounter, watch: Watch
    ) -> None:
        self._ready = ready
        self._counted = counted
        self._watch = watch

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readiness(self, _request: web.Request) -> web.Response:
        missing = self._ready()
        if missing is not None:
            return web.json_response({"status": "starting", "waiting_for": missing}, status=503)
        if self._watch.wrong:
            wrong = [{"what": one.what, "detail": one.detail} for one in self._watch.wrong]
            return web.json_response({"status": "wrong", "wrong": wrong}, status=503)
        return web.json_response({"status": "ok"})

    async def metrics(self, request: web.Request) -> web.Response:
        """For the machine itself and its own network; what a proxy passes on is from outside."""
        if "X-Forwarded-For" in request.headers or not _is_near(request.remote):
            return refusal(403, "forbidden", "metrics are for this machine's own network")
        headers = {"Content-Type": CONTENT_TYPE}
        return web.Response(body=await self._counted.exposition(self._watch), headers=headers)


def _is_near(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_private
    except ValueError:
        return False
