"""A task as programs see it: plain values, and not a word about anybody's chat."""

from collections.abc import Mapping
from typing import Any

from bot.errors import Reason
from bot.life import PictureState
from bot.models import CATALOGUE
from bot.task import Picture, StoredFile, Task

_R = Reason
_WORDS: Mapping[Reason, str] = {
    _R.PROMPT_REFUSED: "The generator refused this prompt. Say it in other words.",
    _R.FILTERED: "The picture was held back by the generator's filter. Say it in other words.",
    _R.BAD_REFERENCE: "One of the pictures could not be used. Send another one.",
    _R.REFERENCE_TOO_BIG: "One of the pictures is too big. Send a smaller one.",
    _R.NOT_A_PICTURE: "One of the files is not a picture. Send JPEG, PNG or WebP.",
    _R.BAD_OPTIONS: "The generator does not accept these options. Choose others.",
    _R.OVERLOADED: "The generator has too much to do. Try again in a few minutes.",
    _R.MAINTENANCE: "The generator is being worked on. Try again later.",
    _R.NO_CREDITS: "Our account with the generator is empty. Its owner has to fill it.",
    _R.NO_ACCESS: "The generator does not let us in. The owner of this bot has to look.",
    _R.GENERATOR_FAILED: "The generator failed. Try again.",
    _R.BAD_RESULT: "What the generator gave us was no picture. Try again.",
    _R.TIMEOUT: "It took too long. Try again; a picture that comes late is added.",
    _R.INTERNAL: "Something broke on our side. Try again.",
    _R.CANCELLED: "It was cancelled.",
    _R.UNDELIVERABLE: "The chat it was asked for in is closed to us.",
}
_ROOMS = {"url": "images", "preview": "previews"}


def words(reason: Reason) -> str:
    return _WORDS[reason]


def view(task: Task, base: str | None = None) -> dict[str, Any]:
    """`data` of GET /api/task/{id}. Addresses begin with `base`, or are paths without one."""
    order, images = task.order, [_image(task, one, base) for one in task.pictures]
    shown = [one["url"] for one in images if one["url"]]
    return {
        "id": task.id,
        "status": task.status,
        "prompt": order.prompt,
        "result": shown[0] if shown else None,
        "generation": {
            "id": task.id,
            "mode": "image-to-image" if task.references else "text-to-image",
            "model": CATALOGUE[order.model].id,
            "prompt": order.prompt,
            "aspectRatio": order.ratio,
            "size": order.size,
            "format": order.format,
            "style": order.style,
            "count": len(task.pictures),
            "references": len(task.references),
            "images": images,
            "price": task.price,
            "cancelled": task.cancelled is not None,
            "createdAt": task.created_at.isoformat(),
            "error": _failure(task),
            "version": task.version,
        },
    }


def addresses(file: StoredFile | None, base: str | None = None) -> dict[str, str | None]:
    """Where a result is shown as it is, and where small."""
    if file is None:
        return {"url": None, "preview": None}
    name = file.name.removeprefix("images/")
    return {kind: f"{base or ''}/uploads/{room}/{name}" for kind, room in _ROOMS.items()}


def _image(task: Task, picture: Picture, base: str | None) -> dict[str, Any]:
    # What is shown has been paid for.
    file = picture.file if picture.brought and not picture.deleted else None
    return {
        "id": picture.id,
        "number": picture.number,
        "status": _status(task, picture),
        "prompt": picture.prompt,
        **addresses(file, base),
        "mediaType": file.media_type if file else None,
        "width": file.width if file else None,
        "height": file.height if file else None,
        "bytes": file.size if file else None,
        "seconds": picture.seconds,
        "error": _error(picture.reason),
    }


def _status(task: Task, picture: Picture) -> str:
    match picture.state:
        case PictureState.CREATED:
            return "pending"
        case PictureState.FAILED:
            return "failed"
        case PictureState.STORED if picture.brought or task.ended:
            return "completed"
        case _:
            return "processing"


def _failure(task: Task) -> dict[str, str] | None:
    """Why there is nothing, or not everything."""
    if task.reason:
        return _error(task.reason)
    return _error(next((one.reason for one in task.pictures if one.reason), None))


def _error(reason: Reason | None) -> dict[str, str] | None:
    return {"code": reason.value, "message": words(reason)} if reason else None
