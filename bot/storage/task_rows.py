"""A task and its pictures as rows, and rows as a task."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.errors import Reason
from bot.gallery import folded, shelf
from bot.life import PictureState, TaskState
from bot.origin import Origin, Reference
from bot.prompt import Order
from bot.storage.database import Row
from bot.task import Picture, StoredFile, Task

# All that makes a task, by its id.
READ = (
    "SELECT tasks.version, tasks.body, pictures.body AS picture"
    " FROM tasks JOIN pictures ON pictures.task = tasks.id"
    " WHERE tasks.id = {} ORDER BY pictures.number"
)
# What has a column, or rows, of its own.
_APART = ("version", "pictures")
_FIELDS = {
    kind: tuple(one.name for one in fields(kind))
    for kind in (Task, Picture, StoredFile, Origin, Order, Reference)
}
_OF_TASK = tuple(name for name in _FIELDS[Task] if name not in _APART)


def task_row(task: Task) -> Mapping[str, Any]:
    return {
        "id": task.id,
        "key": task.key,
        "slot": task.slot,
        "version": task.version,
        "state": task.state,
        "reason": task.reason,
        "due_at": task.next_due.timestamp() if task.next_due else None,
        "created_at": task.created_at.timestamp(),
        "chat": task.origin.chat,
        "person": task.origin.person,
        "body": _JSON.encode({name: getattr(task, name) for name in _OF_TASK}),
    }


def picture_row(task: Task, picture: Picture) -> Mapping[str, Any]:
    return {
        "id": picture.id,
        "task": task.id,
        "number": picture.number,
        "state": picture.state,
        "job": picture.job,
        "file": picture.file.name if picture.file else None,
        "chat": task.origin.chat,
        "message": picture.message,
        "model": task.order.model,
        "seconds": picture.seconds,
        "queued": picture.queued,
        "deleted": picture.deleted,
        "person": task.origin.person,
        "shelf": shelf(task, picture),
        "words": folded(picture.prompt or task.order.prompt),
        "body": _JSON.encode(picture),
    }


def _plain(value: Any) -> Any:
    """What JSON has no word for. `dataclasses.asdict` would copy all of it, deeply, first."""
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in _FIELDS[type(value)]}


_JSON = json.JSONEncoder(ensure_ascii=False, default=_plain, separators=(",", ":"))


def task_of(rows: list[Row]) -> Task | None:
    if not rows:
        return None
    body = json.loads(rows[0]["body"])
    # What earlier versions wrote.
    body.pop("slow_at", None)
    pictures = tuple(_picture(json.loads(row["picture"])) for row in rows)
    return Task(
        **{
            **body,
            "version": rows[0]["version"],
            "pictures": pictures,
            "origin": Origin(**body["origin"]),
            "order": Order(**body["order"]),
            "references": tuple(_reference(one) for one in body["references"]),
            "state": TaskState(body["state"]),
            "reason": _reason(body["reason"]),
            "created_at": datetime.fromisoformat(body["created_at"]),
            "due_at": datetime.fromisoformat(body["due_at"]),
            "card_at": _moment(body.get("card_at")),
            "revived_at": _moment(body.get("revived_at")),
        }
    )


def _picture(body: dict[str, Any]) -> Picture:
    return Picture(
        **{
            **body,
            "state": PictureState(body["state"]),
            "reason": _reason(body["reason"]),
            "due_at": _moment(body["due_at"]),
            "submitted_at": _moment(body["submitted_at"]),
            "file": StoredFile(**body["file"]) if body["file"] else None,
        }
    )


def _reference(body: dict[str, Any]) -> Reference:
    return Reference(**{**body, "address_until": _moment(body["address_until"])})


def _reason(value: str | None) -> Reason | None:
    return None if value is None else Reason(value)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
