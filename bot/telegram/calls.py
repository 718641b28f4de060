"""Every call to Telegram, told to the log: which method, what came of it, how long it took.

Shown at LOG_LEVEL=DEBUG only, and counted always. Never the address: the bot's token is in it.
"""

import json
import logging
import time
from typing import Any

from telegram.error import TelegramError, TimedOut

from bot.telegram.transport import Transport

log = logging.getLogger(__name__)


class MeasuredRequest(Transport):
    """A request to the Bot API or for a file."""

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        began, result, wait = time.monotonic(), "cancelled", 0.0
        try:
            status, payload = await super().do_request(url, *args, **kwargs)
            result, wait = result_of(status), wait_in(status, payload)
        except TimedOut:
            result = "timeout"
            raise
        except TelegramError:
            result = "no answer"
            raise
        else:
            return status, payload
        finally:
            about = {"method": _method(url), "result": result, "wait": wait}
            log.debug("telegram call", extra={**about, "seconds": time.monotonic() - began})


def result_of(status: int) -> str:
    """In a word, what an HTTP status of the Bot API means.

    https://core.telegram.org/api/errors
    """
    if 200 <= status < 300:
        return "ok"
    words = {401: "unknown bot", 403: "forbidden", 409: "conflict", 429: "flood wait"}
    return words.get(status, "server error" if status >= 500 else "refused")


def wait_in(status: int, payload: bytes) -> float:
    """The seconds Telegram wants us to wait. https://core.telegram.org/bots/api#responseparameters"""
    if status != 429:
        return 0.0
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, LookupError, TypeError):
        return 0.0


def _method(url: str) -> str:
    """The name of the method; file addresses are all the same to us."""
    last = url.partition("?")[0].rpartition("/")[2]
    return "file" if "/file/bot" in url or not last.isalpha() else last
