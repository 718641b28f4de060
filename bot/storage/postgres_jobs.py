"""Procrastinate's tables, as steps among ours: its own files, each once and in its own order, and
an index of ours.

https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html
"""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import Any, Protocol

_NAME = "procrastinate_"
# Whoever has not installed it learns so at once.
_FOLDER = files("procrastinate") / "sql" / "migrations"
# Whoever takes a job looks whether another one with its lock comes first. Without this that is a
# look at all jobs there are.
_BY_LOCK = "CREATE INDEX jobs_by_lock ON procrastinate_jobs (lock)"


class Words(Protocol):
    def verbatim(self, sql: str) -> object:
        """Already the server's own words."""


def steps() -> dict[str, Callable[[Any], None]]:
    """By name, in order."""
    found = sorted((one for one in _FOLDER.iterdir() if one.name.endswith(".sql")), key=_order)
    theirs = {f"{_NAME}{one.name.removesuffix('.sql')}": partial(_apply, one) for one in found}
    return {**theirs, "jobs_by_lock": _index}


def _order(file: Any) -> str:
    return str(file.name)


def _index(tables: Words) -> None:
    tables.verbatim(_BY_LOCK)


def _apply(file: Any, tables: Words) -> None:
    tables.verbatim(file.read_text(encoding="utf-8"))
