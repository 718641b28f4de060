"""Procrastinate's tables, as steps among ours: its own files, each once and in its own order.

https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html
"""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import Any, Protocol

_NAME = "procrastinate_"
# Whoever has not installed it learns so at once.
_FOLDER = files("procrastinate") / "sql" / "migrations"


class Words(Protocol):
    def verbatim(self, sql: str) -> object:
        """Already the server's own words."""


def steps() -> dict[str, Callable[[Any], None]]:
    """By name, in order."""
    found = sorted((one for one in _FOLDER.iterdir() if one.name.endswith(".sql")), key=_order)
    return {f"{_NAME}{one.name.removesuffix('.sql')}": partial(_apply, one) for one in found}


def _order(file: Any) -> str:
    return str(file.name)


def _apply(file: Any, tables: Words) -> None:
    tables.verbatim(file.read_text(encoding="utf-8"))
