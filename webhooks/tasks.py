"""/api/task and /api/tasks: what somebody asked for, and what became of it."""

import re
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.errors import Transient
from bot.life import OddMove
from bot.pipeline import Pipeline
from bot.public import view
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks.answers import Problem, try_again
from webhooks.callers import Callers
from webhooks.owning import is_id, theirs
from webhooks.refusing import invalid

_LIMIT, _LIMIT_MAX = 20, 100


class TasksDoor:
    def __init__(
        self,
        programs: Programs,
        callers: Callers,
        pipeline: Pipeline,
        clock: Callable[[], datetime],
    ) -> None:
        self._programs = programs
        self._callers = callers
        self._pipeline = pipeline
        self._clock = clock

    async def get(self, request: web.Request) -> web.Response:
        caller = await self._callers.reading(request)
        task = await theirs(self._programs, caller, request.match_info["task"])
        return web.json_response({"success": True, "data": view(task)})

    async def list(self, request: web.Request) -> web.Response:
        caller = await self._callers.reading(request)
        limit = request.query.get("limit") or str(_LIMIT)
        if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= _LIMIT_MAX:
            raise invalid("limit", f"must be a number from 1 to {_LIMIT_MAX}")
        cursor = request.query.get("cursor") or None
        if cursor is not None and not is_id(cursor):
            raise invalid("cursor", "must be the `next` of the page before")
        try:
            page = await self._programs.asked.page(caller.person, limit=int(limit), after=cursor)
            tasks = [await self._programs.tasks.get(one) for one in page.tasks]
        except Transient as failure:
            raise try_again() from failure
        shown = [view(task) for task in tasks if task]
        return web.json_response({"success": True, "data": shown, "next": page.next})

    async def delete(self, request: web.Request) -> web.Response:
        """Cancel it while it can be; delete it once it has ended."""
        caller = await self._callers.reading(request)
        task = await theirs(self._programs, caller, request.match_info["task"])
        try:
            action = await self._done_with(task)
        except Transient as failure:
            raise try_again() from failure
        return web.json_response({"success": True, "taskId": task.id, "action": action})

    async def _done_with(self, task: Task) -> str:
        if task.ended:
            await self._programs.memory.forget_task(task.id, self._clock())
            return "deleted"
        if task.cancelled:
            return "cancelled"
        try:
            await self._pipeline.cancel(task.id, by="api")
        except OddMove as move:
            message = "too late to cancel it, too early to delete it: try again"
            raise Problem(409, "too_late", message, retry_after=1) from move
        return "cancelled"
