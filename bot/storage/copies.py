"""A copy of the database, taken while the bot runs, and put back while it does not.

A copy is one file for itself: checked, for its owner's eyes only, and there as a whole or not at all.
https://www.sqlite.org/backup.html
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from bot.storage.checking import check_version, damaged, in_one_line, must_exist, reading
from bot.storage.lock import only_one
from bot.storage.migrations import migrations
from bot.storage.sqlite import migrate

# How much is done, and of how much.
Progress = Callable[[int, int], None]

_PAGES_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """`replaced`: where the database lies now that stood here before. `unfinished`: how many
    requests were under way when the copy was taken.
    """

    replaced: Path | None
    unfinished: int


def take(database: Path, copy: Path, progress: Progress) -> int:
    """Copy the database as it is at this moment; returns the size of the copy in bytes.

    Raises OSError, in one line.
    """
    must_exist(database)
    with appearing(copy) as partial, in_one_line(database):
        _copy(database, partial, progress)
        _examine(partial)
    return copy.stat().st_size


def put_back(copy: Path, database: Path, now: datetime, progress: Progress) -> PutBack:
    """Put the copy in the place of the database, with the tables of this version.

    Raises OSError, in one line, and then nothing has changed.
    """
    if not copy.is_file():
        raise OSError(f"{copy}: there is no such file")
    if database.exists() and copy.samefile(database):
        raise OSError(f"{copy}: is the database itself")
    with only_one(database):
        # Where it really lies.
        database = database.resolve()
        with in_one_line(copy):
            _examine(copy)
        with _scratch(database.with_name(f"{database.name}.restoring")) as fresh:
            with in_one_line(copy):
                _copy(copy, fresh, progress)
            migrate(fresh)
            unfinished = _unfinished(fresh)
            replaced = _set_aside(database, now)
            fresh.replace(database)
        sync(database.parent)
    return PutBack(replaced=replaced, unfinished=unfinished)


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A file to write, empty and private, that stands at `target` once all went well."""
    must_be_free(target)
    with _scratch(target.with_name(f"{target.name}.partial")) as partial:
        yield partial
        sync(partial)
        partial.replace(target)
    sync(target.parent)


def must_be_free(target: Path) -> None:
    if target.exists():
        raise OSError(f"{target}: is there already; choose another name")
    if not target.parent.is_dir():
        raise OSError(f"{target.parent}: there is no such folder")


def sync(path: Path) -> None:
    """Wait for the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """An empty file that goes away again unless it is moved."""
    try:
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield path
    except OSError as error:
        if error.strerror is None:
            raise
        raise OSError(f"{path}: {error.strerror}") from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _copy(source: Path, target: Path, progress: Progress) -> None:
    def told(_status: int, left: int, total: int) -> None:
        progress(total - left, total)

    with closing(reading(source)) as there, closing(sqlite3.connect(target)) as here:
        # The bot may write meanwhile: what we see is one moment until this ends. Without it, the
        # copy would begin again at each of its writes.
        there.execute("BEGIN")
        there.execute("SELECT count(*) FROM sqlite_master").fetchone()
        there.backup(here, pages=_PAGES_AT_ONCE, progress=told, sleep=0)
        here.execute("PRAGMA journal_mode = DELETE")


def _examine(path: Path) -> None:
    """Reads all of it. Raises OSError unless it is a whole database of ours."""
    with closing(reading(path)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise damaged(path, " ".join(str(found).split()))
        check_version(path, connection)
        if not migrations.applied(Database(connection, execute_plugins=False)):
            raise OSError(f"{path}: is no database of this bot")


def _unfinished(path: Path) -> int:
    with closing(reading(path)) as connection:
        sql = "SELECT count(*) FROM tasks WHERE state IN ('created', 'working')"
        return int(connection.execute(sql).fetchone()[0])


def _set_aside(database: Path, now: datetime) -> Path | None:
    """Keep what stands there under a dated name: also when it is damaged, with all that belongs
    to it.
    """
    if not database.exists():
        return None
    # What it has not taken in yet lies beside it. SQLite would throw that away of a damaged one.
    with suppress(sqlite3.Error, OSError):
        _examine(database)
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = database.with_name(f"{database.name}.replaced-{now:%Y-%m-%d-%H%M%S}")
    if kept.exists():
        raise OSError(f"{kept}: is there already; wait a second")
    log = database.with_name(f"{database.name}-wal")
    if log.exists():
        log.replace(kept.with_name(f"{kept.name}-wal"))
    try:
        # Under both names, so that there is no moment without a database.
        kept.hardlink_to(database)
    except OSError:
        database.replace(kept)
    database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
    return kept
