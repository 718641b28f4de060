"""Each call checked against aiogram's models of the Bot API, when aiogram is installed.

The real server ignores what it does not know; here it is written down as a problem.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from typing import TYPE_CHECKING, Any

from bot.sandbox.arguments import Arguments

if TYPE_CHECKING:
    from pydantic import BaseModel


class Conformance:
    """Knows the models by method name; a model is looked up at its first use."""

    def __init__(self) -> None:
        self._models: dict[str, type[BaseModel] | None] = {}

    @classmethod
    def if_installed(cls) -> Conformance | None:
        """None without aiogram: then nothing is checked."""
        return cls() if importlib.util.find_spec("aiogram") else None

    def load(self) -> None:
        """Import the models now: it takes seconds, too long for the first caller to wait."""
        importlib.import_module("aiogram.methods")

    def problems(self, method: str, args: Arguments) -> list[str]:
        """What is wrong with the call, one line each: "method: field: error"."""
        model = self._model(method)
        if model is None:
            return [f"{method}: not a method of the Bot API"]
        known = {field.alias or name for name, field in model.model_fields.items()}
        given = dict(args.values)
        nested = {name for name in args.files if name not in known}
        found = [f"{method}: {name}: unknown parameter" for name in given if name not in known]
        unused = [name for name in nested if f"attach://{name}" not in json.dumps(given)]
        found += [f"{method}: {name}: file part is not used" for name in unused]
        values = {name: _decoded(value) for name, value in given.items() if name in known}
        values |= {name: _placeholder() for name in args.files if name in known}
        return found + [f"{method}: {line}" for line in _validated(model, values)]

    def _model(self, method: str) -> type[BaseModel] | None:
        if method not in self._models:
            methods = importlib.import_module("aiogram.methods")
            self._models[method] = getattr(methods, method[0].upper() + method[1:], None)
        return self._models[method]


def _validated(model: type[BaseModel], values: dict[str, Any]) -> list[str]:
    from pydantic import ValidationError  # noqa: PLC0415 - comes with aiogram, which is optional

    try:
        call = model.model_validate(values)
    except ValidationError as exc:
        lines = [(".".join(map(str, one["loc"])), one["msg"]) for one in exc.errors()]
        return [f"{where}: {message}" for where, message in lines]
    return [f"{where}: unknown field" for where in _unknown(call, "")]


def _unknown(value: Any, where: str) -> list[str]:
    """Paths of nested fields that the models do not know (aiogram keeps them as extras)."""
    if isinstance(value, list):
        return [path for n, item in enumerate(value) for path in _unknown(item, f"{where}.{n}")]
    fields = getattr(type(value), "model_fields", None)
    if fields is None:
        return []
    paths = [f"{where}.{name}".lstrip(".") for name in value.model_extra or {}]
    for name in fields:
        paths += _unknown(getattr(value, name), f"{where}.{name}".lstrip("."))
    return paths


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _placeholder() -> Any:
    types = importlib.import_module("aiogram.types")
    return types.BufferedInputFile(b"", filename="file")
