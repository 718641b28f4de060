"""A task is shown to its owner only, and a picture to whoever has it in their gallery; to
everybody else they are not there.
"""

import re

from bot.errors import Transient
from bot.gallery import Shot
from bot.task import Task
from bot.wiring.programs import Programs
from webhooks.answers import not_found, try_again
from webhooks.callers import Caller

_ID = re.compile(r"[0-9a-f]{12}")
_PICTURE_ID = re.compile(r"[0-9a-f]{16}")


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def is_picture_id(text: str) -> bool:
    return _PICTURE_ID.fullmatch(text) is not None


async def theirs(programs: Programs, caller: Caller, task_id: str) -> Task:
    """A task of this caller. Raises Problem(404, 503)."""
    try:
        task = await programs.tasks.get(task_id) if is_id(task_id) else None
    except Transient as failure:
        raise try_again() from failure
    if task is None or task.origin.person != caller.person:
        raise not_found()
    return task


async def seen(programs: Programs, caller: Caller, picture_id: str) -> Shot:
    """A picture of this caller, or one of a group that is among their favourites.

    Raises Problem(404, 503).
    """
    try:
        shot = await programs.gallery.get(picture_id) if is_picture_id(picture_id) else None
        if shot and shot.person != caller.person:
            starred = shot.in_a_group and shot.id in await programs.favourites.of(caller.person)
            shot = shot if starred else None
    except Transient as failure:
        raise try_again() from failure
    if shot is None:
        raise not_found()
    return shot
