"""All doors on one aiohttp application."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.wiring import House
from webhooks.account import AccountDoor
from webhooks.callers import Callers
from webhooks.cors import Cors
from webhooks.events import EventsDoor
from webhooks.gallery import GalleryDoor
from webhooks.generate import GenerateDoor
from webhooks.hardening import Failures, dress, shield
from webhooks.keys import Keys
from webhooks.limits import READS_FOR_A_WISH, Limit
from webhooks.nanobanana import NanoBananaDoor
from webhooks.ops import OpsDoor
from webhooks.redraw import RedrawDoor
from webhooks.studio import StudioDoor
from webhooks.tasks import TasksDoor
from webhooks.telegram import TelegramDoor
from webhooks.uploads import UploadsDoor

# An update of Telegram is 64 KiB at the most, a callback much less.
BODY_MAX = 256 * 1024


def build(house: House, keys: Keys, ops: OpsDoor) -> web.Application:
    """The web application."""
    webhook_key = house.settings.nano_banana_webhook_key
    telegram = TelegramDoor(keys, house.inbox)
    nano_banana = NanoBananaDoor(
        keys,
        house.pipeline,
        house.clock,
        webhook_key=webhook_key.get_secret_value() if webhook_key else None,
    )
    uploads = UploadsDoor(keys, house.pictures, house.clock, kept=house.settings.files_kept)
    cors = Cors(house.settings.cors_origins)
    app = _application(shield(Failures()), cors.preflight)
    app.on_response_prepare.extend((dress, cors.allow))
    app.router.add_post("/api/webhook/telegram", telegram.post)
    app.router.add_get("/api/webhook/nano-banana", nano_banana.get)
    app.router.add_post("/api/webhook/nano-banana", nano_banana.post)
    app.router.add_get("/uploads/images/{name}", uploads.result)
    app.router.add_get("/uploads/previews/{name}", uploads.preview)
    app.router.add_get("/uploads/references/{name}", uploads.reference)
    _show_operators(app, ops)
    _open_to_programs(app, house)
    studio = StudioDoor(telegram_web=house.telegram_web)
    app.router.add_get("/studio", studio.page)
    app.router.add_get("/studio/{version}/{name}", studio.file)
    return app


def build_for_operators(ops: OpsDoor) -> web.Application:
    """That of a process which has no other doors."""
    app = _application(shield(Failures()))
    app.on_response_prepare.append(dress)
    _show_operators(app, ops)
    return app


def _application(*middlewares: Middleware) -> web.Application:
    return web.Application(
        client_max_size=BODY_MAX,
        middlewares=middlewares,
        # It would be done on the loop, before anybody has looked at the head, and to the end.
        handler_args={"auto_decompress": False},
    )


def _show_operators(app: web.Application, ops: OpsDoor) -> None:
    app.router.add_get("/healthz", ops.alive)
    app.router.add_get("/readyz", ops.readiness)
    app.router.add_get("/metrics", ops.metrics)


def _open_to_programs(app: web.Application, house: House) -> None:
    """The HTTP API."""
    programs, clock = house.programs, house.clock
    wishes = house.settings.api_requests_a_minute
    callers = Callers(
        root=house.settings.telegram_bot_token.get_secret_value(),
        tokens=house.settings.api_tokens,
        proofs=programs.proofs,
        wishes=Limit(wishes),
        reads=Limit(wishes * READS_FOR_A_WISH),
        clock=clock,
    )
    generate = GenerateDoor(programs, callers, house.pictures, clock)
    tasks = TasksDoor(programs, callers, house.pipeline, clock)
    account = AccountDoor(programs, callers, clock)
    redraw = RedrawDoor(programs, callers, clock)
    gallery = GalleryDoor(
        programs, callers, house.pictures, clock, files_kept=house.settings.files_kept
    )
    events = EventsDoor(programs, callers)
    app.on_shutdown.append(events.close)
    app.router.add_post("/api/generate/image", generate.post)
    app.router.add_get("/api/task/{task}", tasks.get)
    app.router.add_delete("/api/task/{task}", tasks.delete)
    app.router.add_get("/api/task/{task}/events", events.get, allow_head=False)
    app.router.add_get("/api/tasks", tasks.list)
    app.router.add_post("/api/task/{task}/retry", redraw.retry)
    app.router.add_get("/api/pictures", gallery.list)
    # Whoever gets it pays for it; who asks for its head gets nothing.
    app.router.add_get("/api/picture/{picture}/file", gallery.file, allow_head=False)
    app.router.add_put("/api/picture/{picture}/favourite", gallery.mark)
    app.router.add_delete("/api/picture/{picture}/favourite", gallery.mark)
    app.router.add_delete("/api/picture/{picture}", gallery.delete)
    app.router.add_post("/api/picture/{picture}/redraw", redraw.picture)
    app.router.add_post("/api/picture/{picture}/share", gallery.share)
    app.router.add_post("/api/session", account.session)
    app.router.add_get("/api/models", account.models)
    app.router.add_get("/api/me", account.me)
    app.router.add_get("/api/openapi.json", account.openapi)
