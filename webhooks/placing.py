"""Placing a request that came over HTTP: once for each Idempotency-Key."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.errors import Transient
from bot.ordering import Request
from bot.prompt import Objection
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks.answers import Problem, try_again
from webhooks.callers import Caller
from webhooks.refusing import invalid, of_objection
from webhooks.wishes import task_key

_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Under which key the task is written; `digest` tells whether a request is the same again,
    None where nobody could ask twice.
    """

    key: str
    digest: str | None


def ticket(request: web.Request, caller: Caller, digest: str | None) -> Ticket:
    """`digest` is needed where there is a key. Raises Problem(422)."""
    key = given_key(request)
    return Ticket(
        key=task_key(caller.person, key or secrets.token_hex(16)), digest=digest if key else None
    )


def given_key(request: web.Request) -> str | None:
    """Raises Problem(422)."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "must be 1-255 plain characters")
    return key


@dataclass(frozen=True, slots=True)
class Placing:
    programs: Programs
    clock: Callable[[], datetime]

    async def known(self, ticket: Ticket) -> Task | None:
        """The task that was made of this request before. Raises Problem(422, 503)."""
        if ticket.digest is None:
            return None
        try:
            task = await self.programs.tasks.asked_as(ticket.key)
        except Transient as failure:
            raise try_again() from failure
        return task and same(task, ticket)

    async def place(self, request: Request, ticket: Ticket) -> Task:
        """Raises Problem."""
        try:
            task = await self.programs.ordering.place(request)
        except Objection as why:
            raise of_objection(why, self.clock()) from why
        except Transient as failure:
            raise try_again() from failure
        return same(task, ticket)


def same(task: Task, ticket: Ticket) -> Task:
    """Raises Problem(422) when the key was used for something else."""
    if ticket.digest is None or task.digest == ticket.digest:
        return task
    message = "this key was used for another request: take a new one for each"
    raise Problem(422, "idempotency_key_reused", message, "Idempotency-Key")


def check_deliver(caller: Caller, *, deliver: bool) -> None:
    """Raises Problem(422)."""
    if deliver and not caller.at_telegram:
        raise invalid("deliver", "is for people in the Mini App: a token has no chat")


def accepted(request: web.Request, caller: Caller, task: Task) -> web.Response:
    return web.json_response(
        {
            "success": True,
            "taskId": task.id,
            "status": "processing",
            "message": _message(request, caller),
        }
    )


def _message(request: web.Request, caller: Caller) -> str:
    language: str = caller.language or request.headers.get("Accept-Language") or ""
    if language.casefold().startswith("zh"):
        return "图片生成中，请等待..."
    return "The picture is being drawn, please wait..."
