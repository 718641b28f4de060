"""All doors on one aiohttp application."""

from collections.abc import Callable

from aiohttp import web

from bot.wiring import House
from webhooks.hardening import Failures, dress, shield
from webhooks.keys import Keys
from webhooks.metrics import EventCounter
from webhooks.nanobanana import NanoBananaDoor
from webhooks.ops import OpsDoor
from webhooks.telegram import TelegramDoor
from webhooks.uploads import UploadsDoor

# An update of Telegram is 64 KiB at the most, a callback much less.
BODY_MAX = 256 * 1024


def build(
    house: House, keys: Keys, *, ready: Callable[[], str | None], counted: EventCounter
) -> web.Application:
    """The web application. `ready` is None once everything runs, else what is waited for."""
    webhook_key = house.settings.nano_banana_webhook_key
    telegram = TelegramDoor(keys, house.inbox)
    nano_banana = NanoBananaDoor(
        keys,
        house.pipeline,
        house.clock,
        webhook_key=webhook_key.get_secret_value() if webhook_key else None,
    )
    uploads = UploadsDoor(keys, house.pictures, house.clock)
    ops = OpsDoor(ready, counted, house.watch)
    app = web.Application(client_max_size=BODY_MAX, middlewares=[shield(Failures())])
    app.on_response_prepare.append(dress)
    app.router.add_post("/api/webhook/telegram", telegram.post)
    app.router.add_get("/api/webhook/nano-banana", nano_banana.get)
    app.router.add_post("/api/webhook/nano-banana", nano_banana.post)
    app.router.add_get("/uploads/images/{name}", uploads.result)
    app.router.add_get("/uploads/references/{name}", uploads.reference)
    app.router.add_get("/healthz", ops.alive)
    app.router.add_get("/readyz", ops.readiness)
    app.router.add_get("/metrics", ops.metrics)
    return app
