"""What could not be brought, because the chat was closed, and how it is brought after all."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.journal import Journal
from bot.neighbours import History, Unheard, Wake
from bot.task import OddMove, Task, TaskEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who asks, and where: `person` only in private, where their results of other chats come too.

    `message` is what the pictures answer that were not asked for here.
    """

    chat: int
    message: int
    person: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    journal: Journal
    history: History
    clock: Callable[[], datetime]
    wake: Wake

    async def at(self, desk: Desk) -> list[Unheard]:
        return await self.history.unheard(desk.chat, desk.person)

    async def bring(self, desk: Desk) -> int:
        """Send everything that waits here on its way; returns how many tasks that were.

        Each goes once, however often this is asked for.
        """
        brought = 0
        for one in await self.at(desk):
            try:
                await self.journal.change(one.task, lambda task: self._revived(task, desk))
            except OddMove as move:
                log.info("overtaken", extra={"task": one.task, "move": str(move)})
                continue
            log.info("brought after all", extra={"task": one.task, "pictures": one.pictures})
            self.wake(one.task)
            brought += 1
        return brought

    def _revived(self, task: Task, desk: Desk) -> Task:
        if not task.unheard:
            raise OddMove(f"task {task.id} is being brought already")
        if task.origin.chat != desk.chat:
            origin = replace(
                task.origin,
                chat=desk.chat,
                topic=None,
                message=desk.message,
                private=desk.person is not None,
            )
            # The card's id means another message here.
            task = replace(task, origin=origin, card=None)
        now = self.clock()
        return task.move(
            TaskEvent.REVIVE, reason=None, sends=0, tries=0, due_at=now, revived_at=now
        )
