"""The parameters of one call, from query, form, multipart parts or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.sandbox.refusals import ApiError, Json, bad_request

TOO_LARGE = ApiError(413, "Request Entity Too Large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file part of a multipart request."""

    filename: str
    mime_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arguments:
    """Values are text as it came (any JSON value in a JSON request); files by part name."""

    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The parameter as text, empty if absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def number(self, name: str) -> int | None:
        """The parameter as a whole number, None if absent."""
        text = self.text(name)
        try:
            return int(text) if text else None
        except ValueError as exc:
            raise bad_request(f"invalid {name} specified") from exc

    def flag(self, name: str) -> bool:
        """Whether the parameter says yes."""
        return self.text(name).lower() in ("true", "yes", "1")

    def data(self, name: str) -> Any:
        """The parameter as JSON, None if absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as exc:
            words = name.replace("_", " ")
            raise bad_request(f"can't parse {words} JSON object") from exc

    def within(self, part: Json) -> Arguments:
        """The same files, with the values of a nested object (an item of an album)."""
        return Arguments(part, self.files)


async def read_arguments(request: web.Request, *, largest: int) -> Arguments:
    """Query and body together; ApiError 413 when a part is larger than `largest` bytes."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "multipart/form-data":
        parts = await read_parts(request, values, largest=largest)
        return Arguments(values, dict(parts))
    body = await _read_body(request, largest)
    if request.content_type == "application/json" and body:
        try:
            sent = json.loads(body)
        except ValueError as exc:
            raise bad_request("can't parse JSON in the request body") from exc
        values.update({k: v for k, v in sent.items() if v is not None})
    elif request.content_type == "application/x-www-form-urlencoded":
        values.update((k, v) for k, v in (await request.post()).items() if isinstance(v, str))
    return Arguments(values)


async def _read_body(request: web.Request, largest: int) -> bytes:
    if (request.content_length or 0) > largest:
        async for _ in request.content.iter_chunked(1 << 16):
            pass
        raise TOO_LARGE
    return await request.read()


async def read_parts(
    request: web.Request, values: dict[str, Any], *, largest: int, together: int | None = None
) -> list[tuple[str, Upload]]:
    """The files with their names; the other parts go into `values`.

    ApiError 413 when one is larger than `largest` bytes, or all of them than `together`.
    """
    files: list[tuple[str, Upload]] = []
    too_large, total = False, 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            total += len(chunk)
            too_large = too_large or len(content) + len(chunk) > largest
            too_large = too_large or (together is not None and total > together)
            if not too_large:
                content += chunk
        name = part.name or ""
        if part.filename is None:
            values[name] = content.decode("utf-8", "replace")
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            upload = Upload(filename=part.filename, mime_type=mime, data=bytes(content))
            files.append((name, upload))
    if too_large:
        raise TOO_LARGE
    return files
