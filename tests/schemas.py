"""As much of JSON Schema as our document uses: what breaks it is said with its place."""

import re
from collections.abc import Iterator
from typing import Any

from webhooks.schemas import SCHEMAS

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def breaches(value: Any, schema: dict[str, Any], where: str = "$") -> Iterator[str]:
    if "$ref" in schema:
        yield from breaches(value, SCHEMAS[schema["$ref"].rpartition("/")[2]], where)
        return
    if "anyOf" in schema:
        if all(list(breaches(value, one, where)) for one in schema["anyOf"]):
            yield f"{where}: {value!r} is none of what it may be"
        return
    kind = schema.get("type")
    right = kind is None or isinstance(value, _TYPES[kind])
    if not right or (kind in ("integer", "number") and isinstance(value, bool)):
        yield f"{where}: {value!r} is no {kind}"
        return
    yield from _words(value, schema, where)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from breaches(one, schema.get("items", {}), f"{where}[{number}]")
    if isinstance(value, dict):
        yield from _members(value, schema, where)


def _words(value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not in {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r} is not {schema['const']!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} is not like {schema['pattern']}"


def _members(value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where}: {name} is missing"
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, one in value.items():
        if name in known:
            yield from breaches(one, known[name], f"{where}.{name}")
        elif more is False:
            yield f"{where}: {name} is not in the document"
        elif isinstance(more, dict):
            yield from breaches(one, more, f"{where}.{name}")
