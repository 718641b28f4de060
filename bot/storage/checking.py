"""Whether a file is a database that we can use; what is wrong with it is one line."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.storage.migrations import migrations, steps

# Read in a tenth of a second.
_SMALL = 32 * 1024 * 1024


def check_at_start(path: Path, connection: sqlite3.Connection) -> None:
    """Better no start than one on a damaged file; but to read all of a large one takes longer than
    anybody wants to wait, so that is done only after an end that was none.
    """
    if path.stat().st_size <= _SMALL or _was_cut_off(path):
        check(path, connection)
    else:
        # SQLite itself refuses a file whose end is missing.
        check_version(path, connection)


def check(path: Path, connection: sqlite3.Connection) -> None:
    """Reads all of it: a second and more per gigabyte."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise damaged(path, " ".join(str(found).split()))
    check_version(path, connection)


def _was_cut_off(path: Path) -> bool:
    """Whether its log was left over: whoever closes a database in order takes it away.

    Of a file that is only just open and not written to yet. https://www.sqlite.org/wal.html
    """
    path = path.resolve()
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def check_version(path: Path, connection: sqlite3.Connection) -> None:
    """Raises OSError when the tables are those of a version after ours."""
    applied = migrations.applied(Database(connection, execute_plugins=False))
    refuse_newer(str(path), [one.name for one in applied], steps())


def refuse_newer(where: str, applied: Iterable[str], ours: Collection[str]) -> None:
    """Raises OSError when steps were applied that are not among `ours`."""
    if newer := [name for name in applied if name not in ours]:
        raise OSError(
            f"{where}: was written by a newer version of the bot ({', '.join(newer)})."
            " Install that version again, or put back an older copy."
        )


def must_be_up_to_date(path: Path) -> None:
    """Raises OSError, in one line, unless it is there and has the tables of this version."""
    must_exist(path)
    with in_one_line(path), closing(reading(path)) as connection:
        check_version(path, connection)
        pending = migrations.pending(Database(connection, execute_plugins=False))
    if pending:
        raise OSError(f"{path}: has the tables of an older version; `python -m bot migrate` first")


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
