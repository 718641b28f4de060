"""Albums that come in: each part is written down, and what is complete becomes a wish.

What is due is on disk: the loop only looks after it, and goes on after a restart.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.albums import PAUSE, Album, Albums, Part
from bot.errors import Reason, Transient
from bot.ordering import Request
from bot.origin import Reference
from bot.telegram.album_wishes import AlbumWishes
from bot.telegram.asking import Asking
from bot.telegram.wishes import (
    DOWNLOAD_MAX,
    Attached,
    attached,
    is_from_a_bot,
    origin_of,
    references_of,
    wish_of,
)

log = logging.getLogger(__name__)

_AT_ONCE = 16
_LONGEST_SLEEP = 30.0
_PAUSE_AFTER_TROUBLE = 1.0
_TRIES_MAX = 3


class _OfAnAlbum(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        return message.media_group_id is not None


@dataclass(slots=True, kw_only=True)
class Collecting:
    """`pause` is the silence after which an album is taken to be complete. One process looks after
    albums by `run`; where many do, `came` hears which is to be settled when.
    """

    albums: Albums
    wishes: AlbumWishes
    asking: Asking
    clock: Callable[[], datetime]
    pause: timedelta = PAUSE
    came: Callable[[str, datetime], None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _broken: Counter[str] = field(default_factory=Counter)
    _stopping: bool = False
    _resting: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._resting.set()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [MessageHandler(filters.UpdateType.MESSAGE & _OfAnAlbum(), self.on_part)]

    async def on_part(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = update.message, context.bot
        if message is None or message.media_group_id is None or is_from_a_bot(message):
            return
        part = await self._part(message, bot_id=bot.id, username=bot.username)
        album, now = message.media_group_id, self.clock()
        await self.albums.add(album, part, pause=self.pause, now=now)
        self._news.set()
        if self.came:
            self.came(f"{part.origin.chat}:{album}", now + self.pause)

    async def _part(self, message: Message, *, bot_id: int, username: str) -> Part:
        wish = wish_of(message, bot_id=bot_id, username=username)
        request = Request(
            key="",
            origin=origin_of(message),
            text=wish.text if wish else "",
            references=references_of(wish) if wish else (),
        )
        if wish:
            request = await self.asking.continued(message, request)
        own = attached(message)
        mine = {one.file_id for one in own}
        nothing_said = "" if message.chat.type == "private" else None
        return Part(
            origin=request.origin,
            text=wish.text if wish else nothing_said,
            references=tuple(Reference(source=one.file_id) for one in own),
            quoted=tuple(one for one in request.references if one.source not in mine),
            parent=request.parent,
            options=request.options,
            name=(message.document and message.document.file_name) or "",
            trouble=_trouble(own),
        )

    # --- the loop ------------------------------------------------------------------------

    async def run(self) -> None:
        """Look after what is due until `stop` is called."""
        self._resting.clear()
        try:
            while not self._stopping:
                self._news.clear()
                try:
                    wait = await self.settle_due()
                except Exception:
                    # The disk is in trouble. Nothing is lost by waiting; everything is by ending.
                    log.exception("cannot look after albums")
                    wait = _PAUSE_AFTER_TROUBLE
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._news.wait()
        finally:
            self._resting.set()

    async def stop(self, *, within: float) -> None:
        """Begin nothing new; what is under way may finish, or goes on after the next start."""
        self._stopping = True
        self._news.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._resting.wait()

    async def settle_due(self) -> float:
        """Make wishes of what is complete; returns the seconds until something else is."""
        due, next_at = await self.albums.due(self.clock(), _AT_ONCE)
        waits = [_LONGEST_SLEEP]
        # What breaks in one must not leave the others behind, at work beside the next round.
        for outcome in await asyncio.gather(*map(self._settle, due), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
            waits.append(outcome)
        if next_at is not None:
            waits.append(max((next_at - self.clock()).total_seconds(), 0.0))
        return min(waits)

    async def settle(self, key: str) -> datetime | None:
        """Look after one album, chat and number with a colon; returns when it is due again."""
        chat, _, number = key.partition(":")
        while (album := await self.albums.waiting(int(chat), number)) and album[1] <= self.clock():
            await self._settle(album[0])
        return album and album[1]

    async def _settle(self, album: Album) -> float:
        """Returns the seconds until this album is to be looked after again.

        What has to wait is put off on disk: others are due, and only so many are looked after
        at once.
        """
        about = {"album": album.key, "parts": len(album.parts)}
        try:
            settled = await self._wished(album)
            await self.albums.settled(settled, self.clock())
            self._broken.pop(album.key, None)
            log.info("album settled", extra={**about, "task": settled.task})
        except Transient as failure:
            log.warning("album put off", extra={**about, "detail": str(failure)})
            wait = max(failure.retry_after or 0.0, _PAUSE_AFTER_TROUBLE)
            await self.albums.put_off(album, self.clock() + timedelta(seconds=wait))
            return wait
        return _LONGEST_SLEEP

    async def _wished(self, album: Album) -> Album:
        """What became of the album; one that cannot be handled is given up in words."""
        try:
            return await self.wishes.settle(album)
        except Transient:
            raise
        except Exception as error:
            log.exception("album failed", extra={"album": album.key})
            self._broken[album.key] += 1
            if self._broken[album.key] < _TRIES_MAX:
                raise Transient(Reason.INTERNAL, repr(error)) from error
            await self._give_up(album)
            return replace(album, told=True)

    async def _give_up(self, album: Album) -> None:
        try:
            await self.wishes.give_up(album)
        except TelegramError as error:
            # What broke the album may break this too.
            log.warning("cannot tell about an album", extra={"detail": error.message})


def _trouble(own: tuple[Attached, ...]) -> Reason | None:
    """Why this part cannot be used, as far as one can see from here."""
    if not own or not own[0].is_picture:
        return Reason.NOT_A_PICTURE
    return Reason.REFERENCE_TOO_BIG if (own[0].size or 0) > DOWNLOAD_MAX else None
