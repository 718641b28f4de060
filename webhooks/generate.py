"""POST /api/generate/image: a wish becomes a task."""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.errors import Refused, Transient
from bot.neighbours import Pictures
from bot.ordering import Request
from bot.origin import UPLOAD, Reference
from bot.prompt import Objection
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks import bodies, wishes
from webhooks.answers import Problem, try_again
from webhooks.callers import Caller, Callers
from webhooks.refusing import invalid, of_objection, of_picture
from webhooks.wishes import Wish

# Bodies lie in memory while they are read.
_AT_ONCE = 8
_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")


class GenerateDoor:
    def __init__(
        self,
        programs: Programs,
        callers: Callers,
        pictures: Pictures,
        clock: Callable[[], datetime],
    ) -> None:
        self._programs = programs
        self._callers = callers
        self._pictures = pictures
        self._clock = clock
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def post(self, request: web.Request) -> web.Response:
        caller = self._callers.wishing(request)
        key = request.headers.get("Idempotency-Key")
        if key is not None and not _KEY.fullmatch(key):
            raise invalid("Idempotency-Key", "must be 1-255 plain characters")
        async with self._reading:
            wish = wishes.read(
                await bodies.read(request),
                styles=self._programs.ordering.presets,
                may_call=self._programs.poster.may_call,
            )
            if wish.deliver and not caller.at_telegram:
                raise invalid("deliver", "is for people in the Mini App: a token has no chat")
            try:
                task = await self._placed(caller, wish, key)
            except Objection as why:
                raise of_objection(why, self._clock()) from why
            except Transient as failure:
                raise try_again() from failure
        return web.json_response(
            {
                "success": True,
                "taskId": task.id,
                "status": "processing",
                "message": _message(request, caller),
            }
        )

    async def _placed(self, caller: Caller, wish: Wish, key: str | None) -> Task:
        """The task of this wish, also when it was made before. Raises Objection and Transient."""
        task_key = wishes.task_key(caller.person, key or secrets.token_hex(16))
        if key and (known := await self._programs.tasks.asked_as(task_key)):
            return _same(known, wish)
        references = await self._keep(wish)
        request = Request(
            key=task_key,
            origin=caller.origin(to_chat=wish.deliver, callback=wish.callback),
            text=wish.prompt,
            plain=True,
            options=wish.options,
            references=references,
            digest=wish.digest if key else None,
        )
        kept: tuple[Reference, ...] = ()
        try:
            task = await self._programs.ordering.place(request)
            kept = task.references
        finally:
            # Nobody needs those of a wish that was refused, or was there already.
            idle = {one.name for one in references} - {one.name for one in kept}
            await self._pictures.delete([name for name in idle if name])
        return _same(task, wish) if key else task

    async def _keep(self, wish: Wish) -> tuple[Reference, ...]:
        """Checked copies of what came along. Raises Problem and Transient."""
        kept: list[str] = []
        try:
            for field, content in wish.pictures:
                try:
                    kept.append((await self._pictures.keep_reference(content)).name)
                except Refused as failure:
                    raise of_picture(failure, field) from failure
        except (Problem, Transient):
            await self._pictures.delete(kept)
            raise
        return tuple(Reference(source=f"{UPLOAD}{name}", name=name) for name in kept)


def _same(task: Task, wish: Wish) -> Task:
    if task.digest == wish.digest:
        return task
    message = "this key was used for another request: take a new one for each"
    raise Problem(422, "idempotency_key_reused", message, "Idempotency-Key")


def _message(request: web.Request, caller: Caller) -> str:
    language: str = caller.language or request.headers.get("Accept-Language") or ""
    if language.casefold().startswith("zh"):
        return "图片生成中，请等待..."
    return "The picture is being drawn, please wait..."
