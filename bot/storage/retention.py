"""What is thrown away, and when: in small pieces, so that nobody waits for it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage import books
from bot.storage.database import Connection, Database
from bot.storage.ledger import Ledger
from bot.storage.pictures import PictureStore
from bot.storage.pieces import Piece, in_pieces

log = logging.getLogger(__name__)

# A sweep is made each hour. What is left then has its turn in the next one.
_ROWS_A_SWEEP = 100_000
_FILES_AT_ONCE, _FILES_A_SWEEP = 500, 10_000

_NOBODYS_FAVOURITE = (
    "NOT EXISTS (SELECT 1 FROM pictures JOIN favourites ON favourites.picture = pictures.id"
    " WHERE pictures.task = tasks.id)"
)
# By the index that holds them alone: SQLite would rather look at all that were ever stored.
_UNSEEN = (
    "SELECT pictures.file FROM pictures INDEXED BY pictures_unseen"
    " JOIN tasks ON tasks.id = pictures.task"
    " WHERE pictures.state = 'stored' AND json_extract(pictures.body, '$.message') IS NULL"
    " AND tasks.state <> 'delivered'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Rows of `table` go when their `age` is `kept` ago (None: as long as the history), but only
    those that are `over`.
    """

    table: str
    key: str
    age: str
    kept: timedelta | None = None
    over: str = "1 = 1"

    def oldest(self, *, after: bool) -> str:
        """With `after`, behind those a piece has looked at: of them only what stays is left."""
        marks = ", ".join("?" * (2 + self.key.count(",")))
        behind = f" AND ({self.age}, {self.key}) > ({marks})" if after else ""
        return (
            f"SELECT {self.age} AS age, {self.key} FROM {self.table} WHERE {self.age} < ?{behind}"  # noqa: S608
            f" ORDER BY {self.age}, {self.key} LIMIT ?"
        )

    def deletion(self, *, after: bool) -> str:
        # As a CASE it offers no other way to the rows than by their keys.
        return (
            f"DELETE FROM {self.table} WHERE ({self.key}) IN"  # noqa: S608 - our own words
            f" (SELECT {self.key} FROM ({self.oldest(after=after)}) AS oldest)"
            f" AND CASE WHEN {self.over} THEN 1 END = 1"
        )


_KINDS = (
    _Kind(
        table="tasks",
        key="id",
        age="created_at",
        over=(f"due_at IS NULL AND state IN ('delivered', 'reported') AND {_NOBODYS_FAVOURITE}"),
    ),
    # Telegram repeats an update for at most 24 hours. https://core.telegram.org/bots/api#getting-updates
    _Kind(
        table="updates",
        key="seq",
        age="received_at",
        kept=timedelta(hours=48),
        over="state <> 'new'",
    ),
    # An album is complete within seconds; as long as its updates is long enough to know a late part.
    _Kind(
        table="albums",
        key="chat, album",
        age="changed_at",
        kept=timedelta(hours=48),
        over="due_at IS NULL",
    ),
    # Nobody answers a question that has scrolled away for a week.
    _Kind(table="questions", key="id", age="asked_at", kept=timedelta(days=7)),
    # As long as the entries of the books about them.
    _Kind(table="purchases", key="charge", age="at", kept=timedelta(days=400)),
    _Kind(table="told", key="chat, person, barrier", age="told_at", kept=timedelta(days=1)),
    # Nobody taps twice more slowly.
    _Kind(table="taps", key="person, button", age="at", kept=timedelta(minutes=5)),
    _Kind(table="searches", key="person, name", age="made_at"),
    _Kind(table="proofs", key="proof", age="until", kept=timedelta(0)),
    # Longer than any window, and than the clocks of two machines differ.
    _Kind(
        table="pace",
        key="key",
        age="CASE WHEN paused_until > seen_at THEN paused_until ELSE seen_at END",
        kept=timedelta(hours=1),
    ),
    _Kind(table="broadcasts", key="id", age="made_at", over="state <> 'running'"),
    # What is forgotten here is learned again from the next refusal.
    _Kind(table="chats", key="id", age="changed_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`rows_a_sweep`: at so many of each kind one sweep looks at most."""

    database: Database
    pictures: PictureStore
    files_kept: timedelta
    history_kept: timedelta
    rows_a_sweep: int = _ROWS_A_SWEEP

    async def sweep(self, now: datetime) -> dict[str, int]:
        """Delete what has had its time; returns how many of each. Cut off, it has done less."""
        swept = {"files": await self._sweep_files(now - self.files_kept)}
        for kind in _KINDS:
            # Where there is one process only, nothing stands there.
            unused = kind.table == "pace" and self.database.pace is None
            swept[kind.table] = 0 if unused else await self._sweep(kind, now)
        swept["days"] = await Ledger(self.database).sweep(now, most=self.rows_a_sweep)
        if any(swept.values()):
            log.info("swept", extra=swept)
        return swept

    async def _sweep(self, kind: _Kind, now: datetime) -> int:
        kept = self.history_kept if kind.kept is None else kind.kept
        before = (now - kept).timestamp()

        def work(connection: Connection, size: int, after: Sequence[object]) -> Piece:
            values = [before, *after, size]
            rows = connection.execute(kind.oldest(after=bool(after)), values).fetchall()
            if not rows:
                return Piece(looked=0, gone=0)
            tasks = [str(row["id"]) for row in rows] if kind.table == "tasks" else []
            outcomes = books.when_gone(connection, tasks)
            gone = connection.execute(kind.deletion(after=bool(after)), values).rowcount
            # What waited for its person for so long, and could not be brought, costs nothing.
            books.end_orphans(connection, tasks, outcomes, now)
            return Piece(looked=len(rows), gone=gone, after=tuple(rows[-1]))

        return await in_pieces(self.database, work, most=self.rows_a_sweep)

    async def _sweep_files(self, before: datetime) -> int:
        rows = await self.database.read(_UNSEEN)
        unseen = frozenset(row["file"] for row in rows)
        gone = 0
        while gone < _FILES_A_SWEEP:
            some = await self.pictures.delete_older(before, most=_FILES_AT_ONCE, keep=unseen)
            gone += some
            if some < _FILES_AT_ONCE:
                break
        return gone
