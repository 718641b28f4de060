"""Changes to tasks on disk: compare and set, and who loses the race reads again.

What has happened in the world cannot be undone, so `record` does not forget it when it cannot be
written: it goes along with the next change that can.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.life import OddMove, PictureEvent, Vanished
from bot.neighbours import Store
from bot.task import Picture, Task

# Some thousand bytes each; those under way at the same time are hardly more.
_REMEMBERED_MAX = 1_000


def _as_it_is(task: Task) -> Task:
    return task


@dataclass(frozen=True, slots=True)
class Journal:
    """What was written last is remembered while something is due: most often it is what is written
    still, and need not be read again. Where somebody else has written meanwhile it cannot be
    saved, and is read.
    """

    store: Store
    _owed: dict[str, list[Callable[[Task], Task]]] = field(default_factory=dict)
    _latest: OrderedDict[str, Task] = field(default_factory=OrderedDict)

    async def record(self, task_id: str, alter: Callable[[Task], Task]) -> Task:
        """Like `change`, for what has happened already: it is remembered until it is written."""
        self._owed.setdefault(task_id, []).append(alter)
        return await self.change(task_id, _as_it_is)

    def owes(self, task_id: str) -> bool:
        """Whether something has happened that could not be written yet."""
        return task_id in self._owed

    async def catch_up(self, task_id: str) -> Task | None:
        """The task, once everything that could not be written before is written."""
        if task_id in self._owed:
            with contextlib.suppress(OddMove):
                return await self.change(task_id, _as_it_is)
        return await self._read(task_id)

    async def latest(self, task_id: str) -> Task | None:
        """The task as we have seen it last, with everything we did to it; somebody else may have
        changed it since.
        """
        if task_id in self._owed:
            return await self.catch_up(task_id)
        return self._latest.get(task_id) or await self._read(task_id)

    async def change(self, task_id: str, alter: Callable[[Task], Task]) -> Task:
        """Write `alter(task)`; it is called again with a fresh task when somebody was quicker.

        Raises OddMove when `alter` does, or when the task is no longer there.
        """
        if task := self._latest.get(task_id):
            # What is odd for the task as we know it may be right for the one that is written.
            with contextlib.suppress(OddMove):
                if saved := await self._change(task, alter):
                    return saved
        while task := await self._read(task_id):
            if saved := await self._change(task, alter):
                return saved
        self._owed.pop(task_id, None)
        raise Vanished(f"task {task_id} is gone")

    async def save(self, task: Task, before: Task) -> Task | None:
        """As `Store.save`."""
        if saved := await self.store.save(task, before):
            self.remember(saved)
        return saved

    async def move(
        self,
        task: Task,
        picture: Picture,
        event: PictureEvent,
        *,
        then: Callable[[Task], Task] = _as_it_is,
        **to: Any,
    ) -> Task:
        """Move one picture, and write what `then` makes of its task.

        Raises OddMove when its state no longer allows it, or when it would be submitted without a
        picture that has joined the task meanwhile.
        """

        def alter(fresh: Task) -> Task:
            if event is PictureEvent.SUBMIT and fresh.sources != task.sources:
                raise OddMove(f"task {task.id}: the pictures that came along have changed")
            return then(fresh.with_picture(fresh.picture(picture.id).move(event, **to)))

        return await self._first_try(task, alter)

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
        # As above.
        with contextlib.suppress(OddMove):
            saved = await self.save(alter(task), task)
        return saved or await self.change(task.id, alter)

    async def _change(self, task: Task, alter: Callable[[Task], Task]) -> Task | None:
        owed = tuple(self._owed.get(task.id, ()))
        if saved := await self.save(alter(_with(owed, task)), task):
            self._settle(task.id, len(owed))
        return saved

    async def _read(self, task_id: str) -> Task | None:
        if task := await self.store.get(task_id):
            self.remember(task)
        else:
            self._latest.pop(task_id, None)
        return task

    def remember(self, task: Task) -> None:
        """This is how it was written last."""
        known = self._latest.get(task.id)
        if known is not None and known.version > task.version:
            return
        if task.next_due is None:
            # It has come to rest, and may rest for years.
            self._latest.pop(task.id, None)
            return
        self._latest[task.id] = task
        self._latest.move_to_end(task.id)
        if len(self._latest) > _REMEMBERED_MAX:
            self._latest.popitem(last=False)

    def _settle(self, task_id: str, count: int) -> None:
        if left := self._owed.pop(task_id, [])[count:]:
            self._owed[task_id] = left


def _with(owed: tuple[Callable[[Task], Task], ...], task: Task) -> Task:
    for alter in owed:
        # What has become odd meanwhile is out of date.
        with contextlib.suppress(OddMove):
            task = alter(task)
    return task
