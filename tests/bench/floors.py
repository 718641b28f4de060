"""The least that can be done: aiohttp alone, and the same with one thing more.

`python -m tests.bench.floors <which>`.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import httpx
from aiohttp import web
from telegram import Update

PORT = int(os.environ["PORT"])


def ready() -> None:
    """In the words of the bot's own log."""
    print(json.dumps({"event": "ready"}), file=sys.stderr, flush=True)


def serve(app: web.Application) -> None:
    async def say_so(_app: web.Application) -> None:
        asyncio.get_running_loop().call_later(0.05, ready)

    app.on_startup.append(say_so)
    web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, print=None)


def updates(read: Callable[[Any], object]) -> web.Application:
    """Takes an update, makes of it what `read` does, and says 200."""

    async def post(request: web.Request) -> web.Response:
        read(json.loads(await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", post)
    return app


def statuses() -> web.Application:
    """Says the same of every task, in as many words as the bot."""
    body = json.loads(os.environ["STATUS"])

    async def get(request: web.Request) -> web.Response:
        return web.json_response({**body, "id": request.match_info["task"]})

    app = web.Application()
    app.router.add_get("/api/task/{task}", get)
    return app


def events() -> web.Application:
    """Whoever watches a task hears the same words whenever it is called about."""
    body = json.loads(os.environ["STATUS"])
    watching: dict[str, set[web.WebSocketResponse]] = {}

    async def watch(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        watching.setdefault(request.match_info["task"], set()).add(socket)
        await socket.send_json(body)
        async for _ in socket:
            pass
        watching[request.match_info["task"]].discard(socket)
        return socket

    async def post(request: web.Request) -> web.Response:
        for socket in tuple(watching[request.match_info["task"]]):
            await socket.send_json(body)
        return web.Response()

    app = web.Application()
    app.router.add_get("/api/task/{task}/events", watch)
    app.router.add_post("/called/{task}", post)
    return app


def delivering() -> web.Application:
    """At a callback: one look at the record, the picture fetched, the picture sent."""
    telegram, generator = os.environ["TELEGRAM"], os.environ["GENERATOR"]
    client = httpx.AsyncClient(limits=httpx.Limits(max_connections=100), timeout=60)
    going: set[asyncio.Task[None]] = set()

    async def deliver(job: str, chat: str) -> None:
        found = await client.get(f"{generator}/api/v1/jobs/recordInfo", params={"taskId": job})
        address = json.loads(found.json()["data"]["resultJson"])["resultUrls"][0]
        picture = await client.get(address)
        sent = await client.post(
            f"{telegram}/sendPhoto",
            data={"chat_id": chat},
            files={"photo": ("picture.png", picture.content)},
        )
        sent.raise_for_status()

    async def post(request: web.Request) -> web.Response:
        body = await request.json()
        task = asyncio.create_task(deliver(body["data"]["taskId"], request.query["chat"]))
        going.add(task)
        task.add_done_callback(going.discard)
        return web.json_response({"code": 200, "msg": "success"})

    app = web.Application()
    app.router.add_post("/", post)
    return app


WHICH: dict[str, Callable[[], web.Application]] = {
    "bare": lambda: updates(lambda body: body),
    "parsed": lambda: updates(lambda body: Update.de_json(body, None)),
    "statuses": statuses,
    "events": events,
    "delivering": delivering,
}

if __name__ == "__main__":
    serve(WHICH[sys.argv[1]]())
