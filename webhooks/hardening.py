"""What holds for every door: one form of error, safe headers, no banner, limits on patience."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from webhooks.answers import KNOWN, Problem, refusal

log = logging.getLogger(__name__)

# Whoever needs longer for 256 kB, or keeps us waiting on purpose, is let go.
_SECONDS_MAX = 30.0
_PATIENT = {"/api/generate/image": 180.0, "/api/task/{task}/events": None}
_FAILURES_MAX = 30
_FAILURES_WITHIN = 60.0
_ADDRESSES_MAX = 10_000

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Failures:
    """Counts refusals by address, so that guessing becomes slow and cannot flood the log.

    A request with the right secret is never held up: behind a proxy everybody has one address.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def one_more(self, address: str) -> bool:
        """Note a refusal; True when this address has had too many lately."""
        now = self._clock()
        if len(self._times) >= _ADDRESSES_MAX and address not in self._times:
            self._times.clear()
        times = self._times.setdefault(address, deque(maxlen=_FAILURES_MAX))
        many = len(times) == _FAILURES_MAX and times[0] > now - _FAILURES_WITHIN
        times.append(now)
        return many


def shield(failures: Failures) -> Middleware:
    """The outermost middleware."""

    @web.middleware
    async def shielded(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await _answer(request, handler)
        if response.status not in (400, 401, 403, 404) or request.get(KNOWN):
            return response
        if failures.one_more(request.remote or ""):
            message = "too many refused requests from here"
            return refusal(429, "too_many_failures", message, retry_after=_FAILURES_WITHIN)
        about = {"path": request.path, "status": response.status, "remote": request.remote}
        log.warning("refused", extra=about)
        return response

    return shielded


async def dress(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal handler: add what every answer carries, take away what gives us away."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


def _seconds(request: web.Request) -> float | None:
    """How long this door may take: as long as pictures come in, or somebody watches."""
    resource = request.match_info.route.resource
    return _PATIENT.get(resource.canonical if resource else "", _SECONDS_MAX)


def _check_unpacked(request: web.Request) -> None:
    """Nobody who calls here packs bodies, and a small one can be a gigabyte. Raises Problem(415)."""
    if request.headers.get("Content-Encoding", "identity").casefold() != "identity":
        raise Problem(415, "unsupported_media_type", "send the body as it is, not compressed")


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors look the same everywhere and give nothing away."""
    try:
        _check_unpacked(request)
        async with asyncio.timeout(_seconds(request)):
            return await handler(request)
    except Problem as problem:
        return problem.answer
    except TimeoutError:
        return refusal(408, "request_timeout", "the request took too long")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = refusal(error.status, error.reason.casefold().replace(" ", "_"), error.reason)
        if allowed := error.headers.get("Allow"):
            # https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6
            response.headers["Allow"] = allowed
        return response
    except (web.RequestPayloadError, ConnectionResetError):
        # Cut into chunks in a way that cannot be undone, or hung up in the middle.
        return refusal(400, "bad_request", "the body is damaged")
    except Exception:
        log.exception("a door broke", extra={"path": request.path})
        return refusal(500, "internal", "something broke on our side")
