"""POST /api/webhook/telegram: Telegram's updates. https://core.telegram.org/bots/api#setwebhook"""

import logging

from aiohttp import web

from bot.errors import Transient
from bot.telegram.inbox import Inbox, NotAnUpdate
from webhooks.answers import refusal
from webhooks.keys import Keys

log = logging.getLogger(__name__)

_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


class TelegramDoor:
    """Says 200 once an update is on disk, and handles it later."""

    def __init__(self, keys: Keys, inbox: Inbox) -> None:
        self._keys = keys
        self._inbox = inbox

    async def post(self, request: web.Request) -> web.Response:
        if not self._keys.is_telegram(request.headers.get(_SECRET)):
            return refusal(401, "unauthorized", f"{_SECRET} is missing or wrong")
        try:
            await self._inbox.accept([await request.read()])
        except NotAnUpdate as error:
            return refusal(400, "bad_update", str(error))
        except Transient as failure:
            # Not on disk, so not acknowledged: Telegram sends it again.
            log.error("update not written", extra={"detail": failure.detail})  # noqa: TRY400
            return refusal(503, "try_again", "could not be written down")
        return web.Response()
