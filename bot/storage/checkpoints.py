"""SQLite's log goes back into its file beside the writing, so that no commit has to wait for that.

Left alone, the commit that brings the log to 1,000 pages does it: while much is thrown away that
held up everybody for 200 ms, and nobody for more than 30 ms so.
https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files
"""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from bot.storage.hands import Hand, Job

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
# As large as SQLite lets it become by itself.
_LARGE = 4 * MEGABYTE
# While somebody writes without a pause there is always something left in it. Then they wait.
_TOO_LARGE = 256 * MEGABYTE


class Checkpoints:
    """`writing` is told of after each commit, in its own thread; it leaves the log to us."""

    def __init__(self, path: Path, connect: Callable[[Path], sqlite3.Connection]) -> None:
        self._log = path.with_name(path.name + "-wal")
        self._hand = Hand("sqlite-checkpoints", _Bringing(path, connect, self._done), most=1)
        self._under_way = False

    @staticmethod
    def leave_it(writing: sqlite3.Connection) -> None:
        """This connection brings nothing back, and begins a new log as an empty file."""
        writing.execute("PRAGMA wal_autocheckpoint = 0")
        writing.execute("PRAGMA journal_size_limit = 0")

    def written(self) -> None:
        if self._under_way:
            return
        try:
            size = self._log.stat().st_size
        except OSError:
            return
        if size > _LARGE:
            self._under_way = True
            self._hand.tell(_bring_back)

    def _done(self) -> None:
        self._under_way = False

    async def close(self) -> None:
        await self._hand.close()


class _Bringing:
    """What the thread does; it opens its connection when there is something to bring."""

    def __init__(
        self,
        path: Path,
        connect: Callable[[Path], sqlite3.Connection],
        done: Callable[[], None],
    ) -> None:
        self._path = path
        self._connect = connect
        self._done = done
        self._connection: sqlite3.Connection | None = None

    def do(self, group: list[Job]) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect(self._path)
            for job in group:
                job.work(self._connection)
        except sqlite3.Error as error:
            # It is tried again after the next commit.
            log.warning("the log stays", extra={"detail": str(error)})
        finally:
            self._done()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _bring_back(connection: sqlite3.Connection) -> None:
    (_busy, pages, _brought) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    if pages * page_size > _TOO_LARGE:
        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
