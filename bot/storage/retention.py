"""What is thrown away, and when: bounded work each time, so that nobody waits for it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.storage import books
from bot.storage.database import Connection, Database
from bot.storage.ledger import Ledger
from bot.storage.pictures import PictureStore

log = logging.getLogger(__name__)

# Telegram repeats an update for at most 24 hours. https://core.telegram.org/bots/api#getting-updates
_UPDATES_KEPT = timedelta(hours=48)
# An album is complete within seconds; as long as its updates is long enough to know a late part.
_ALBUMS_KEPT = timedelta(hours=48)
# Nobody answers a question that has scrolled away for a week.
_QUESTIONS_KEPT = timedelta(days=7)
_TOLD_KEPT = timedelta(days=1)
# Nobody taps twice more slowly.
_TAPS_KEPT = timedelta(minutes=5)
# As long as the entries of the books about them.
_PURCHASES_KEPT = timedelta(days=400)
# Longer than any window, and than the clocks of two machines differ.
_PACE_KEPT = timedelta(hours=1)
_ROWS_AT_ONCE = 500
_FILES_AT_ONCE = 500
_NOBODYS_FAVOURITE = (
    "NOT EXISTS (SELECT 1 FROM pictures JOIN favourites ON favourites.picture = pictures.id"
    " WHERE pictures.task = tasks.id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    database: Database
    pictures: PictureStore
    files_kept: timedelta
    history_kept: timedelta

    async def sweep(self, now: datetime) -> dict[str, int]:
        """Delete what has had its time; returns how many of each."""
        swept = await self._sweep(now)
        if any(swept.values()):
            log.info("swept", extra=swept)
        return swept

    async def _sweep(self, now: datetime) -> dict[str, int]:
        unseen = await self._unseen()
        return {
            "files": await self.pictures.delete_older(
                now - self.files_kept, most=_FILES_AT_ONCE, keep=unseen
            ),
            "tasks": await self._delete(
                "tasks",
                "id",
                "created_at < ? AND due_at IS NULL AND state IN ('delivered', 'reported')"
                f" AND {_NOBODYS_FAVOURITE}",
                now - self.history_kept,
                # What waited for its person for so long, and never was brought, costs nothing.
                then=partial(books.release_orphans, now=now),
            ),
            "updates": await self._delete(
                "updates", "seq", "received_at < ? AND state <> 'new'", now - _UPDATES_KEPT
            ),
            "albums": await self._delete(
                "albums", "chat, album", "changed_at < ? AND due_at IS NULL", now - _ALBUMS_KEPT
            ),
            "questions": await self._delete(
                "questions", "id", "asked_at < ?", now - _QUESTIONS_KEPT
            ),
            "days": await Ledger(self.database).sweep(now),
            "purchases": await self._delete("purchases", "charge", "at < ?", now - _PURCHASES_KEPT),
            "told": await self._delete(
                "told", "chat, person, barrier", "told_at < ?", now - _TOLD_KEPT
            ),
            "taps": await self._delete("taps", "person, button", "at < ?", now - _TAPS_KEPT),
            "searches": await self._delete(
                "searches", "person, name", "made_at < ?", now - self.history_kept
            ),
            "proofs": await self._delete("proofs", "proof", "until < ?", now),
            "pace": await self._delete_pace(now),
            "broadcasts": await self._delete(
                "broadcasts", "id", "made_at < ? AND state <> 'running'", now - self.history_kept
            ),
            # What is forgotten here is learned again from the next refusal.
            "chats": await self._delete("chats", "id", "changed_at < ?", now - self.history_kept),
        }

    async def _delete_pace(self, now: datetime) -> int:
        # Where there is one process only, nothing stands there.
        if self.database.pace is None:
            return 0
        latest = "CASE WHEN paused_until > seen_at THEN paused_until ELSE seen_at END"
        return await self._delete("pace", "key", f"{latest} < ?", now - _PACE_KEPT)

    async def _unseen(self) -> frozenset[str]:
        """Files that are still to be brought to somebody."""
        rows = await self.database.read(
            "SELECT pictures.file FROM pictures JOIN tasks ON tasks.id = pictures.task"
            " WHERE pictures.state = 'stored' AND json_extract(pictures.body, '$.message') IS NULL"
            " AND tasks.state <> 'delivered'"
        )
        return frozenset(row["file"] for row in rows)

    async def _delete(
        self,
        table: str,
        key: str,
        old: str,
        before: datetime,
        *,
        then: Callable[[Connection], None] | None = None,
    ) -> int:
        sql = (
            f"DELETE FROM {table} WHERE ({key}) IN"  # noqa: S608 - our own words
            f" (SELECT {key} FROM {table} WHERE {old} LIMIT {_ROWS_AT_ONCE})"
        )

        def work(connection: Connection) -> int:
            deleted = connection.execute(sql, [before.timestamp()]).rowcount
            if then:
                then(connection)
            return deleted

        return await self.database.write(work)
