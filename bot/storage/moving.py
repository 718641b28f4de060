"""All rows of a SQLite database brought to a PostgreSQL server, and looked at there.

They go in pieces, each in one transaction with a note of how far we are. The notes are there until
everything is, and no bot starts beside them: cut off anywhere, the same again goes on. What is there
already is compared with the source first; if that has changed meanwhile, all of it is brought again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psycopg

from bot.storage.carried import Carried, Values
from bot.storage.checking import check, in_one_line, must_be_up_to_date, reading
from bot.storage.checksum import Checksum
from bot.storage.copies import Progress
from bot.storage.postgres_server import Row, connected, where
from bot.storage.postgres_tables import MOVING, migrate, there
from bot.storage.rest import at_rest
from bot.storage.shape import Table, tables

_ROWS_AT_ONCE = 2000
# So many of them are in memory when they are looked at.
_ROWS_READ = 500
_NAMED = 3
_NOTES = (
    f'CREATE TABLE {MOVING} (name TEXT COLLATE "C" PRIMARY KEY, source TEXT NOT NULL,'
    " rows BIGINT NOT NULL, checksum TEXT NOT NULL)"
)
_NEW_NOTE = f"INSERT INTO {MOVING} VALUES (%s, %s, 0, %s) ON CONFLICT DO NOTHING"  # noqa: S608
_NOTE = f"SELECT source, rows, checksum FROM {MOVING} WHERE name = %s"  # noqa: S608
_FURTHER = f"UPDATE {MOVING} SET rows = %s, checksum = %s WHERE name = %s AND rows = %s"  # noqa: S608
_AGAIN = f"UPDATE {MOVING} SET rows = 0, checksum = %s"  # noqa: S608
_NUMBERED = (
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attidentity <> ''"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How much of a table is there, in the end all."""

    name: str
    rows: int
    checksum: str


@contextmanager
def moving(path: Path, url: str) -> Iterator["Move"]:
    """From the database at `path` to the one at `url`, which gets its tables if it has none.

    Raises OSError, in one line: also when a bot uses either of them, and when rows are there that
    no move has brought.
    """
    must_be_up_to_date(path)
    with at_rest(path, url):
        migrate(url)
        with in_one_line(path), closing(reading(path)) as source, connected(url) as target:
            # One moment of it: the operator's commands may write meanwhile.
            source.execute("BEGIN")
            check(path, source)
            move = Move(path, source, target, where(url))
            move.begin()
            yield move


