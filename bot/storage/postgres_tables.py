"""Our tables on a PostgreSQL server: brought up to date by one command, looked at by all others."""

from collections.abc import Callable
from typing import Any

import psycopg

from bot.storage import migrations, postgres_jobs
from bot.storage.checking import refuse_newer
from bot.storage.dialect import definition
from bot.storage.postgres_server import MIGRATING, OURS, Row, connected, where

# The first whose pg_terminate_backend can wait; older ones get no care from anybody, either.
_VERSION_MIN = 140_000
_TABLE = """
CREATE TABLE IF NOT EXISTS _migrations (
    name TEXT COLLATE "C" PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""
# There while rows of another database are being brought: see `moving`.
MOVING = "_moving"
_THERE = "SELECT to_regclass(%s) IS NOT NULL"


class _Tables:
    """Fits `migrations.Tables`."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def execute(self, sql: str, /) -> object:
        return self._connection.execute(definition(sql))

    def verbatim(self, sql: str) -> object:
        return self._connection.execute(sql)


def steps() -> dict[str, Callable[[Any], None]]:
    """All of them by name, in order: ours, and those of the library that hands out work."""
    return {**migrations.steps(), **postgres_jobs.steps()}


def migrate(
    url: str, *, steps_: Callable[[], dict[str, Callable[[Any], None]]] = steps
) -> list[str]:
    """Apply what is missing; returns the names of it. Raises OSError, in one line.

    Any number of machines may do so at once: one goes first, the others find nothing to do. Each
    step is there as a whole or not at all, and waits no longer than `lock_timeout` for a table
    that is in use.
    """
    with connected(url) as connection:
        _must_suit(connection, url)
        # The others may take minutes.
        connection.execute("SET lock_timeout = 0")
        connection.execute("SELECT pg_advisory_lock(%s, %s)", [OURS, MIGRATING])
        connection.execute("SET lock_timeout = '10s'")
        connection.execute(_TABLE)
        known = _applied(connection)
        ours = steps_()
        refuse_newer(where(url), known, ours)
        missing = {name: step for name, step in ours.items() if name not in known}
        for name, step in missing.items():
            with connection.transaction():
                step(_Tables(connection))
                connection.execute("INSERT INTO _migrations (name) VALUES (%s)", [name])
        return list(missing)


def must_be_up_to_date(url: str) -> None:
    """Raises OSError, in one line, unless the tables are those of this version."""
    with connected(url) as connection:
        _must_suit(connection, url)
        if pending(connection, url):
            raise OSError(
                f"{where(url)}: has the tables of an older version; `python -m bot migrate` first"
            )


def pending(connection: psycopg.Connection[Row], url: str) -> int:
    """How many steps are missing. Raises OSError when there are some that we do not know, and when
    not all rows are there yet.
    """
    if there(connection, MOVING):
        raise OSError(
            f"{where(url)}: `python -m bot move` has not brought everything yet; run it again first"
        )
    known = _applied(connection)
    ours = steps()
    refuse_newer(where(url), known, ours)
    return len(ours.keys() - set(known))


def there(connection: psycopg.Connection[Row], table: str) -> bool:
    (found,) = connection.execute(_THERE, [table]).fetchone() or (False,)
    return bool(found)


def _applied(connection: psycopg.Connection[Row]) -> list[str]:
    if not there(connection, "_migrations"):
        return []
    return [name for (name,) in connection.execute("SELECT name FROM _migrations ORDER BY name")]


def _must_suit(connection: psycopg.Connection[Row], url: str) -> None:
    version = connection.info.server_version
    if version < _VERSION_MIN:
        raise OSError(
            f"{where(url)}: is PostgreSQL {version // 10_000}; {_VERSION_MIN // 10_000} or newer is needed"
        )
    (encoding,) = connection.execute("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise OSError(f"{where(url)}: keeps text as {encoding}; make the database with UTF8")
