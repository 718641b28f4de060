"""Attempts to bring a task, each noted before it is made: a second one may bring the same twice.

The attempt that follows at once when the last picture is stored is noted together with it, which
spares the way to the person a wait for the disk.
"""

from dataclasses import dataclass, field, replace

from bot.life import TaskState
from bot.task import Task


@dataclass(frozen=True, slots=True)
class Attempts:
    _ahead: dict[str, int] = field(default_factory=dict)

    def ahead(self, task: Task) -> Task:
        """The task as it is to be written: with the attempt that now follows, if one does."""
        return replace(task, sends=task.sends + 1) if _follows(task) else task

    def remember(self, task: Task) -> None:
        """It was written so. Whoever does not remember it, after a crash say, notes another."""
        if _follows(task):
            self._ahead[task.id] = task.sends

    def noted(self, task: Task) -> bool:
        """Whether the attempt that begins is noted already."""
        return self._ahead.pop(task.id, None) == task.sends


def _follows(task: Task) -> bool:
    waiting = any(picture.deliverable for picture in task.pictures)
    return task.state is TaskState.WORKING and task.settled and waiting and not task.cancelled
