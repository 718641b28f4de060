"""POST /api/generate/image: a wish becomes a task."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

from aiohttp import web

from bot.errors import Refused, Transient
from bot.neighbours import Pictures
from bot.ordering import Request
from bot.origin import UPLOAD, Reference
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks import bodies, wishes
from webhooks.answers import Problem, try_again
from webhooks.callers import Caller, Callers
from webhooks.owning import seen
from webhooks.placing import Placing, Ticket, accepted, check_deliver, given_key, ticket
from webhooks.refusing import invalid, of_picture
from webhooks.wishes import Wish

# Bodies lie in memory while they are read. One caller, who may be slow, leaves room for others.
_AT_ONCE = 8
_EACH_AT_ONCE = 2


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
        self._placing = Placing(programs, clock)
        self._reading = asyncio.Semaphore(_AT_ONCE)
        self._each: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    async def post(self, request: web.Request) -> web.Response:
        caller = await self._callers.wishing(request)
        key = given_key(request)
        theirs = self._each.setdefault(caller.person, asyncio.Semaphore(_EACH_AT_ONCE))
        async with theirs, self._reading:
            wish = wishes.read(
                await bodies.read(request),
                styles=self._programs.ordering.presets,
                may_call=self._programs.poster.may_call,
            )
            check_deliver(caller, deliver=wish.deliver)
            digest = await bodies.aside(wish.size, wish.digest) if key else None
            its = ticket(request, caller, digest)
            task = await self._placing.known(its) or await self._placed(caller, wish, its)
        return accepted(request, caller, task)

    async def _placed(self, caller: Caller, wish: Wish, its: Ticket) -> Task:
        references = await self._keep(caller, wish)
        ours = [one.picture for one in references if one.picture]
        asked = Request(
            key=its.key,
            origin=caller.origin(to_chat=wish.deliver, callback=wish.callback),
            text=wish.prompt,
            plain=True,
            options=wish.options,
            references=references,
            parent=ours[0] if len(ours) == 1 else None,
            digest=its.digest,
        )
        try:
            task = await self._placing.place(asked, its)
        except Problem as problem:
            # Where the disk did not answer, or we are cut off, it may be written all the same.
            if problem.status < 500:
                await self._throw_away(references)
            raise
        # Nobody needs those of a wish that was there already.
        kept = {one.name for one in task.references}
        await self._throw_away([one for one in references if one.name not in kept])
        return task

    async def _keep(self, caller: Caller, wish: Wish) -> tuple[Reference, ...]:
        """What came along, checked: our copies, and those of the caller's own. Raises Problem."""
        references: list[Reference] = []
        try:
            for field, content in wish.pictures:
                if isinstance(content, str):
                    references.append(await self._theirs(caller, field, content))
                else:
                    references.append(await self._copy(field, content))
        except Problem:
            await self._throw_away(references)
            raise
        return tuple(references)

    async def _throw_away(self, references: Sequence[Reference]) -> None:
        await self._pictures.delete([one.name for one in references if one.name])

    async def _theirs(self, caller: Caller, field: str, picture_id: str) -> Reference:
        try:
            shot = await seen(self._programs, caller, picture_id)
        except Problem as problem:
            if problem.status != 404:
                raise
            raise invalid(field, "names a picture that is not there, or not yours") from problem
        return shot.reference

    async def _copy(self, field: str, content: bytes) -> Reference:
        try:
            name = (await self._pictures.keep_reference(content)).name
        except Refused as failure:
            raise of_picture(failure, field) from failure
        except Transient as failure:
            raise try_again() from failure
        return Reference(source=f"{UPLOAD}{name}", name=name)
