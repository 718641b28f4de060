"""The chat page: both sides of every chat in a browser, over an HTTP API of its own.

`async with ChatPage(telegram, generator, control) as page: page.url`. Loopback only.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

from aiohttp import web

from bot import serving
from bot.sandbox import commands
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Change
from bot.sandbox.control import Control
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.page_actions import ANSWER_SECONDS, Actions
from bot.sandbox.page_events import Events
from bot.sandbox.page_faults import Panel
from bot.sandbox.page_files import PageFiles, chat_file
from bot.sandbox.page_forms import InChat, Meant, Order, Steer, read_json, read_values
from bot.sandbox.page_groups import Groups
from bot.sandbox.page_guard import Wrong, guard
from bot.sandbox.page_payments import Payments
from bot.sandbox.page_uploads import Uploads
from bot.sandbox.page_view import event_of, message_view, people_and_chats
from bot.sandbox.refusals import Json

LARGEST = 50 << 20
TOGETHER_SECONDS = 0.05
LOUD = ("warning", "error", "critical")


class ChatPage:
    """Serves the page. `speed` and `limits` are only shown; `slow_seconds` is a fault's delay."""

    def __init__(
        self,
        telegram: BotApiServer,
        generator: GeneratorServer,
        control: Control,
        *,
        speed: float = 1.0,
        limits: bool = False,
        slow_seconds: float = 30.0,
        answer_seconds: float = ANSWER_SECONDS,
        largest: int = LARGEST,
    ) -> None:
        self.url = ""
        self.events = Events()
        self._telegram, self._generator, self._control = telegram, generator, control
        self._world = telegram.world
        self._panel = Panel(telegram, generator, slow_seconds=slow_seconds)
        self._actions = Actions(telegram, answer_seconds)
        self._uploads, self._groups = Uploads(telegram, largest), Groups(telegram)
        self._payments = Payments(telegram)
        self._fixed: Json = {"speed": speed, "limits": limits}
        self._largest = largest
        self._runner: web.AppRunner | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._chats_soon: asyncio.TimerHandle | None = None
        telegram.on_change(self._changed)
        telegram.faults.listeners.append(self._faults_changed)
        generator.faults.listeners.append(self._faults_changed)
        control.listeners.append(self._bot_changed)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; with port 0 the system chooses. Raises OSError when it is taken."""
        self._loop = asyncio.get_running_loop()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Let the pages go and stop listening."""
        self._loop = None
        if self._chats_soon is not None:
            self._chats_soon.cancel()
        await self.events.close()
        if self._runner is not None:
            await serving.end(self._runner)
            self._runner = None

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[guard], client_max_size=self._largest)
        files = PageFiles()
        app.router.add_get("/", files.file)
        app.router.add_get("/page/{path:.+}", files.file)
        app.router.add_get("/telegram-web-app.js", files.telegram_script)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/commands", self._commands)
        app.router.add_get("/api/messages", self._messages)
        app.router.add_get("/api/files/{file_id}", self._file)
        app.router.add_get("/api/events", self.events.serve)
        for name, action in self._actions.routes.items():
            app.router.add_post(f"/api/{name}", action)
        app.router.add_post("/api/send", self._uploads.send)
        app.router.add_post("/api/group", self._groups.change)
        app.router.add_get("/api/invoice", self._payments.invoice)
        app.router.add_post("/api/pay", self._payments.pay)
        app.router.add_post("/api/renew", self._payments.renew)
        app.router.add_get("/api/faults", self._faults)
        app.router.add_post("/api/faults", self._order)
        app.router.add_delete("/api/faults", self._clear)
        app.router.add_post("/api/bot", self._steer)
        return app

    async def _state(self, _request: web.Request) -> web.Response:
        names = ("id", "username", "first_name")
        bot = {name: self._world.bot[name] for name in names}
        state = {"bot": bot, "process": self._process, **people_and_chats(self._world)}
        return web.json_response(state | self._fixed)

    async def _commands(self, request: web.Request) -> web.Response:
        meant, form = Meant(self._world), read_values(dict(request.query), InChat)
        chat = meant.own_chat(form, form.chat)
        return web.json_response(commands.seen_by(self._world, meant.person(form), chat))

    async def _messages(self, request: web.Request) -> web.Response:
        try:
            chat_id = int(request.query.get("chat", ""))
        except ValueError as error:
            raise Wrong("invalid", "chat: which one?", field="chat") from error
        chat = Meant(self._world).chat(chat_id)
        return web.json_response([message_view(chat, one) for one in self._world.messages(chat)])

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.files.by_id.get(request.match_info["file_id"])
        if file is None:
            raise Wrong("not_found", "there is no such file", field="file_id", status=404)
        return await chat_file(file)

    async def _faults(self, _request: web.Request) -> web.Response:
        kinds = [kind.json for kind in self._panel.kinds.values()]
        return web.json_response({"kinds": kinds, "pending": self._panel.pending})

    async def _order(self, request: web.Request) -> web.Response:
        form = await read_json(request, Order)
        if form.id not in self._panel.kinds:
            raise Wrong("unknown_fault", f"id: there is no fault {form.id}", field="id")
        self._panel.order(form.id, form.times)
        return web.json_response(self._panel.pending)

    async def _clear(self, _request: web.Request) -> web.Response:
        self._panel.clear()
        return web.json_response({})

    async def _steer(self, request: web.Request) -> web.Response:
        form = await read_json(request, Steer)
        try:
            running = await self._control.do(form.action)
        except (RuntimeError, TimeoutError) as error:
            raise Wrong("did_not_start", str(error)[:500], status=502) from error
        return web.json_response({"running": running})

    @property
    def _process(self) -> Json:
        return {"running": self._control.running, "restarts": self._control.restarts}

    def on_line(self, line: dict[str, Any]) -> None:
        """A line of the bot's log; the loud ones are shown."""
        if line.get("level") in LOUD:
            shown = {"level": line["level"], "event": str(line.get("event", ""))}
            self.events.tell({"kind": "log", **shown, "detail": str(line.get("detail", ""))})

    def _changed(self, change: Change) -> None:
        if change.kind == "chats":
            self._tell_chats_soon()
            return
        event = event_of(self._world, change)
        if event is not None:
            self.events.tell(event)

    def _tell_chats_soon(self) -> None:
        """Once for many changes in a row: a bot sets a dozen menus when it starts."""
        if self._loop is not None and self._chats_soon is None:
            self._chats_soon = self._loop.call_later(TOGETHER_SECONDS, self._tell_chats)

    def _tell_chats(self) -> None:
        self._chats_soon = None
        self.events.tell({"kind": "chats"})

    def _bot_changed(self) -> None:
        self.events.tell({"kind": "process", **self._process})

    def _faults_changed(self) -> None:
        self.events.tell({"kind": "faults", "pending": self._panel.pending})
