"""The one form of our errors over HTTP."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

# Set on a request whose caller has proved who they are: they are never taken for a burglar.
KNOWN = web.RequestKey("known", bool)


def refusal(
    status: int,
    code: str,
    message: str,
    *,
    field: str | None = None,
    credits_: Mapping[str, Any] | None = None,
    retry_after: float | None = None,
) -> web.Response:
    """`{"success": false, "error": {"code", "message", "field"?, "credits"?}}`"""
    error: dict[str, Any] = {"code": code, "message": message}
    error |= {"field": field} if field else {}
    error |= {"credits": credits_} if credits_ else {}
    headers = {} if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
    return web.json_response({"success": False, "error": error}, status=status, headers=headers)


@dataclass(slots=True, eq=False)
class Problem(Exception):
    """Why a request is refused; `field` is the one at fault, `credits_` says how many would do,
    `retry_after` is in seconds.
    """

    status: int
    code: str
    message: str
    field: str | None = None
    credits_: Mapping[str, Any] | None = None
    retry_after: float | None = None

    @property
    def answer(self) -> web.Response:
        return refusal(
            self.status,
            self.code,
            self.message,
            field=self.field,
            credits_=self.credits_,
            retry_after=self.retry_after,
        )


def not_found() -> Problem:
    """Of what is not there, and of what is somebody else's."""
    return Problem(404, "not_found", "it is not there, or it is not yours")


def try_again() -> Problem:
    """The disk does not answer."""
    message = "cannot be read or written at the moment: try again"
    return Problem(503, "try_again", message, retry_after=5)
