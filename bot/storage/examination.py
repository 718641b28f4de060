"""What the doctor finds on the disk: read only, beside a bot that runs."""

import base64
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from bot.errors import Transient
from bot.storage.bucket import is_our_fault
from bot.storage.database import Connection
from bot.storage.migrations import migrations
from bot.storage.pictures import PictureStore, open_store

# One grey pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2tv9RAAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """`pending`: migrations to come. `stuck`: tasks that should long have ended. `parked`: updates
    that could not be handled. Of the `finished` pictures of late, `called` were told by a
    callback; `unfetched` are drawn and could not be fetched so far.
    """

    pending: int = 0
    tasks: int = 0
    unfinished: int = 0
    stuck: int = 0
    parked: int = 0
    finished: int = 0
    called: int = 0
    unfetched: int = 0


def records(path: Path, now: datetime, *, patience: timedelta) -> Records | None:
    """What stands in the database; None when there is none yet.

    Raises OSError, in one line, when it is damaged.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise OSError(f"{path}: damaged: {found}")
            pending = len(migrations.pending(Database(connection, execute_plugins=False)))
            return counted(connection, now - patience, pending=pending)
    except sqlite3.Error as error:
        raise OSError(f"{path}: {error}") from error


def counted(connection: Connection, before: datetime, *, pending: int) -> Records:
    """`before`: what was asked for until then should have ended."""
    if pending:
        # What can be counted is not there yet.
        return Records(pending=pending)

    def count(sql: str, *parameters: object) -> int:
        return int(connection.execute(sql, parameters).fetchone()[0] or 0)

    late = (
        "(SELECT heard FROM pictures WHERE state = 'stored' ORDER BY rowid DESC LIMIT 20) AS late"
    )
    open_ = "state IN ('created', 'working')"
    return Records(
        tasks=count("SELECT count(*) FROM tasks"),
        unfinished=count(f"SELECT count(*) FROM tasks WHERE {open_}"),  # noqa: S608 - our own words
        stuck=count(
            f"SELECT count(*) FROM tasks WHERE {open_} AND created_at < ?",  # noqa: S608
            before.timestamp(),
        ),
        parked=count("SELECT count(*) FROM updates WHERE state = 'parked'"),
        finished=count(f"SELECT count(*) FROM {late}"),  # noqa: S608
        called=count(f"SELECT sum(heard) FROM {late}"),  # noqa: S608
        unfetched=count(
            "SELECT count(*) FROM pictures WHERE state = 'generated'"
            " AND CAST(json_extract(body, '$.tries') AS INTEGER) > 0"
        ),
    )


async def try_pictures(url: str, access: Mapping[str, str]) -> None:
    """List them, keep one, read it and delete it again; `access` is as for `open_store`.

    Raises OSError, in one line, when something has to be set right, and Transient.
    """
    pictures = PictureStore(open_store(url, access))
    try:
        await pictures.glance()
        kept = await pictures.keep_result(PIXEL)
        try:
            if await pictures.read(kept.name) != PIXEL:
                raise OSError(f"{url}: what was written is not what is read")
        finally:
            await pictures.delete([kept.name])
    except Transient as failure:
        if is_our_fault(failure.__cause__):
            raise OSError(f"{url}: {failure.detail}") from failure
        raise


def free_bytes(path: Path) -> int:
    """The room on the disk of this file, or of the first of its folders that is there."""
    there = next(one for one in (path, *path.parents) if one.exists())
    return shutil.disk_usage(there).free
