"""GET /api/task/{id}/events: a WebSocket on which each change of a task arrives as it is saved.

    {"type": "task", "data": …}     first as it is, then at each change; `data` is that of GET

It closes after the end with 1000. Whoever cannot set headers, a browser say, first sends
{"authorization": "tma …"}.
"""

import asyncio
import contextlib
import json
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

from aiohttp import WSCloseCode, web

from bot.public import view
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks.answers import Problem
from webhooks.callers import Caller, Callers
from webhooks.owning import theirs

_HEARTBEAT = 25.0
_FIRST_WORD_WITHIN = 10.0
_SENT_WITHIN = 10.0
# Whoever does not answer must not keep us from going down.
_CLOSED_WITHIN = 1.0
# What another process has changed is seen after so long, also where nobody could tell us.
_LOOK_AGAIN = 5.0
_MESSAGE_MAX = 16_384
_EACH_MAX = 50
_ALL_MAX = 2_000
# Of those who have not said yet who they are. Whoever means well does so at once.
_STRANGERS_MAX = 500

# https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2: 4000 and up are ours; these are 4000 and
# the status of the same refusal over HTTP.
_REFUSED = 4_000


class EventsDoor:
    """`most` may watch at once, and `strangers` have still to say who they are; `look_again` is
    after how many seconds without news a task is read again.
    """

    def __init__(
        self,
        programs: Programs,
        callers: Callers,
        *,
        most: int = _ALL_MAX,
        strangers: int = _STRANGERS_MAX,
        look_again: float = _LOOK_AGAIN,
    ) -> None:
        self._programs = programs
        self._callers = callers
        self._most = most
        self._strangers_most = strangers
        self._look_again = look_again
        self._open: set[web.WebSocketResponse] = set()
        self._strangers: deque[asyncio.Timeout] = deque()
        self._watched: Counter[int] = Counter()

    async def get(self, request: web.Request) -> web.WebSocketResponse:
        task_id = request.match_info["task"]
        caller = None
        if "Authorization" in request.headers:
            caller = await self._callers.reading(request)
            await theirs(self._programs, caller, task_id)
        self._check_room()
        socket = web.WebSocketResponse(
            timeout=_CLOSED_WITHIN,
            heartbeat=_HEARTBEAT,
            max_msg_size=_MESSAGE_MAX,
            compress=False,
        )
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await self._serve(socket, caller, task_id)
        except (ConnectionError, TimeoutError):
            # Gone, or too slow to be told.
            await socket.close()
        finally:
            self._open.discard(socket)
        return socket

    async def close(self, _app: web.Application) -> None:
        """Everybody is told that we go; they come back."""
        closing = (one.close(code=WSCloseCode.GOING_AWAY) for one in tuple(self._open))
        await asyncio.gather(*closing, return_exceptions=True)

    async def _serve(
        self, socket: web.WebSocketResponse, caller: Caller | None, task_id: str
    ) -> None:
        try:
            caller = caller or await self._introduced(socket)
            with self._counted(caller):
                await self._follow(socket, caller, task_id)
        except Problem as problem:
            await socket.close(code=_REFUSED + problem.status, message=problem.code.encode())

    def _check_room(self) -> None:
        """Raises Problem(503)."""
        if self._watched.total() >= self._most:
            raise Problem(503, "too_many_watchers", "too many are watching", retry_after=10)

    @contextlib.contextmanager
    def _counted(self, caller: Caller) -> Iterator[None]:
        """Raises Problem(429, 503)."""
        self._check_room()
        if self._watched[caller.person] >= _EACH_MAX:
            raise Problem(429, "too_many_watchers", "too many of yours are open")
        self._watched[caller.person] += 1
        try:
            yield
        finally:
            self._watched[caller.person] -= 1
            # A number that is nobody's any more need not be kept.
            self._watched += Counter()

    async def _introduced(self, socket: web.WebSocketResponse) -> Caller:
        """Who it is, by the first message. Raises Problem."""
        try:
            async with asyncio.timeout(_FIRST_WORD_WITHIN) as patience:
                with self._awaited(patience):
                    message = await socket.receive()
            word = json.loads(message.data)["authorization"]
        except TimeoutError as error:
            raise Problem(408, "request_timeout", "nobody said who they are") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Problem(401, "unauthorized", 'first send {"authorization": …}') from error
        caller = await self._callers.identify(word if isinstance(word, str) else "")
        self._callers.count(caller, self._callers.reads)
        return caller

    @contextlib.contextmanager
    def _awaited(self, patience: asyncio.Timeout) -> Iterator[None]:
        """Among those who have still to say who they are: the first of too many waits no more."""
        self._strangers.append(patience)
        too_many = len(self._strangers) > self._strangers_most
        if too_many and not (first := self._strangers[0]).expired():
            first.reschedule(0)
            self._strangers.rotate(-1)
        try:
            yield
        finally:
            self._strangers.remove(patience)

    async def _follow(self, socket: web.WebSocketResponse, caller: Caller, task_id: str) -> None:
        # First listened, then read: nothing happens in between.
        with self._programs.hub.watching(task_id) as news:
            task, shown = await theirs(self._programs, caller, task_id), None
            hearing = asyncio.create_task(_until_closed(socket))
            try:
                while True:
                    shown = await _show(socket, task, shown)
                    if task.ended or socket.closed:
                        break
                    task = await self._next(news, hearing, caller, task)
                    if hearing.done():
                        break
            finally:
                hearing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await hearing
        await socket.close()

    async def _next(
        self,
        news: asyncio.Queue[Task],
        hearing: asyncio.Task[None],
        caller: Caller,
        task: Task,
    ) -> Task:
        """The task as it was saved next, or as it is after a while, or once nobody listens."""
        getting = asyncio.create_task(news.get())
        try:
            await asyncio.wait(
                {getting, hearing}, timeout=self._look_again, return_when=asyncio.FIRST_COMPLETED
            )
            if getting.done():
                return max(task, getting.result(), key=lambda one: one.version)
        finally:
            getting.cancel()
        if hearing.done():
            return task
        return await theirs(self._programs, caller, task.id)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    """What they say counts for nothing, but pings and their going are answered meanwhile."""
    async for _ in socket:
        pass


async def _show(
    socket: web.WebSocketResponse, task: Task, shown: dict[str, Any] | None
) -> dict[str, Any]:
    """Say how it stands if that is news."""
    data = view(task)
    if shown is None or _visible(data) != _visible(shown):
        async with asyncio.timeout(_SENT_WITHIN):
            await socket.send_json({"type": "task", "data": data})
    return data


def _visible(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "generation": {**data["generation"], "version": 0}}
