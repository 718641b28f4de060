"""A process of a fleet that does nothing but its jobs, as far as the database can tell."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from bot.fleet.calling import Calling
from bot.fleet.crew import Crew
from bot.fleet.errands import Due, Errand, Kind, Rhythm, Round
from bot.fleet.jobs import Jobs

BRISK = Rhythm(look=0.05, sweep=1, beat=0.2, silent=1.0)


def now() -> datetime:
    return datetime.now(UTC)


def waiting(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT lock, scheduled_at IS NOT NULL, status::text FROM procrastinate_jobs ORDER BY id"
        ).fetchall()


def listening(url: str) -> int:
    """How many connections wait for calls."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN %procrastinate%'"
    )
    with psycopg.connect(url) as connection:
        ((count,),) = connection.execute(sql).fetchall()
    return int(count)


class Desk:
    """Keeps what was done; `again` says when it is due once more, `breaks` what it raises."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.at_once = 0
        self.most = 0
        self.cut_off = 0
        self.again: dict[str, list[datetime]] = {}
        self.breaks: list[Exception] = []
        self.left: Due = []
        self.hold: asyncio.Event | None = None

    async def do(self, key: str) -> datetime | None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(0)
            if self.hold:
                await self.hold.wait()
            if self.breaks:
                raise self.breaks.pop()
            self.done.append(key)
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        finally:
            self.at_once -= 1
        left = self.again.get(key)
        return left.pop(0) if left else None

    async def waiting(self, until: datetime) -> Due:
        return [(key, due) for key, due in self.left if due <= until and key not in self.done]


class Office:
    def __init__(
        self,
        jobs: Jobs,
        desk: Desk,
        rounds: Sequence[Round] = (),
        *,
        rhythm: Rhythm = BRISK,
    ) -> None:
        errand = Errand(kind=Kind.TASK, do=desk.do, waiting=desk.waiting)
        self.calling = Calling(jobs)
        self.crew = Crew(
            jobs=jobs,
            calling=self.calling,
            errands=[errand],
            rounds=rounds,
            clock=now,
            concurrency=8,
            rhythm=rhythm,
        )

    async def __aenter__(self) -> "Office":
        self._running = [
            asyncio.create_task(self.calling.run()),
            asyncio.create_task(self.crew.run()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crew.stop()
        self._running[0].cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
