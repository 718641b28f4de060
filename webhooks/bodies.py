"""The body of a wish as named values and pictures: a form, with files or without, or JSON."""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.models import MEGABYTE, REFERENCES_MAX
from webhooks.answers import Problem

T = TypeVar("T")

BODY_MAX = 80 * MEGABYTE
# Without pictures: all its texts, each letter of them as `%E7%8B%90`.
WORDS_MAX = MEGABYTE
PICTURE_MAX = 20 * MEGABYTE
_TEXT_MAX = 100_000
_FIELDS_MAX = 60
# Each value of JSON takes many times the room it had, and its time.
_MARKS_MAX = 250_000

# Less is read sooner than a thread has begun.
_LITTLE = 65_536
# Four signs are three bytes. Between two of these, which take a millisecond, others have a turn.
_SIGNS_AT_ONCE = 262_144

# One that is here already.
_OURS = re.compile(r"picture:([0-9a-f]{16})")
# `image`, `image2`, `images`, `images[]`, `image[0]`
_PICTURE = re.compile(r"images?(\d{1,2}|\[\d{0,2}\])?")
# https://www.rfc-editor.org/rfc/rfc2397
_DATA = re.compile(r"data:[\w.+/-]*(;[\w.+-]+=[\w.+-]+)*;base64,", re.IGNORECASE)
_DATA_HEAD_MAX = 256


@dataclass(slots=True)
class Body:
    """`pictures` are bytes as they came, or ids of pictures that are here, each with the name of
    its field.
    """

    values: dict[str, Any] = field(default_factory=dict)
    pictures: list[tuple[str, bytes | str]] = field(default_factory=list)

    def add(self, name: str, content: bytes | str) -> None:
        if not content:
            # A file input nobody chose anything in.
            return
        if len(content) > PICTURE_MAX:
            raise _too_large(name, "a picture may have 20 MB")
        if len(self.pictures) >= REFERENCES_MAX:
            raise Problem(
                422, "too_many_images", f"at most {REFERENCES_MAX} pictures may come along", name
            )
        self.pictures.append((name, content))


async def read(request: web.Request, *, most: int = BODY_MAX) -> Body:
    """Raises Problem(400, 413, 415, 422)."""
    match request.content_type:
        case "multipart/form-data":
            return await _form(request, most)
        case "application/json":
            content = await _limited(request, most)
            return await aside(len(content), _json, content)
        case "application/x-www-form-urlencoded":
            content = await _limited(request, WORDS_MAX)
            return await aside(len(content), _fields, content)
    message = "send multipart/form-data or application/json"
    raise Problem(415, "unsupported_media_type", message)


async def aside(size: int, work: Callable[..., T], *given: object) -> T:
    """Do this where it holds nobody up, if it is about so many bytes."""
    return work(*given) if size <= _LITTLE else await asyncio.to_thread(work, *given)


def _fields(content: bytearray) -> Body:
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise _bad("the form cannot be read") from error
    body = Body()
    for name, value in pairs:
        if not _PICTURE.fullmatch(name):
            body.values[name] = value
        elif value:
            body.add(name, _from_text(name, value))
    return body


def _json(content: bytearray) -> Body:
    if sum(content.count(mark) for mark in (b"[", b"{", b",")) > _MARKS_MAX:
        raise _too_large(None, "there are too many values in it")
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _bad("the body is not JSON") from error
    if not isinstance(values, dict):
        raise _bad("the body must be a JSON object")
    body = Body()
    for name, value in values.items():
        if not _PICTURE.fullmatch(name):
            if isinstance(value, str) and len(value) > _TEXT_MAX:
                raise _too_large(name, f"a text may have {_TEXT_MAX} characters")
            body.values[name] = value
            continue
        for one in value if isinstance(value, list) else ["" if value is None else value]:
            if one != "":
                body.add(name, _from_text(name, one))
    return body


def _from_text(name: str, value: object) -> bytes | str:
    text = value if isinstance(value, str) else ""
    if ours := _OURS.fullmatch(text):
        return ours[1]
    found = _DATA.match(text, 0, _DATA_HEAD_MAX)
    if found is None:
        message = (
            f"{name} must be a data: URL like data:image/png;base64,..., picture: and the id of"
            " one of yours, or a file in a form"
        )
        raise Problem(422, "invalid", message, name)
    try:
        return _unpacked(text, found.end())
    except (binascii.Error, ValueError) as error:
        raise Problem(422, "invalid", f"{name} is not in base64", name) from error


def _unpacked(text: str, start: int) -> bytes:
    """Raises ValueError."""
    if text.find("=", start, -2) >= 0:
        raise ValueError("goes on behind its end")
    content = bytearray()
    for at in range(start, len(text), _SIGNS_AT_ONCE):
        content += base64.b64decode(text[at : at + _SIGNS_AT_ONCE], validate=True)
    return bytes(content)


def _from_part(name: str, content: bytes) -> bytes | str:
    """A file, or words in its place. No picture is as short as they are."""
    words = content.startswith((b"picture:", b"data:"))
    return _from_text(name, content.decode(errors="replace")) if words else content


async def _form(request: web.Request, total: int) -> Body:
    body, taken, parts = Body(), 0, 0
    try:
        form = await request.multipart()
        async for part in form:
            parts += 1
            name = part.name if isinstance(part, BodyPartReader) else None
            if not isinstance(part, BodyPartReader) or not name or parts > _FIELDS_MAX:
                raise _bad("the form has parts without a name, or too many")
            is_picture = _PICTURE.fullmatch(name) is not None
            most = min(PICTURE_MAX if is_picture else _TEXT_MAX, total - taken)
            content = await _part(part, name, most)
            taken += len(content)
            if is_picture:
                body.add(name, await aside(len(content), _from_part, name, content))
            else:
                body.values[name] = _text(name, content)
    except (ValueError, AssertionError, LookupError, RuntimeError, HttpProcessingError) as error:
        # What aiohttp makes of a form that is none.
        raise _bad("the form cannot be read") from error
    return body


async def _part(part: BodyPartReader, name: str, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += part.decode(chunk)
        if len(content) > most:
            raise _too_large(name, "a picture may have 20 MB, everything together 80 MB")
    return bytes(content)


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Problem(422, "invalid", f"{name} is not text in UTF-8", name) from error


async def _limited(request: web.Request, most: int) -> bytearray:
    too_large = _too_large(None, f"everything together may have {most // MEGABYTE} MB")
    if (request.content_length or 0) > most:
        raise too_large
    content = bytearray()
    async for chunk in request.content.iter_any():
        content += chunk
        if len(content) > most:
            raise too_large
    return content


def _bad(message: str) -> Problem:
    return Problem(400, "bad_request", message)


def _too_large(name: str | None, message: str) -> Problem:
    return Problem(413, "too_large", message, name)


def text_of(values: Mapping[str, Any], name: str) -> str | None:
    """A value as text, None where it is not set. Raises Problem(422)."""
    value = values.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool | float | int):
        return str(value)
    if not isinstance(value, str):
        raise Problem(422, "invalid", f"{name} must be text", name)
    return value
