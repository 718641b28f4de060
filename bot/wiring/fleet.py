"""One process among many, put together: what it calls out, and what its workers do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from bot.carrying import Carrying
from bot.fleet.calling import Calling
from bot.fleet.crew import Crew
from bot.fleet.errands import Due, Errand, Kind, Rhythm, Round
from bot.fleet.jobs import Jobs
from bot.telegram.turns import Turns
from bot.wiring import House
from bot.wiring.means import Calls

# The errands there is only one of.
_ALL = "all"
_CALLED_WITHIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a process has that has joined the others."""

    jobs: Jobs
    calling: Calling
    rhythm: Rhythm

    def ours(self) -> bool:
        """Whether the errand that is being done is still this process's to do."""
        return self.jobs.ours(self.rhythm.silent)

    @property
    def calls(self) -> Calls:
        call = self.calling.call
        return Calls(
            task=partial(call, Kind.TASK),
            inbox=partial(call, Kind.INBOX),
            album=partial(call, Kind.ALBUM),
            notices=lambda person: call(Kind.NOTICES, str(person)),
            line=partial(call, Kind.LINE, _ALL),
            broadcast=partial(call, Kind.BROADCAST, _ALL),
        )


@asynccontextmanager
async def joined(address: Mapping[str, Any], rhythm: Rhythm | None) -> AsyncIterator[Joined]:
    """`address` is that of the database."""
    async with Jobs.opened(address) as jobs:
        yield Joined(jobs=jobs, calling=Calling(jobs), rhythm=rhythm or Rhythm())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The work of one process among many. Without a crew it only calls out what is to be done."""

    house: House
    joined: Joined
    crew: Crew | None

    def loops(self) -> list[Coroutine[None, None, None]]:
        calling = self.joined.calling.run()
        return [calling, self.crew.run()] if self.crew else [calling]

    async def stop(self) -> None:
        """Take nothing new; what is under way may finish, within bounds."""
        await self.house.inbox.stop(within=_CALLED_WITHIN)
        if self.crew:
            await self.crew.stop()
        await self.joined.calling.stop(within=_CALLED_WITHIN)


def fleet_of(house: House, joined: Joined, *, concurrency: int | None) -> Fleet:
    """`concurrency` is how many errands are done here at the same time, None: not any."""
    crew = concurrency and Crew(
        jobs=joined.jobs,
        calling=joined.calling,
        errands=_errands(house),
        rounds=_rounds(house),
        clock=house.clock,
        concurrency=concurrency,
        rhythm=joined.rhythm,
    )
    house.watch.works = bool(crew)
    return Fleet(house=house, joined=joined, crew=crew or None)


def _errands(house: House) -> list[Errand]:
    waiting, clock = house.sweeping, house.clock
    carrying = Carrying(pipeline=house.pipeline, clock=clock)
    turns = Turns(house.inbox.updates, house.inbox.handling, clock)

    async def tell(person: str) -> datetime | None:
        return await house.notifying.tell(int(person))

    async def admit(_all: str) -> None:
        await house.line.admit()

    async def in_line(until: datetime) -> Due:
        return [(_ALL, until)] if await house.line.queue.length() else []

    async def broadcast(_all: str) -> datetime | None:
        return clock() if await house.broadcasting.send_some() else None

    async def broadcasts(until: datetime) -> Due:
        return [(_ALL, until)] if await house.broadcasting.broadcasts.running() else []

    return [
        Errand(kind=Kind.TASK, do=carrying.carry_far, waiting=waiting.tasks),
        Errand(kind=Kind.INBOX, do=turns.take, waiting=waiting.queues),
        Errand(kind=Kind.ALBUM, do=house.albums.settle, waiting=waiting.albums),
        Errand(kind=Kind.NOTICES, do=tell, waiting=waiting.notices),
        Errand(kind=Kind.LINE, do=admit, waiting=_now(in_line, clock)),
        Errand(kind=Kind.BROADCAST, do=broadcast, waiting=_now(broadcasts, clock)),
    ]


def _now(
    asking: Callable[[datetime], Awaitable[Due]], clock: Callable[[], datetime]
) -> Callable[[datetime], Awaitable[Due]]:
    """Those that are there are due."""
    return lambda _until: asking(clock())


def _rounds(house: House) -> list[Round]:
    return [
        Round(name="retention", do=lambda: house.retention.sweep(house.clock()), cron="7 * * * *"),
        Round(name="payments", do=house.reconciling.once, cron="23 */6 * * *"),
        Round(name="watchman", do=house.watchman.round, cron="* * * * *"),
    ]
