"""Serving over aiohttp so that nobody is left standing at the end, nor keeps others from coming in.

asyncio hands over a connection a turn of the loop after it was accepted, and where the server was
closed in between nobody closes it (https://github.com/python/cpython/issues/109564).
"""

import asyncio
import resource
from dataclasses import dataclass

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

_MOST = 10_000
# Some turns of any loop.
_HANDED_OVER_WITHIN = 0.01


@dataclass(frozen=True, slots=True)
class Room:
    """How many connections there is room for, and in how many seconds each has to have asked for
    something.
    """

    connections: int
    asked_within: float = 30.0


def room_here() -> Room:
    """The other half of the files the process may open is for those it calls, for its own, and
    for those who come in faster than others are shown out.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Room(_MOST if files == resource.RLIM_INFINITY else min(_MOST, files // 2))


class Doors(web.AppRunner):
    """An AppRunner that bounds who comes in: aiohttp itself waits an hour for the rest of a head,
    with as many as there are files.
    """

    def __init__(self, app: web.Application, room: Room, *, shutdown_timeout: float) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._room = room

    async def _make_server(self) -> web.Server:
        return _Hall(await super()._make_server(), self._room)


class _Hall(web.Server):
    """Knows who waits and is not served: the one who has waited longest goes when it is full.

    That is a connection kept open in case, or one whose request never becomes whole.
    """

    def __init__(self, server: web.Server, room: Room) -> None:
        made = server._kwargs  # noqa: SLF001 - there is no other way to what the application wants
        super().__init__(self._serve, request_factory=self._ask, **made)
        self._its_handler, self._its_factory = server.request_handler, server.request_factory
        self._room = room
        # Whoever is not being served, the one who has waited longest first.
        self._waiting: dict[web.RequestHandler, None] = {}
        self._new: dict[web.RequestHandler, asyncio.TimerHandle] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self._room.connections:
            going = next(iter(self._waiting), handler)
            self._show_out(going)
            if going is handler:
                return
        self._waiting[handler] = None
        loop = asyncio.get_running_loop()
        self._new[handler] = loop.call_later(self._room.asked_within, handler.force_close)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        self._no_longer_new(handler)
        self._waiting.pop(handler, None)
        super().connection_lost(handler, exc)

    def _ask(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        """Somebody's request has a whole head."""
        self._no_longer_new(protocol)
        self._waiting.pop(protocol, None)
        return self._its_factory(message, payload, protocol, writer, task)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._its_handler(request)
        finally:
            if request.transport is not None:
                self._waiting[request.protocol] = None

    def _show_out(self, handler: web.RequestHandler) -> None:
        # Before the loop says that it is gone there may be others to go.
        self._waiting.pop(handler, None)
        handler.force_close()

    def _no_longer_new(self, handler: web.RequestHandler) -> None:
        if timer := self._new.pop(handler, None):
            timer.cancel()


async def end(runner: web.AppRunner) -> None:
    """Let nobody in any more; once those who came last have been handed over, clean up."""
    loop = asyncio.get_running_loop()
    for site in runner.sites:
        server = site._server  # noqa: SLF001 - there is no other way to its sockets
        for listening in getattr(server, "sockets", ()):
            loop.remove_reader(listening)
    await asyncio.sleep(_HANDED_OVER_WITHIN)
    await runner.cleanup()
