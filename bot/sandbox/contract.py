"""Each request checked against the published fields (contract.json, in docs.kie.ai's own terms).

`check` finds what is wrong and says how the real service answers to it; unknown fields it ignores,
so they have no answer but are reported all the same.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

Model = Mapping[str, Any]

_PUBLISHED = json.loads(Path(__file__).with_name("contract.json").read_text(encoding="utf-8"))
MODELS: Mapping[str, Model] = {model["model_values"][0]: model for model in _PUBLISHED["models"]}
MESSAGES: Mapping[int, str] = {int(code): text for code, text in _PUBLISHED["messages"].items()}
FETCH_FAILED = "Image fetch failed. Check access settings or use our File Upload API instead."
UNAVAILABLE = "Your media file is unavailable, please replace it."
INTERNAL_ERROR = "Internal Error, Please try again later."
TYPES: Mapping[str, str] = {"string": "str", "array": "list", "boolean": "bool"}
IMAGE_FIELDS = ("image_urls", "image_input")

UPLOADS = {  # the field with the content, and what is said when there is none in it
    "stream": ("file", ""),
    "base64": ("base64Data", "Base64 decoding failed: Invalid Base64 format"),
    "url": ("fileUrl", "Failed to download the file"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field; code None: the real service lets it pass."""

    field: str
    code: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """As it came in. fields: its form or JSON object; text: its body, Latin-1 if not UTF-8."""

    method: str
    path: str
    headers: Mapping[str, str]
    text: str
    fields: Any


async def read(request: web.Request) -> Request:
    if request.content_type.startswith("multipart/"):
        fields: dict[str, Any] | None = {
            name: _content(value) if isinstance(value, web.FileField) else value
            for name, value in (await request.post()).items()
        }
        text = "\n".join(f"{name}={_text(value)}" for name, value in (fields or {}).items())
    else:
        text = _text(await request.read())
        fields = _object(text)
    headers = dict(request.headers)
    method, path = request.method, request.path_qs
    return Request(method=method, path=path, headers=headers, text=text, fields=fields)


def _content(part: web.FileField) -> bytes:
    part.file.seek(0)
    return part.file.read()


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _text(body: str | bytes) -> str:
    if isinstance(body, str):
        return body
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def problems(body: Any) -> list[str]:
    """One line per field at fault, beginning with its name."""
    return [str(problem) for problem in check(body)]


def check(body: Any, content_type: str = "application/json") -> list[Problem]:
    """Everything wrong with a createTask, in the order in which kie.ai looks."""
    if content_type != "application/json":
        return [Problem("Content-Type", 401, MESSAGES[401])]
    return list(_check(body))


def _check(body: Any) -> Iterator[Problem]:
    if not isinstance(body, dict):
        yield Problem("body", 500, MESSAGES[500])
        return
    model = MODELS.get(str(body.get("model")))
    if model is None:
        yield Problem("model", 422, MESSAGES[422])
        return
    fields = body.get("input")
    if not isinstance(fields, dict):
        yield Problem("input", 500, "This field is required")
        return
    known = {spec["name"]: spec for spec in model["input_fields"]}
    for name, spec in known.items():
        yield from _check_field(spec, fields.get(name))
    if "callBackUrl" in body and not is_address(body["callBackUrl"]):
        yield Problem("callBackUrl", 422, "callBackUrl is not a valid URL")
    yield from (_unknown(f"input.{name}") for name in fields if name not in known)
    yield from (_unknown(name) for name in body if name not in ("model", "input", "callBackUrl"))


def _check_field(spec: Mapping[str, Any], value: Any) -> Iterator[Problem]:
    name = spec["name"]
    if value is None or (spec["required"] and value in ("", [])):
        if spec["required"]:
            yield Problem(name, 500, f"{name} is required")
    elif TYPES[spec["type"]] != type(value).__name__:
        yield Problem(name, 422, f"{name} must be of type {spec['type']}")
    elif "enum" in spec and value not in spec["enum"]:
        yield Problem(name, 500, f"{name} is not within the range of allowed options")
    elif "maxLength" in spec and len(value) > spec["maxLength"]:
        yield Problem(name, 422, f"{name} is longer than {spec['maxLength']} characters")
    elif "maxItems" in spec and len(value) > spec["maxItems"]:
        yield Problem(name, 422, f"{name} has more than {spec['maxItems']} items")
    elif spec.get("itemFormat") == "uri" and not all(is_address(item) for item in value):
        yield Problem(name, 422, f"{name} must hold URLs of files, not their content")


