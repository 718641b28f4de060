"""Which pages of other sites may call the API from a browser: none, unless CORS_ORIGINS names them.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "3600",
}


class Cors:
    def __init__(self, origins: Collection[str]) -> None:
        self._origins = origins

    @property
    def preflight(self) -> Middleware:
        @web.middleware
        async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
            asks = "Access-Control-Request-Method" in request.headers
            if request.method == "OPTIONS" and asks and self._welcome(request):
                return web.Response(status=204, headers=_ALLOWED)
            return await handler(request)

        return answered

    async def allow(self, request: web.Request, response: web.StreamResponse) -> None:
        """A signal handler: whoever is welcome may read the answer."""
        if not self._origins or not request.path.startswith("/api/"):
            return
        response.headers["Vary"] = "Origin"
        if self._welcome(request):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    def _welcome(self, request: web.Request) -> bool:
        ours = request.path.startswith("/api/") and not request.path.startswith("/api/webhook/")
        return ours and request.headers.get("Origin", "").casefold() in self._origins
