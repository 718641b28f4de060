"""From a picture that is there: the same again, others like it, larger, another shape; and what
has failed once more.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from bot import redrawing
from bot.errors import Transient
from bot.ordering import Request
from bot.prompt import Mistake
from bot.redrawing import Redrawing
from bot.task import Picture, Task
from bot.wiring.programs import Programs
from webhooks import bodies
from webhooks.answers import Problem, not_found, try_again
from webhooks.callers import Caller, Callers
from webhooks.owning import seen, theirs
from webhooks.placing import Placing, accepted, check_deliver, ticket
from webhooks.refusing import invalid, of_mistake
from webhooks.wishes import digest_of, switch

_WAYS = ("again", "variations", "larger", "reshaped")


class RedrawDoor:
    def __init__(self, programs: Programs, callers: Callers, clock: Callable[[], datetime]) -> None:
        self._programs = programs
        self._callers = callers
        self._placing = Placing(programs, clock)

    async def picture(self, request: web.Request) -> web.Response:
        caller = await self._callers.wishing(request)
        shot = await seen(self._programs, caller, request.match_info["picture"])
        values = (await bodies.read(request, most=bodies.WORDS_MAX)).values
        try:
            task = await self._programs.tasks.get(shot.task)
        except Transient as failure:
            raise try_again() from failure
        if task is None:
            raise not_found()
        try:
            wish = _wished(task, task.picture(shot.id), values)
        except Mistake as why:
            raise of_mistake(why) from why
        return await self._place(request, caller, wish, {**values, "picture": shot.id})

    async def retry(self, request: web.Request) -> web.Response:
        caller = await self._callers.wishing(request)
        task = await theirs(self._programs, caller, request.match_info["task"])
        values = (
            (await bodies.read(request, most=bodies.WORDS_MAX)).values
            if request.can_read_body
            else {}
        )
        wish = redrawing.failed(task)
        if wish is None:
            raise Problem(409, "nothing_failed", "nothing of it has failed")
        return await self._place(request, caller, wish, {**values, "task": task.id})

    async def _place(
        self, request: web.Request, caller: Caller, wish: Redrawing, said: Mapping[str, Any]
    ) -> web.Response:
        deliver = switch(said, "deliver")
        check_deliver(caller, deliver=deliver)
        its = ticket(request, caller, digest_of(json.loads(json.dumps(said, default=str))))
        known = await self._placing.known(its)
        asked = Request(
            key=its.key,
            origin=caller.origin(to_chat=deliver),
            text=wish.order.prompt,
            order=wish.order,
            references=wish.references,
            prompts=wish.prompts,
            parent=wish.parent,
            digest=its.digest,
        )
        return accepted(request, caller, known or await self._placing.place(asked, its))


def _wished(task: Task, picture: Picture, values: Mapping[str, Any]) -> Redrawing:
    """Raises Problem(422) and Mistake."""
    way = bodies.text_of(values, "as")
    match way:
        case "again":
            return redrawing.again(task, picture)
        case "variations":
            return redrawing.variations(task, picture)
        case "larger":
            return redrawing.larger(task, picture)
        case "reshaped":
            ratio = bodies.text_of(values, "aspectRatio")
            shapes = redrawing.shapes(task)
            if ratio not in shapes:
                raise invalid("aspectRatio", f"must be one of {', '.join(shapes)}")
            return redrawing.reshaped(task, picture, ratio)
    raise invalid("as", f"must be one of {', '.join(_WAYS)}")
