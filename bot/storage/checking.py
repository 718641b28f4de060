"""Whether a file is a database that we can use; what is wrong with it is one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.storage.migrations import migrations


def check(path: Path, connection: sqlite3.Connection) -> None:
    """Better no start than one on a damaged file. Reads all of it: about a second per gigabyte."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise damaged(path, " ".join(str(found).split()))
    check_version(path, connection)


def check_version(path: Path, connection: sqlite3.Connection) -> None:
    """Raises OSError when the tables are those of a version after ours."""
    with closing(sqlite3.connect(":memory:")) as empty:
        ours = {one.name for one in migrations.pending(Database(empty, execute_plugins=False))}
    applied = migrations.applied(Database(connection, execute_plugins=False))
    if newer := [one.name for one in applied if one.name not in ours]:
        raise OSError(
            f"{path}: was written by a newer version of the bot ({', '.join(newer)})."
            " Install that version again, or put back an older copy of the file."
        )


def damaged(path: Path, why: str) -> OSError:
    return OSError(
        f"{path}: this file is damaged, or no database of ours ({why})."
        " Put back a copy, or move it away to begin with an empty one."
    )


def is_damage(error: sqlite3.Error) -> bool:
    # The module's own complaints have no code.
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def must_exist(database: Path) -> None:
    if not database.is_file():
        raise OSError(f"{database}: there is no database yet; the bot makes it at its first start")


@contextmanager
def in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error):
            raise damaged(path, str(error)) from error
        raise OSError(f"{path}: {error}") from error


def reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
