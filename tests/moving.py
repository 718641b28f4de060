"""SQLite databases with something in every table, whatever tables there are."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from bot.storage.shape import Table, tables
from bot.storage.sqlite import connect, migrate

Rows = list[tuple[Any, ...]]
_KINDS = {
    "INTEGER": lambda _column, number: number,
    "REAL": lambda _column, number: number + 0.5,
    "TEXT": lambda column, number: "{}" if column == "body" else f"{column} {number}",
    "BLOB": lambda _column, number: b"\x00\xff" * number,
}
# Of this there is one row, if any.
_SINGLE = "switches"


def fill(path: Path, rows: int = 3) -> None:
    """Make a database with so many rows in every table; those of the same number belong together."""
    migrate(path)
    with closing(connect(path)) as connection, connection:
        for table in tables():
            kinds = _values_of(connection, table)
            made = [
                tuple(_KINDS[kind](column, number) for column, kind in kinds)
                for number in range(1, (1 if table.name == _SINGLE else rows) + 1)
            ]
            names, marks = ", ".join(table.columns), ", ".join("?" * len(kinds))
            connection.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", made)


def _values_of(connection: sqlite3.Connection, table: Table) -> list[tuple[str, str]]:
    """For each column the one after which its values are made, and its kind."""
    refers = connection.execute(f"PRAGMA foreign_key_list({table.name})").fetchall()
    theirs = {row[3]: row[4] for row in refers}
    return [(theirs.get(column, column), kind) for column, kind in table.columns.items()]


def change(path: Path, sql: str, *rows: tuple[Any, ...]) -> None:
    with closing(connect(path)) as connection, connection:
        connection.executemany(sql, rows or [()])


def here(path: Path, sql: str) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def there(url: str, sql: str) -> Rows:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def tables_there(url: str) -> set[str]:
    """Ours, without those of the libraries."""
    sql = (
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'"
        " AND table_name NOT LIKE 'procrastinate%'"
    )
    return {name for (name,) in there(url, sql)}