def _unknown(field: str) -> Problem:
    return Problem(field, None, "unknown field")


def is_address(value: Any) -> bool:
    """An absolute http(s) address with a host and no blanks."""
    return (
        isinstance(value, str) and re.fullmatch(r"https?://[^\s/?#]+([/?#]\S*)?", value) is not None
    )


def prompt(body: Any) -> str:
    """The prompt of any body, however wrong it is otherwise."""
    fields = body.get("input") if isinstance(body, dict) else None
    return str(fields.get("prompt", "")) if isinstance(fields, dict) else ""


def price(body: Mapping[str, Any]) -> float:
    """Credits for one picture of a body without problems."""
    table: Mapping[str, float] = MODELS[body["model"]]["credits"]
    return float(table[setting(body["model"], body["input"], "resolution") or "1K"])


def setting(model: str, fields: Mapping[str, Any], name: str) -> str | None:
    """What was asked for or the model's default; None when the model has no such field."""
    specs = {spec["name"]: spec for spec in MODELS[model]["input_fields"]}
    value = (fields.get(name) or specs[name].get("default")) if name in specs else None
    return None if value is None else str(value)


def wish(model: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """Ratio, resolution and file format of the picture wanted, for the painter."""
    ratio = fields.get("aspect_ratio") or fields.get("image_size")
    return {
        "ratio": str(ratio or setting(model, fields, "aspect_ratio")),
        "resolution": setting(model, fields, "resolution") or "1K",
        "file_format": setting(model, fields, "output_format") or "jpeg",
    }


def references(model: str, fields: Mapping[str, Any]) -> list[str]:
    """The addresses of the reference pictures, in order."""
    names = [spec["name"] for spec in MODELS[model]["input_fields"] if spec["name"] in IMAGE_FIELDS]
    return [address for name in names for address in fields.get(name) or []]


def image_limit(model: str) -> int:
    """The largest reference picture, in bytes."""
    return int(MODELS[model]["image_mb"]) * 1024 * 1024


def image_type(content: bytes) -> str | None:
    """The accepted type these bytes are of, by their first bytes."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def reference_trouble(model: str, address: str, content: bytes | None) -> tuple[str, str] | None:
    """failCode and failMsg when a reference that was fetched (None: was not) cannot be used."""
    if content is None:
        return "400", FETCH_FAILED
    kind = image_type(content)
    if kind is None or len(content) > image_limit(model):
        return "422", UNAVAILABLE
    if kind == "image/webp" and model == "nano-banana-pro" and address.endswith(".png"):
        return "500", INTERNAL_ERROR
    return None


def uploaded(address: str, path: str, content: bytes, moment: datetime) -> dict[str, Any]:
    """`data` of an accepted upload."""
    return {
        "success": True,
        "fileName": path.rpartition("/")[2],
        "filePath": path,
        "downloadUrl": address,
        "fileSize": len(content),
        "mimeType": image_type(content) or "application/octet-stream",
        "uploadedAt": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def upload_problem(fields: Mapping[str, Any], source: str) -> Problem | None:
    """What is wrong with the fields of an upload; slashes around a path are let pass."""
    for name in (source, "uploadPath"):
        if not fields.get(name):
            return Problem(name, 400, f"Missing required parameter: {name}")
    path = str(fields["uploadPath"])
    if path != path.strip("/"):
        return Problem("uploadPath", None, "has a leading or trailing slash")
    return None


def unpack(text: str) -> bytes | None:
    """The bytes of a base64 text or data URL; None when it is neither."""
    try:
        return base64.b64decode(text.rpartition("base64,")[2], validate=True)
    except ValueError:
        return None
