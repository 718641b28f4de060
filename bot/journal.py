"""Changes to tasks on disk: compare and set, and who loses the race reads again."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.neighbours import Store
from bot.task import OddMove, Picture, PictureEvent, Task


@dataclass(frozen=True, slots=True)
class Journal:
    store: Store

    async def change(self, task_id: str, alter: Callable[[Task], Task]) -> Task:
        """Write `alter(task)`; it is called again with a fresh task when somebody was quicker.

        Raises OddMove when `alter` does, or when the task is no longer there.
        """
        while task := await self.store.get(task_id):
            if saved := await self.store.save(alter(task)):
                return saved
        raise OddMove(f"task {task_id} is gone")

    async def move(self, task: Task, picture: Picture, event: PictureEvent, **to: Any) -> Picture:
        """Move one picture. Raises OddMove when its state no longer allows it."""

        def alter(fresh: Task) -> Task:
            return fresh.with_picture(fresh.picture(picture.id).move(event, **to))

        return (await self._first_try(task, alter)).picture(picture.id)

    async def note(self, task: Task, picture: Picture, **to: Any) -> None:
        """Change a picture that stays in its state. Raises OddMove when it is not as we read it."""

        def alter(fresh: Task) -> Task:
            if fresh.picture(picture.id) != picture:
                raise OddMove(f"picture {picture.id} changed meanwhile")
            return fresh.with_picture(replace(picture, **to))

        await self._first_try(task, alter)

    async def _first_try(self, task: Task, alter: Callable[[Task], Task]) -> Task:
        """Most often nobody else was there, and what we have read is still what is written."""
        saved = None
        # What is odd for the task as we have read it may be right for the one that is written.
        with contextlib.suppress(OddMove):
            saved = await self.store.save(alter(task))
        return saved or await self.change(task.id, alter)
