"""/healthz, /readyz and /metrics: for whoever keeps the process running."""

import ipaddress
from collections.abc import Callable

from aiohttp import web

from webhooks.answers import refusal
from webhooks.metrics import CONTENT_TYPE, EventCounter


class OpsDoor:
    """`ready` tells whether updates are being handled yet, and if not, why."""

    def __init__(self, ready: Callable[[], str | None], counted: EventCounter) -> None:
        self._ready = ready
        self._counted = counted

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readiness(self, _request: web.Request) -> web.Response:
        missing = self._ready()
        if missing is None:
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "starting", "waiting_for": missing}, status=503)

    async def metrics(self, request: web.Request) -> web.Response:
        """For the machine itself and its own network; what a proxy passes on is from outside."""
        if "X-Forwarded-For" in request.headers or not _is_near(request.remote):
            return refusal(403, "forbidden", "metrics are for this machine's own network")
        headers = {"Content-Type": CONTENT_TYPE}
        return web.Response(body=self._counted.exposition(), headers=headers)


def _is_near(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_private
    except ValueError:
        return False
