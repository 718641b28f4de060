"""The HTTP side of the Bot API server: routes, token, trouble on order, answers as JSON."""

from __future__ import annotations

import hmac
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.addresses import fetch_named
from bot.sandbox.arguments import Arguments, read_arguments
from bot.sandbox.conformance import Conformance
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.limits import Limits
from bot.sandbox.refusals import ApiError, Json
from bot.sandbox.updates import Described
from bot.sandbox.world import World

NOT_IN_ANSWERS = ("get", "setwebhook", "deletewebhook", "close", "logout")

Handler = Callable[[Arguments], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call the bot made; `files` maps part names to (filename, bytes).

    `status` 0 means that the connection was dropped instead of an answer.
    """

    method: str
    params: Json
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    status: int
    description: str
    at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON, an HTML page, a file, or nothing at all (status 0)."""

    status: int
    body: Json | str | bytes = b""

    @property
    def description(self) -> str:
        return str(self.body.get("description", "")) if isinstance(self.body, dict) else ""


class Door:
    """Takes the calls of one bot and keeps a record of them."""

    def __init__(
        self,
        *,
        token: str,
        world: World,
        methods: Mapping[str, Handler],
        faults: Faults,
        conformance: Conformance | None,
        limits: Limits | None,
        upload_bytes: int,
    ) -> None:
        self.calls: list[Call] = []
        self.received: list[str] = []
        self._token = token
        self._world = world
        self._methods = {name.lower(): (name, method) for name, method in methods.items()}
        self._faults = faults
        self._conformance = conformance
        self._limits = limits
        self._upload_bytes = upload_bytes

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=2 * self._upload_bytes)
        app.router.add_route("GET", "/bot{token}/{method}", self._called)
        app.router.add_route("POST", "/bot{token}/{method}", self._called)
        app.router.add_get("/file/bot{token}/{path:.+}", self._downloaded)
        return app

    async def call_in_answer(self, call: Json) -> None:
        """A method call the bot put into its answer to the webhook: nobody hears how it went."""
        name, method = self._methods.get(str(call["method"]).lower(), ("", None))
        if method is None or name.lower().startswith(NOT_IN_ANSWERS):
            return
        args = Arguments({key: value for key, value in call.items() if key != "method"})
        self._remember(name, args, await self._run(name, method, args))

    async def _called(self, request: web.Request) -> web.StreamResponse:
        asked = request.match_info["method"]
        name, method = self._methods.get(asked.lower(), (asked, _unknown))
        args = Arguments()
        try:
            self._check_token(request)
            args = await read_arguments(request, largest=self._upload_bytes)
            self._note(request, args)
            fault = self._faults.take(name, args.text("chat_id"))
            answer = await _troubled(fault, partial(self._run, name, method, args))
        except ApiError as error:
            answer = Answer(error.status, error.body)
        self._remember(name, args, answer)
        return _response(request, answer)

    async def _downloaded(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
            self._note(request, Arguments())
            fault = self._faults.take("file", "")
            answer = await _troubled(fault, partial(self._file, request.match_info["path"]))
        except ApiError as error:
            answer = Answer(error.status, error.body)
        return _response(request, answer)

    async def _file(self, path: str) -> Answer:
        file = self._world.files.by_path.get(path)
        if file is None:
            return Answer(404, ApiError(404, "Not Found").body)
        return Answer(200, file.content())

    async def _run(self, name: str, method: Handler, args: Arguments) -> Answer:
        if self._conformance is not None:
            self._world.problems.extend(self._conformance.problems(name, args))
        await fetch_named(self._world.files, args)
        try:
            if self._limits is not None:
                self._limits.check(name, args)
            result = method(args)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            return Answer(error.status, error.body)
        if isinstance(result, Described):
            return Answer(200, {"ok": True, "result": True, "description": result.description})
        return Answer(200, {"ok": True, "result": result})

    def _check_token(self, request: web.Request) -> None:
        if not hmac.compare_digest(request.match_info["token"].encode(), self._token.encode()):
            raise ApiError(401, "Unauthorized")

    def _note(self, request: web.Request, args: Arguments) -> None:
        headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
        params = "".join(f"{name}={args.text(name)}\n" for name in args.values)
        self.received.append(f"{request.method} {request.path_qs}\n{headers}\n{params}")

    def _remember(self, name: str, args: Arguments, answer: Answer) -> None:
        call = Call(
            method=name,
            params=dict(args.values),
            files={part: (file.filename, len(file.data)) for part, file in args.files.items()},
            status=answer.status,
            description=answer.description,
            at=self._world.clock(),
        )
        self.calls.append(call)


def _unknown(_args: Arguments) -> None:
    raise ApiError(404, "Not Found: method not found")


async def _troubled(fault: Fault | None, run: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of a call that a fault may delay, prevent or spoil."""
    if fault is None:
        return await run()
    if fault.before:
        await fault.hold_up()
        return _spoiled(fault) if fault.answers else await run()
    answer = await run()
    await fault.hold_up()
    return _spoiled(fault) if fault.answers else answer


def _spoiled(fault: Fault) -> Answer:
    if fault.close:
        return Answer(0)
    if fault.body is not None:
        return Answer(fault.status, fault.body)
    parameters = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
    return Answer(fault.status, ApiError(fault.status, fault.description, parameters).body)


def _response(request: web.Request, answer: Answer) -> web.StreamResponse:
    if not answer.status:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if isinstance(answer.body, bytes):
        return web.Response(body=answer.body, content_type="application/octet-stream")
    if isinstance(answer.body, str):
        return web.Response(text=answer.body, status=answer.status, content_type="text/html")
    retry_after = answer.body.get("parameters", {}).get("retry_after")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response(answer.body, status=answer.status, headers=headers)
