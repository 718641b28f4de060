"""Telegram and the generator, played as quickly as they can be: nothing is checked here.

The sandbox looks at all that the bot says. Here what is looked at is how soon it says it, so one
call must cost next to nothing; shapes of records and callbacks are the sandbox's all the same.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.sandbox.jobs import Faults, Job, callback_body, record
from tests.bench.messages import PERSON, message_update

_CHAT = re.compile(rb'(?:name="?chat_id"?[^-\d]*|chat_id=|"chat_id": ?"?)(-?\d+)')
_BOT = {
    "id": 123456,
    "is_bot": True,
    "first_name": "Nano Banana",
    "username": "nano_banana_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": True,
}
_PHOTO = [{"file_id": "photo", "file_unique_id": "p", "width": 1024, "height": 1024}]
_FILE = {"file_id": "document", "file_unique_id": "d"}
_ANSWERS: Mapping[str, Any] = {
    "getmycommands": [],
    "getchatmenubutton": {"type": "default"},
    "getstartransactions": {"transactions": []},
    "getwebhookinfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
}
_PLENTY = 1e6


class Outside:
    """`async with Outside(picture) as outside: outside.url`.

    Jobs end at once and are called back about, unless they are `held`: then with `finish`. Nobody
    hears who the bot is until it is `reachable`. `arrived` hears the chat and the moment of each
    picture that is sent, `looked_up` the id of each job that is asked about.
    """

    def __init__(self, picture: bytes, *, reachable: bool = True, held: bool = False) -> None:
        self.url = ""
        self.held = held
        self.reachable = asyncio.Event()
        if reachable:
            self.reachable.set()
        self.jobs: dict[str, Job] = {}
        self.arrived: Callable[[int, float], None] = lambda _chat, _at: None
        self.looked_up: Callable[[str], None] = lambda _job: None
        self.created: Callable[[Job], None] = lambda _job: None
        self.client: aiohttp.ClientSession
        self._picture = picture
        self._numbers = itertools.count(1)
        self._webhooks: dict[str, tuple[str, str]] = {}
        self._queues: dict[str, list[dict[str, Any]]] = {}
        self._news: dict[str, asyncio.Event] = {}
        self._callbacks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/bot{token}/{method}", self._telegram)
        app.router.add_post("/api/v1/jobs/createTask", self._create)
        app.router.add_get("/api/v1/jobs/recordInfo", self._record)
        app.router.add_get("/api/v1/chat/credit", self._credit)
        app.router.add_get("/p/{job}.png", self._result)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._callbacks:
            task.cancel()
        await asyncio.gather(*self._callbacks, return_exceptions=True)
        self.reachable.set()
        await self.client.close()
        await self._runner.cleanup()

    # --- Telegram --------------------------------------------------------------------------

    async def say(self, token: str, person: int, text: str) -> None:
        """A message in the private chat of this person: to the bot's webhook, else to its poll."""
        update = message_update(next(self._numbers), person, text)
        if token in self._webhooks:
            await self.knock(token, update)
            return
        self._queues.setdefault(token, []).append(update)
        self._news.setdefault(token, asyncio.Event()).set()

    async def knock(self, token: str, update: Mapping[str, Any]) -> None:
        url, secret = self._webhooks[token]
        await self.post(url, update, {"X-Telegram-Bot-Api-Secret-Token": secret})

    async def post(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Raises RuntimeError when it is not taken."""
        async with self.client.post(url, json=body, headers=headers) as answer:
            words = await answer.text()
        if answer.status != 200:
            raise RuntimeError(f"{url}: HTTP {answer.status}: {words[:200]}")

    async def _telegram(self, request: web.Request) -> web.Response:
        token, method = request.match_info["token"], request.match_info["method"].lower()
        body = await request.read()
        now = time.perf_counter()
        found = _CHAT.search(body[:65_536]) or _CHAT.search(body[-65_536:])
        chat = int(found[1]) if found else PERSON
        match method:
            case "sendphoto" | "senddocument":
                self.arrived(chat, now)
                sent = {"photo": _PHOTO} if method == "sendphoto" else {"document": _FILE}
                return self._said(chat, sent)
            case "sendmessage" | "editmessagetext":
                return self._said(chat, {"text": "words"})
            case "getme":
                await self.reachable.wait()
                return _ok(_BOT)
            case "getupdates":
                return _ok(await self._updates(token))
            case "setwebhook":
                data = await request.post()
                url, secret = str(data["url"]), str(data.get("secret_token", ""))
                self._webhooks[token] = (url, secret)
                return _ok(True)
            case _:
                return _ok(_ANSWERS.get(method, True))

    async def _updates(self, token: str) -> list[dict[str, Any]]:
        """Whatever is there, as if what was told before had been confirmed."""
        news = self._news.setdefault(token, asyncio.Event())
        try:
            async with asyncio.timeout(1.0):
                await news.wait()
        except TimeoutError:
            return []
        queue = self._queues[token]
        told, queue[:] = queue[:100], queue[100:]
        if not queue:
            news.clear()
        return told

    def _said(self, chat: int, what: Mapping[str, Any]) -> web.Response:
        message = {"message_id": next(self._numbers), "date": int(time.time()), "from": _BOT}
        return _ok({**message, "chat": {"id": chat, "type": "private", "first_name": "P"}, **what})

    # --- the generator ---------------------------------------------------------------------

    def job(self, prompt: str, callback: str | None = None) -> Job:
        """One nobody has asked for, under way."""
        body = {"model": "google/nano-banana", "input": {"prompt": prompt}, "callBackUrl": callback}
        job = Job.accept(body, Faults(), datetime.now(UTC))
        self.jobs[job.id] = job
        return job

    def finish(self, job: Job) -> asyncio.Task[None]:
        """End it well, and call back; returns the call."""
        job.succeed(datetime.now(UTC), f"{self.url}/p/{job.id}.png")
        calling = asyncio.create_task(self._call_back(job))
        self._callbacks.add(calling)
        calling.add_done_callback(self._callbacks.discard)
        return calling

    async def _call_back(self, job: Job) -> None:
        if job.callback_url:
            await self.post(job.callback_url, callback_body(job))

    async def _create(self, request: web.Request) -> web.Response:
        job = Job.accept(await request.json(), Faults(), datetime.now(UTC))
        self.jobs[job.id] = job
        self.created(job)
        if not self.held:
            # The answer goes out first.
            asyncio.get_running_loop().call_soon(self.finish, job)
        return _kie({"taskId": job.id, "recordId": job.id})

    async def _record(self, request: web.Request) -> web.Response:
        job = request.query["taskId"]
        self.looked_up(job)
        return _kie(record(self.jobs[job]))

    async def _credit(self, _request: web.Request) -> web.Response:
        return _kie(_PLENTY)

    async def _result(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._picture, content_type="image/png")


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _kie(data: Any) -> web.Response:
    return web.Response(
        text=json.dumps({"code": 200, "msg": "success", "data": data}),
        content_type="application/json",
    )
