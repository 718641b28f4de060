"""A task is shown to its owner only; to everybody else it is not there."""

import re

from bot.errors import Transient
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks.answers import not_found, try_again
from webhooks.callers import Caller

_ID = re.compile(r"[0-9a-f]{12}")


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


async def theirs(programs: Programs, caller: Caller, task_id: str) -> Task:
    """A task of this caller. Raises Problem(404, 503)."""
    try:
        task = await programs.tasks.get(task_id) if is_id(task_id) else None
    except Transient as failure:
        raise try_again() from failure
    if task is None or task.origin.person != caller.person:
        raise not_found()
    return task
