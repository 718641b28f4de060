"""/api/webhook/nano-banana: the generator's callbacks.

https://docs.kie.ai/common-api/webhook-verification
"""

import logging
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.errors import Transient
from bot.nanobanana import wire
from bot.pipeline import Pipeline
from webhooks.answers import refusal
from webhooks.keys import Keys

log = logging.getLogger(__name__)


class NanoBananaDoor:
    """Marks the picture a callback is about; the rest happens later, and from a safer source."""

    def __init__(
        self,
        keys: Keys,
        pipeline: Pipeline,
        clock: Callable[[], datetime],
        *,
        webhook_key: str | None,
    ) -> None:
        self._keys = keys
        self._pipeline = pipeline
        self._clock = clock
        self._webhook_key = webhook_key

    async def get(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "status": "ok",
                "message": "Nano Banana webhook endpoint is ready",
                "timestamp": self._clock().isoformat(),
            }
        )

    async def post(self, request: web.Request) -> web.Response:
        picture_id = request.query.get("picture", "")
        if not self._keys.is_callback(picture_id, request.query.get("token")):
            return _forged("token is missing or wrong")
        try:
            job = wire.read_callback(await request.read())
        except ValueError as error:
            return refusal(400, "bad_callback", str(error))
        if self._webhook_key and not wire.is_signed(
            self._webhook_key,
            job,
            request.headers.get("X-Webhook-Timestamp"),
            request.headers.get("X-Webhook-Signature"),
        ):
            return _forged("X-Webhook-Signature is missing or wrong")
        try:
            await self._pipeline.receive(picture_id, job)
        except Transient as failure:
            log.error("callback not written", extra={"detail": failure.detail})  # noqa: TRY400
            return refusal(503, "try_again", "could not be written down")
        return web.json_response({"code": 200, "msg": "success"})


def _forged(why: str) -> web.Response:
    # In a low voice: whoever knocks often must not fill the log.
    log.debug("callback forged", extra={"detail": why})
    return refusal(401, "unauthorized", why)
