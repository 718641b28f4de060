"""The files Telegram keeps, and the objects that describe them in messages."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

from bot.sandbox.arguments import Upload
from bot.sandbox.pictures import BOXES, LARGEST, fitted, look, recoded
from bot.sandbox.refusals import Json

FOLDERS = {
    "Photo": "photos",
    "Document": "documents",
    "Sticker": "stickers",
    "Thumbnail": "thumbnails",
}
STARTS = {
    "Photo": "AgACAgIAAxk",
    "Document": "BQACAgIAAxk",
    "Sticker": "CAACAgIAAxk",
    "Thumbnail": "AAMCAgADGQ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file; `shown` is the object of the message it came in (`Document`, or the sizes)."""

    file_id: str
    unique_id: str
    kind: str
    path: str
    content: Callable[[], bytes] = field(repr=False)
    size: int | None = None
    shown: list[Json] = field(default_factory=list)

    @property
    def json(self) -> Json:
        """The file as a `File` object."""
        size = {} if self.size is None else {"file_size": self.size}
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, **size}


@dataclass(slots=True)
class Files:
    """All files by id and by path. A photo is several: one per size.

    `by_address` holds what was fetched for the call that named the address.
    """

    by_id: dict[str, StoredFile] = field(default_factory=dict)
    by_path: dict[str, StoredFile] = field(default_factory=dict)
    by_address: dict[str, Upload] = field(default_factory=dict)

    def sent_photo(self, data: bytes) -> list[Json]:
        """A bot's photo: the bytes are kept as the largest size, smaller ones made on demand."""
        return self._photo(data, eager=False)

    def taken_photo(self, data: bytes) -> list[Json]:
        """A person's photo: a JPEG without metadata, 1280 pixels at most, like the apps send."""
        return self._photo(recoded(data, LARGEST), eager=True)

    def document(self, data: bytes, *, filename: str, mime_type: str) -> Json:
        """A document; the bytes stay as they are. A picture gets a thumbnail."""
        shown: list[Json] = []
        file = self._keep("Document", PurePath(filename).suffix, lambda: data, len(data), shown)
        document: Json = {"file_name": filename, "mime_type": mime_type}
        picture = look(data)
        if picture is not None:
            width, height = fitted(picture.width, picture.height, 320)
            thumb = self._keep("Thumbnail", ".jpg", lambda: recoded(data, 320), None, [])
            document |= {"thumbnail": {**thumb.json, "width": width, "height": height}}
        shown.append(document | file.json)
        return dict(shown[0])

    def sticker(self, data: bytes, *, emoji: str) -> Json:
        """A static sticker (WebP)."""
        file = self._keep("Sticker", ".webp", lambda: data, len(data), [])
        looks = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"type": "regular", "emoji": emoji, **looks, **file.json}

    def _photo(self, data: bytes, *, eager: bool) -> list[Json]:
        picture = look(data)
        if picture is None:
            raise ValueError("these bytes are no picture")
        sizes: list[Json] = []
        for box in (box for box in BOXES if box < max(picture.width, picture.height)):
            width, height = fitted(picture.width, picture.height, box)
            file = self._smaller(data, box, sizes, eager=eager)
            sizes.append({**file.json, "width": width, "height": height})
        file = self._keep("Photo", _suffix(picture.format), lambda: data, len(data), sizes)
        sizes.append({**file.json, "width": picture.width, "height": picture.height})
        return [dict(size) for size in sizes]

    def _smaller(self, data: bytes, box: int, sizes: list[Json], *, eager: bool) -> StoredFile:
        if not eager:
            return self._keep("Photo", ".jpg", lambda: recoded(data, box), None, sizes)
        small = recoded(data, box)
        return self._keep("Photo", ".jpg", lambda: small, len(small), sizes)

    def _keep(
        self,
        kind: str,
        suffix: str,
        content: Callable[[], bytes],
        size: int | None,
        shown: list[Json],
    ) -> StoredFile:
        number = len(self.by_id)
        file = StoredFile(
            file_id=f"{STARTS[kind]}{secrets.token_urlsafe(24)}",
            unique_id=f"AQAD{secrets.token_urlsafe(8)}",
            kind=kind,
            path=f"{FOLDERS[kind]}/file_{number}{suffix}",
            content=content,
            size=size,
            shown=shown,
        )
        self.by_id[file.file_id] = self.by_path[file.path] = file
        return file


def _suffix(picture_format: str) -> str:
    return {"JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tif"}.get(
        picture_format, f".{picture_format.lower()}"
    )
