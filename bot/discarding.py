"""Pictures their person wants no more: out of storage, gallery and everybody's favourites."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.favourites import Favourites
from bot.journal import Journal
from bot.life import OddMove
from bot.neighbours import Pictures
from bot.task import Picture, Task

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarding:
    """What stands in a chat is not its business."""

    journal: Journal
    pictures: Pictures
    favourites: Favourites

    async def discard(self, task: Task, doomed: Collection[Picture]) -> Task:
        """The task without them. A repeated call changes nothing. Raises Transient."""
        marked = await self._mark(task, {one.id for one in doomed})
        for picture in doomed:
            await self.favourites.forget(picture.id)
            if picture.file:
                await self.pictures.delete([picture.file.name])
        log.info("deleted", extra={"task": task.id, "pictures": len(doomed)})
        return marked

    async def _mark(self, task: Task, ids: Collection[str]) -> Task:
        def alter(fresh: Task) -> Task:
            pictures = (
                replace(one, deleted=one.deleted or one.id in ids) for one in fresh.pictures
            )
            return replace(fresh, pictures=tuple(pictures))

        try:
            return await self.journal.change(task.id, alter)
        except OddMove:
            # It was thrown away this very moment: nothing is left to mark.
            return alter(task)
