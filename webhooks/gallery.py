"""/api/pictures and /api/picture: what somebody has had drawn, in the chats too, found again."""

import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, BinaryIO

from aiohttp import web

from bot.collected import hand_over
from bot.errors import Gone, Refused, Transient
from bot.gallery import Shot, View
from bot.models import CATALOGUE
from bot.neighbours import Pictures
from bot.public import addresses
from bot.task import ELSEWHERE, Task
from bot.wiring.programs import Programs
from webhooks.answers import Problem, not_found, try_again
from webhooks.callers import Callers
from webhooks.files import PictureFile
from webhooks.owning import is_picture_id, seen
from webhooks.refusing import invalid

_LIMIT, _LIMIT_MAX = 30, 100
_WORDS_MAX = 200
# The first bytes of what Telegram keeps. https://mimesniff.spec.whatwg.org/#image-type-pattern-matching-algorithm
_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png", b"RIF": "image/webp"}


class GalleryDoor:
    def __init__(
        self,
        programs: Programs,
        callers: Callers,
        pictures: Pictures,
        clock: Callable[[], datetime],
        *,
        files_kept: timedelta,
    ) -> None:
        self._programs = programs
        self._callers = callers
        self._pictures = pictures
        self._clock = clock
        self._files_kept = files_kept

    async def list(self, request: web.Request) -> web.Response:
        caller = await self._callers.reading(request)
        limit, cursor = _limit(request), request.query.get("cursor") or None
        if cursor is not None and not is_picture_id(cursor):
            raise invalid("cursor", "must be the `next` of the page before")
        starred = request.query.get("starred") or "false"
        if starred not in ("true", "false"):
            raise invalid("starred", "must be true or false")
        view = View(
            person=caller.person,
            words=request.query.get("q", "")[:_WORDS_MAX],
            starred=True if starred == "true" else None,
        )
        gallery = self._programs.gallery
        try:
            if cursor is None:
                shots = await gallery.find(view, limit=limit + 1)
            else:
                shots = await gallery.after(view, cursor, limit=limit + 1)
        except Transient as failure:
            raise try_again() from failure
        page = shots[:limit]
        more = page[-1].id if len(shots) > limit else None
        data = [self._shown(one) for one in page]
        return web.json_response({"success": True, "data": data, "next": more})

    async def file(self, request: web.Request) -> web.Response:
        """The bytes: ours while they are kept, else those Telegram keeps."""
        caller = await self._callers.reading(request)
        shot = await seen(self._programs, caller, request.match_info["picture"])
        file, media_type = await self._content(shot)
        return PictureFile(file, media_type, {"Cache-Control": "private, max-age=86400"})

    async def mark(self, request: web.Request) -> web.Response:
        """PUT makes it a favourite, DELETE none."""
        caller = await self._callers.reading(request)
        shot = await seen(self._programs, caller, request.match_info["picture"])
        kept = request.method == "PUT"
        try:
            await self._programs.favourites.mark(caller.person, shot.id, self._clock(), kept=kept)
        except Transient as failure:
            raise try_again() from failure
        return web.json_response({"success": True, "starred": kept})

    async def delete(self, request: web.Request) -> web.Response:
        """Out of storage and everybody's favourites, and out of the chat where it stands."""
        caller = await self._callers.reading(request)
        shot = await seen(self._programs, caller, request.match_info["picture"])
        if shot.person != caller.person:
            raise not_found()
        try:
            task = await self._programs.tasks.get(shot.task)
            if task is None:
                raise not_found()
            await self._take_back(task, shot)
            await self._programs.discarding.discard(task, [task.picture(shot.id)])
        except Transient as failure:
            raise try_again() from failure
        return web.json_response({"success": True, "action": "deleted"})

    async def share(self, request: web.Request) -> web.Response:
        """A prepared message, for the Mini App to hand to Telegram."""
        caller = await self._callers.reading(request)
        if not caller.at_telegram:
            message = "only people in the Mini App can share: a token has no chats"
            raise Problem(403, "needs_telegram", message)
        shot = await seen(self._programs, caller, request.match_info["picture"])
        try:
            prepared = await self._programs.sharing.prepare(caller.origin(), shot)
        except Refused as failure:
            message = "the bot may not write to your chat: open it there and press Start"
            raise Problem(409, "chat_closed", message) from failure
        except Transient as failure:
            raise try_again() from failure
        until = prepared.until.isoformat()
        return web.json_response(
            {"success": True, "preparedMessageId": prepared.id, "expiresAt": until}
        )

    async def _content(self, shot: Shot) -> tuple[BinaryIO, str]:
        """The open file, and what it is. It is paid for once it is there, and handed out once it is
        paid for.
        """
        try:
            file, media_type = await self._opened(shot)
            with ExitStack() as unless_paid:
                unless_paid.callback(file.close)
                await hand_over(self._programs.discarding.journal, shot)
                unless_paid.pop_all()
        except Transient as failure:
            raise try_again() from failure
        except Refused as failure:
            raise _gone() from failure
        return file, media_type

    async def _opened(self, shot: Shot) -> tuple[BinaryIO, str]:
        if shot.file:
            # Telegram may have it for longer than we do.
            with suppress(Gone):
                return await self._pictures.open(shot.file.name), shot.file.media_type
        if shot.file_id:
            content = await self._programs.people.fetch(shot.file_id)
            return BytesIO(content), _TYPES.get(content[:3], "application/octet-stream")
        raise _gone()

    async def _take_back(self, task: Task, shot: Shot) -> None:
        standing = shot.message not in (None, ELSEWHERE)
        if standing and shot.message is not None and task.origin.inline is None:
            await self._programs.withdraw(shot.chat, shot.message)

    def _shown(self, shot: Shot) -> dict[str, Any]:
        order, file = shot.order, shot.file
        # What nobody has seen yet is paid for when it is fetched.
        kept = shot.brought and shot.created_at + self._files_kept > self._clock()
        return {
            "id": shot.id,
            "task": shot.task,
            "prompt": order.prompt,
            "model": CATALOGUE[order.model].id,
            "aspectRatio": order.ratio,
            "size": order.size,
            "format": order.format,
            "style": order.style,
            "createdAt": shot.created_at.isoformat(),
            "starred": shot.starred,
            "waiting": not shot.brought,
            **addresses(file if kept else None),
            "mediaType": file.media_type if file else None,
            "width": file.width if file else None,
            "height": file.height if file else None,
            "bytes": file.size if file else None,
        }


def _limit(request: web.Request) -> int:
    limit = request.query.get("limit") or str(_LIMIT)
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= _LIMIT_MAX:
        raise invalid("limit", f"must be a number from 1 to {_LIMIT_MAX}")
    return int(limit)


def _gone() -> Problem:
    return Problem(410, "gone", "nobody keeps this picture any more")
