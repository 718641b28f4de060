"""The life of a task: as plain values for programs, and as a page that is read downwards."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.console import pages
from bot.life import PictureState
from bot.origin import Reference
from bot.task import ELSEWHERE, Picture, Task

COLUMNS = ("id", "asked", "state", "reason", "pictures", "person", "chat", "model", "prompt")


def values(task: Task) -> dict[str, Any]:
    """Everything that is written down about it."""
    return dict(_plain(asdict(task)) | {"status": task.status})


def row(task: Task) -> tuple[object, ...]:
    """What a list shows of it."""
    drawn = sum(one.state is PictureState.STORED for one in task.pictures)
    return (
        task.id,
        f"{task.created_at.astimezone():%Y-%m-%d %H:%M}",
        task.state,
        task.reason,
        f"{drawn}/{len(task.pictures)}",
        task.origin.person,
        task.origin.chat,
        task.order.model,
        pages.short(task.order.prompt),
    )


def show(task: Task) -> None:
    """Its whole life, on paper."""
    _request(task)
    _order(task)
    for number, one in enumerate(task.references, start=1):
        _reference(number, one)
    for picture in task.pictures:
        _picture(picture)


def _request(task: Task) -> None:
    origin = task.origin
    pages.fact("request", task.id)
    pages.fact("state", task.state)
    pages.fact("reason", task.reason)
    pages.fact("cancelled by", task.cancelled)
    pages.fact("person", origin.person)
    pages.fact("chat", f"{origin.chat}{' (private)' if origin.private else ''}")
    pages.fact("topic", origin.topic)
    pages.fact("message", origin.message or None)
    pages.fact("inline", origin.inline and f"{origin.inline}, says {task.filled or 'nothing yet'}")
    pages.fact("language", origin.language)
    pages.fact("asked as", task.key)
    pages.fact("button", task.slot)
    pages.fact("made from", task.parent)
    pages.fact("asked at", task.created_at)
    pages.fact("revived at", task.revived_at)
    pages.fact("due next", task.next_due)
    pages.fact("card", task.card)
    pages.fact("sendings", task.sends or None)
    pages.fact("tries", task.tries or None)
    pages.fact("changes", task.version)


def _order(task: Task) -> None:
    order = task.order
    pages.title("order")
    pages.fact("prompt", order.prompt)
    for name, value in asdict(order).items():
        if name != "prompt":
            pages.fact(name.replace("_", " "), value)


def _reference(number: int, reference: Reference) -> None:
    pages.title(f"reference {number}")
    pages.fact("source", reference.source)
    pages.fact("our picture", reference.picture)
    pages.fact("kept as", reference.name)
    pages.fact("uploaded to", reference.address)
    pages.fact("until", reference.address_until)


def _picture(picture: Picture) -> None:
    file, sent = picture.file, picture.message
    pages.title(f"picture {picture.number}")
    pages.fact("id", picture.id)
    pages.fact("state", f"{picture.state}, in line" if picture.queued else picture.state)
    pages.fact("reason", picture.reason)
    pages.fact("detail", picture.detail)
    pages.fact("prompt", picture.prompt)
    pages.fact("job", picture.job)
    pages.fact("submitted", picture.submitted_at)
    pages.fact("submissions", picture.submissions or None)
    pages.fact("called back", picture.heard)
    pages.fact("took", None if picture.seconds is None else f"{picture.seconds:.1f} s")
    pages.fact("tries", picture.tries or None)
    pages.fact("due next", picture.due_at)
    pages.fact("result", picture.result)
    pages.fact("file", file and f"{file.name}, {file.width}x{file.height}, {file.size} bytes")
    pages.fact("sent as", "a message of a former chat" if sent == ELSEWHERE else sent)
    pages.fact("in Telegram", picture.file_id)
    pages.fact("deleted", picture.deleted)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value