class Move:
    def __init__(
        self,
        path: Path,
        source: sqlite3.Connection,
        target: psycopg.Connection[Row],
        place: str,
    ) -> None:
        self._path = path
        self._source = source
        self._target = target
        self._where = place
        self._tables = [Carried(one, self._numbered(one)) for one in tables()]
        self._notes: dict[str, Copied] = {}

    def begin(self) -> None:
        """Raises OSError when there is something in the target that is not of this move."""
        installation = self._installation()
        with self._target.transaction():
            if not there(self._target, MOVING):
                if full := [one.name for one in self._tables if self._count_there(one)]:
                    raise OSError(
                        f"{self._where}: holds rows already, in {_some(full)}."
                        " A move needs an empty database"
                    )
                self._target.execute(_NOTES)
            for table in self._tables:
                self._target.execute(_NEW_NOTE, [table.name, installation, str(Checksum())])
        for table in self._tables:
            source, rows, checksum = self._target.execute(_NOTE, [table.name]).fetchone() or (
                "",
                0,
                "",
            )
            if source != installation:
                raise OSError(f"{self._where}: another database is being moved there")
            if rows != self._count_there(table):
                raise OSError(
                    f"{self._where}: holds rows in {table.name} that the move has not brought."
                    " Give it another, empty database"
                )
            self._notes[table.name] = Copied(name=table.name, rows=rows, checksum=checksum)

    def copy(self, progress: Progress) -> bool:
        """Bring what is missing. Returns whether all of it had to be brought again, because the
        source was changed after an earlier attempt.
        """
        try:
            self._copy(progress)
        except _Changed:
            self._empty()
            self._copy(progress)
            return True
        return False

    def finish(self, progress: Progress) -> list[Copied]:
        """Look at everything that is there. If it is what was in the source, the bot may use it.

        Raises OSError.
        """
        total, done = sum(one.rows for one in self._notes.values()), 0
        for table in self._tables:
            found, brought = Checksum(), self._notes[table.name]
            for row in self._read_there(table):
                found.add(row)
                if found.rows % _ROWS_READ == 0:
                    progress(done + found.rows, total)
            if (found.rows, str(found)) != (brought.rows, brought.checksum):
                raise OSError(
                    f"{self._where}: {table.name} is not what it is in {self._path}"
                    f" ({found.rows:,} rows instead of {brought.rows:,}, or other values)."
                    " Make this database anew and move again"
                )
            done += found.rows
            progress(done, total)
        with self._target.transaction():
            for table in self._tables:
                self._go_on_counting(table)
            self._target.execute(f"DROP TABLE {MOVING}")
        # Nobody has counted yet what lies there, and until then queries are planned for nothing.
        self._target.execute(f"ANALYZE {', '.join(one.name for one in self._tables)}")
        return list(self._notes.values())

    # --- the source ----------------------------------------------------------------------

    def _installation(self) -> str:
        """The same for as long as there is this database, wherever it lies."""
        sql = "SELECT applied_at FROM _sqlite_migrations ORDER BY rowid LIMIT 1"
        return str(self._source.execute(sql).fetchone()[0])

    def _count(self, table: Carried) -> int:
        sql = f"SELECT count(*) FROM {table.name}"  # noqa: S608 - a name of ours, as all below
        return int(self._source.execute(sql).fetchone()[0])

    # --- from here to there --------------------------------------------------------------

    def _copy(self, progress: Progress) -> None:
        total, done = sum(map(self._count, self._tables)), 0
        for table in self._tables:
            for rows in self._copy_table(table):
                progress(done + rows, total)
            done += self._notes[table.name].rows
        progress(total, total)

    def _copy_table(self, table: Carried) -> Iterator[int]:
        """Yields how many rows are there, again and again."""
        brought = self._notes[table.name]
        values, seen = map(table.kept, self._source.execute(table.select)), Checksum()
        for row in islice(values, brought.rows):
            seen.add(row)
        if (seen.rows, str(seen)) != (brought.rows, brought.checksum):
            raise _Changed
        yield seen.rows
        while self._bring(table, islice(values, _ROWS_AT_ONCE), seen):
            yield seen.rows

    def _bring(self, table: Carried, rows: Iterator[Values], seen: Checksum) -> bool:
        """Bring these. Returns whether there were any."""
        before = seen.rows
        with self._target.transaction(), self._target.cursor() as cursor:
            with cursor.copy(f"COPY {table.name} ({table.names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
                    seen.add(row)
            cursor.execute(_FURTHER, [seen.rows, str(seen), table.name, before])
            if cursor.rowcount != 1:
                raise OSError(f"{self._where}: another move was here meanwhile")
        self._notes[table.name] = Copied(name=table.name, rows=seen.rows, checksum=str(seen))
        return seen.rows > before

    # --- the target ----------------------------------------------------------------------

    def _numbered(self, table: Table) -> tuple[str, ...]:
        """The columns in which the server counts by itself."""
        return tuple(name for (name,) in self._target.execute(_NUMBERED, [table.name]))

    def _count_there(self, table: Carried) -> int:
        found = self._target.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608
        return int(found[0]) if found else 0

    def _read_there(self, table: Carried) -> Iterator[Values]:
        with self._target.transaction(), self._target.cursor(name="moved") as cursor:
            cursor.itersize = _ROWS_READ
            cursor.execute(f"SELECT {table.names} FROM {table.name}")  # noqa: S608
            yield from map(tuple, cursor)

    def _empty(self) -> None:
        with self._target.transaction():
            self._target.execute(f"TRUNCATE {', '.join(one.name for one in self._tables)}")
            self._target.execute(_AGAIN, [str(Checksum())])
        for name in self._notes:
            self._notes[name] = Copied(name=name, rows=0, checksum=str(Checksum()))

    def _go_on_counting(self, table: Carried) -> None:
        """Numbers that were given once are not given again, also if their rows are gone."""
        for column in table.numbered:
            highest = f"SELECT coalesce(max({column}), 0) FROM {table.name}"  # noqa: S608
            (there_,) = self._target.execute(highest).fetchone() or (0,)
            ever = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
            (given,) = self._source.execute(ever, [table.name]).fetchone()
            if (last := max(there_, given)) > 0:
                sql = "SELECT setval(pg_get_serial_sequence(%s, %s), %s)"
                self._target.execute(sql, [table.name, column, last])


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


class _Changed(Exception):
    """What was brought is no longer what the source says."""
