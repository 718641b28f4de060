"""Who may talk to the chat page: browsers on this machine, from the page itself.

Host is checked against DNS rebinding, Origin against other pages of the same browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.refusals import ApiError
from bot.sandbox.updates import LOOPBACK

READING = frozenset({"GET", "HEAD"})
_HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self' ws://{host}; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; "
        "frame-src http://127.0.0.1:* http://localhost:*"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Wrong(Exception):
    """What the page asked for cannot be done: HTTP status, a code, words, the field at fault."""

    def __init__(self, code: str, message: str, *, field: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"code": code, "message": message}
        if field:
            self.body["field"] = field


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse strangers, turn what went wrong into JSON, and put the headers on."""
    try:
        check_source(request.method, request.path, request.headers)
        response = await handler(request)
    except Wrong as wrong:
        response = web.json_response({"error": wrong.body}, status=wrong.status)
    except ApiError as error:
        body = {"code": "refused", "message": error.description}
        response = web.json_response({"error": body}, status=400)
    except web.HTTPRequestEntityTooLarge:
        body = {"code": "too_large", "message": "more than the page takes at once", "field": "file"}
        response = web.json_response({"error": body}, status=413)
    except web.HTTPException as error:
        body = {"code": error.reason.lower().replace(" ", "_"), "message": error.reason}
        response = web.json_response({"error": body}, status=error.status)
    if not response.prepared:
        for name, value in headers_for(request.headers.get("Host", "")).items():
            response.headers.setdefault(name, value)
    return response


def headers_for(host: str) -> dict[str, str]:
    """The headers of every answer; a host that is not one is left out of them."""
    shown = host if _HOST.fullmatch(host) else "127.0.0.1"
    return {name: value.replace("{host}", shown) for name, value in HEADERS.items()}


def check_source(method: str, path: str, headers: Mapping[str, str]) -> None:
    """Raises Wrong 403. Without an Origin it is no browser's doing, and nobody is fooled."""
    host = headers.get("Host", "")
    if not _HOST.fullmatch(host) or urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise Wrong("host", "this page is served to this machine only", field="Host", status=403)
    origin = headers.get("Origin")
    careful = method not in READING or path == "/api/events"
    if careful and origin is not None and origin != f"http://{host}":
        raise Wrong("origin", f"{origin} may not do this here", field="Origin", status=403)
