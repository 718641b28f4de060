"""Our tables as the steps make them: for whoever carries all rows elsewhere, whatever is in them."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from graphlib import TopologicalSorter

from sqlite_utils import Database

from bot.storage.migrations import migrations

# Beside ours lie those of SQLite itself, and of the migrations.
_NAMES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
    " AND substr(name, 1, 1) <> '_' AND name NOT LIKE 'sqlite%' ORDER BY rowid"
)
_WRITTEN = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`columns`: what is written in it, and of what kind (INTEGER, REAL, TEXT or BLOB); what the
    database works out from them is left out. `order`: by what SQLite keeps its rows.
    """

    name: str
    columns: Mapping[str, str]
    order: tuple[str, ...]


def tables() -> list[Table]:
    """All of them, each after those its rows refer to."""
    with closing(sqlite3.connect(":memory:")) as empty:
        migrations.apply(Database(empty, execute_plugins=False))
        found = {name: _table(empty, name, sql) for name, sql in empty.execute(_NAMES).fetchall()}
        refers = {
            name: [row[2] for row in empty.execute(f"PRAGMA foreign_key_list({name})")]
            for name in found
        }
    return [found[name] for name in TopologicalSorter(refers).static_order()]


def _table(database: sqlite3.Connection, name: str, sql: str) -> Table:
    described = database.execute(f"PRAGMA table_xinfo({name})").fetchall()
    key = sorted((place, column) for _, column, _, _, _, place, _ in described if place)
    return Table(
        name=name,
        columns={
            column: kind for _, column, kind, _, _, _, hidden in described if hidden == _WRITTEN
        },
        order=tuple(column for _, column in key) if "WITHOUT ROWID" in sql else ("rowid",),
    )
