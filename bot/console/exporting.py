"""`tasks export`: every request as a line of JSON, or every picture as a row for a spreadsheet."""

import csv
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, TextIO

from bot.console import lives
from bot.console.desk import Desk
from bot.console.pages import Told
from bot.storage.reports import Selection
from bot.task import Task

_AT_ONCE = 200

FIELDS = (
    *("task", "asked_at", "state", "task_reason", "person", "chat", "topic", "model", "ratio"),
    *("size", "format", "style", "references", "number", "picture", "picture_state", "reason"),
    *("detail", "job", "submitted_at", "seconds", "message", "prompt"),
)


async def export(desk: Desk, selection: Selection, form: str, file: TextIO, told: Told) -> int:
    """Write them, the newest first; returns how many requests they were."""
    total, done = await desk.reports.count(selection), 0
    table = csv.DictWriter(file, FIELDS)
    if form == "csv":
        table.writeheader()
    async for task in selected(desk, selection):
        if form == "csv":
            table.writerows(_rows(task))
        else:
            file.write(json.dumps(lives.values(task), ensure_ascii=False) + "\n")
        done += 1
        told(done, max(total, done))
    return done


async def selected(
    desk: Desk, selection: Selection, *, most: int | None = None
) -> AsyncIterator[Task]:
    """The tasks themselves, a page at a time."""
    after = None
    while most is None or most > 0:
        limit = _AT_ONCE if most is None else min(most, _AT_ONCE)
        marks = await desk.reports.tasks(selection, limit=limit, after=after)
        for mark in marks:
            # Whoever asked for it may be forgotten meanwhile.
            if task := await desk.tasks.get(mark.id):
                yield task
        if len(marks) < limit:
            return
        after, most = marks[-1], most and most - limit


def _rows(task: Task) -> Iterator[dict[str, Any]]:
    origin, order = task.origin, task.order
    for one in task.pictures:
        values = (
            *(task.id, task.created_at.isoformat(), task.state, task.reason, origin.person),
            *(origin.chat, origin.topic, order.model, order.ratio, order.size, order.format),
            *(order.style, len(task.references), one.number, one.id, one.state, one.reason),
            *(one.detail, one.job, one.submitted_at and one.submitted_at.isoformat()),
            *(one.seconds, one.message, order.prompt if one.prompt is None else one.prompt),
        )
        yield dict(zip(FIELDS, map(_cell, values), strict=True))


def _cell(value: Any) -> Any:
    """Spreadsheets take what begins like this for a formula, whoever wrote it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
