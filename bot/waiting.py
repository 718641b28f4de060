"""What could not be brought, because the chat was closed, and how it is brought after all."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.journal import Journal
from bot.life import OddMove, TaskEvent
from bot.neighbours import History, Unheard, Wake
from bot.task import Task

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
        return sum([await self.bring_one(one.task, desk) for one in await self.at(desk)])

    async def bring_one(self, task_id: str, desk: Desk) -> bool:
        """Send this one on its way; returns whether it still waited."""
        try:
            task = await self.journal.change(task_id, lambda task: self._revived(task, desk))
        except OddMove as move:
            log.info("overtaken", extra={"task": task_id, "move": str(move)})
            return False
        waited = sum(one.deliverable for one in task.pictures)
        log.info("brought after all", extra={"task": task_id, "pictures": waited})
        self.wake(task_id)
        return True

    def _revived(self, task: Task, desk: Desk) -> Task:
        if not task.unheard:
            raise OddMove(f"task {task.id} is being brought already")
        if task.origin.chat != desk.chat:
            task = task.elsewhere(desk.chat, message=desk.message, private=desk.person is not None)
        return revived(task, self.clock())


def revived(task: Task, now: datetime) -> Task:
    """The task as one that is to be brought once more. Raises OddMove when it has not ended."""
    return task.move(TaskEvent.REVIVE, reason=None, sends=0, tries=0, due_at=now, revived_at=now)
