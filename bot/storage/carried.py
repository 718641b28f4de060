"""A table on its way from SQLite to PostgreSQL: which columns go, and what becomes of the values.

Whatever the engine changes when the bot writes, it changes here in the same way.
"""

from collections.abc import Callable
from typing import Any

from bot.storage.postgres_server import without_nul
from bot.storage.shape import Table

Values = tuple[Any, ...]


class Carried:
    """`numbered`: the columns in which the server counts by itself."""

    def __init__(self, table: Table, numbered: tuple[str, ...]) -> None:
        self.name = table.name
        self.numbered = numbered
        # Only where it is asked for, the order in which they came has a column there.
        came = {one: "INTEGER" for one in numbered if one not in table.columns}
        columns = {**came, **table.columns}
        self.names = ", ".join(columns)
        self.select = f"SELECT {self.names} FROM {table.name} ORDER BY {', '.join(table.order)}"  # noqa: S608
        self._kept = tuple(_KEPT.get(kind, _same) for kind in columns.values())

    def kept(self, row: Values) -> Values:
        return tuple([keep(value) for keep, value in zip(self._kept, row, strict=True)])


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    return without_nul(value) if isinstance(value, str) else value


def _bytes(value: Any) -> Any:
    # SQLite does not mind a text there, and what was forgotten has an empty one.
    return value.encode() if isinstance(value, str) else value


_KEPT: dict[str, Callable[[Any], Any]] = {"TEXT": _text, "BLOB": _bytes}
