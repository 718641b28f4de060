"""Tasks from HTTP: whoever asked fetches the pictures themselves, and reads there why not.

They stand before the people and the cards of the chats, and leave everything else to those.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from bot.cards import CardBoard
from bot.errors import Gone, Reason, Refused
from bot.gallery import Shot
from bot.journal import Journal
from bot.life import OddMove
from bot.neighbours import People, Pictures, Sent
from bot.origin import API_AND_CHAT, PICTURE, UPLOAD
from bot.outlook import Outlook
from bot.task import ELSEWHERE, Task

log = logging.getLogger(__name__)


async def hand_over(journal: Journal, shot: Shot) -> None:
    """Whoever looks at a picture that could not be brought has it, and pays for it.

    Raises Gone when they have just deleted it, or its task, because their credits may have gone
    back for that, and Transient: then it is not paid for and may not be handed out.
    """

    def alter(task: Task) -> Task:
        picture = task.picture(shot.id)
        if picture.brought or picture.deleted:
            return task
        return task.with_picture(replace(picture, message=ELSEWHERE))

    if shot.brought:
        return
    try:
        task = await journal.change(shot.task, alter)
    except OddMove as move:
        raise Gone(Reason.INTERNAL, f"task {shot.task} was deleted") from move
    if not task.picture(shot.id).brought:
        raise Gone(Reason.INTERNAL, f"picture {shot.id} was deleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Fits `neighbours.People`."""

    chats: People
    pictures: Pictures

    async def fetch(self, source: str) -> bytes:
        if source.startswith(PICTURE):
            raise Refused(Reason.BAD_REFERENCE, "the picture is kept no more")
        if not source.startswith(UPLOAD):
            return await self.chats.fetch(source)
        try:
            return await self.pictures.read(source.removeprefix(UPLOAD))
        except Gone as error:
            raise Refused(Reason.BAD_REFERENCE, error.detail) from error

    async def deliver(self, task: Task) -> AsyncIterator[list[Sent]]:
        sent: set[str] = set()
        if task.origin.via in (None, API_AND_CHAT):
            try:
                async for some in self.chats.deliver(task):
                    sent.update(one.picture for one in some)
                    yield some
            except Refused as failure:
                if task.origin.via is None:
                    raise
                # The chat is closed to us; the page is not.
                log.info("only on the page", extra={"task": task.id, "detail": str(failure)})
        if task.origin.via is not None:
            waiting = [one for one in task.pictures if one.deliverable and one.id not in sent]
            if waiting:
                yield [Sent(picture=one.id, message=ELSEWHERE) for one in waiting]

    async def report(self, task: Task) -> None:
        if task.origin.via is None:
            await self.chats.report(task)

    async def fill(self, task: Task) -> None:
        await self.chats.fill(task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unposted:
    """Fits `cards.CardBoard`: who watches a task over HTTP needs no card."""

    board: CardBoard

    async def show(self, task: Task, outlook: Outlook) -> int | None:
        return None if task.origin.via else await self.board.show(task, outlook)

    async def update(self, task: Task, outlook: Outlook) -> None:
        if task.origin.via is None:
            await self.board.update(task, outlook)

    async def close(self, task: Task) -> None:
        if task.origin.via is None:
            await self.board.close(task)

    async def remove(self, task: Task) -> None:
        if task.origin.via is None:
            await self.board.remove(task)
