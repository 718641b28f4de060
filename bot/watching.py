"""Looking at the bot while it runs: how things stand, and since when something is wrong.

A look costs the disk a little and is kept for some seconds, however many ask for it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.credits import Books
from bot.errors import Failure, Reason, Transient
from bot.listening import listening
from bot.readiness import Signs, Wrong, wrong
from bot.statistics import Snapshot, Statistics

log = logging.getLogger(__name__)

LOOK_KEPT = 5.0
_LOOK_WITHIN = 5.0
_WRITE_WITHIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is left on the disk and what the database takes of it, in bytes."""

    free: int
    database: int


class Disk(Protocol):
    """Raises Transient when it is in trouble."""

    async def room(self) -> Room: ...

    async def try_writing(self) -> None:
        """Write to the database, and leave it as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How things stood at `at`; `credits` as in `Books.totals`."""

    at: datetime
    snapshot: Snapshot
    room: Room
    credits: Mapping[str, int]


class Pulse(logging.Handler):
    """When which event was last told of, by a clock that never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(logging.DEBUG)
        self._clock = clock
        self._began = clock()
        self._last: dict[str, float] = {}
        # Since when Telegram has not answered any call.
        self.silent_since: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        now = self._clock()
        self._last[str(record.msg)] = now
        if record.msg == "telegram call" and hasattr(record, "result"):
            if record.result not in ("no answer", "timeout", "server error", "cancelled"):
                self.silent_since = None
            elif self.silent_since is None and record.result != "cancelled":
                self.silent_since = now

    def since(self, *events: str) -> float:
        """Seconds since one of these, or since the beginning."""
        return self._clock() - max(self._last.get(event, self._began) for event in events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Seconds between two looks, two tries to write and two questions for our balance. `silence`:
    where nobody calls Telegram for so long, we ask whether it is still there.
    """

    look: float = 10.0
    write: float = 30.0
    silence: float = 30.0
    first_balance: float = 15.0
    balance: float = 600.0


@dataclass(slots=True, kw_only=True)
class Watch:
    """`balance` asks the generator for our credits, `call` Telegram for anything at all;
    `put_off` is how many updates wait on purpose. `works`: updates are handled and tasks moved
    here; where others do, it is theirs to say that it stands still.
    """

    statistics: Statistics
    books: Books
    disk: Disk
    balance: Callable[[], Awaitable[float]]
    call: Callable[[], Awaitable[object]]
    put_off: Callable[[], int]
    works: bool = True
    clock: Callable[[], datetime]
    ticks: Callable[[], float] = time.monotonic
    rhythm: Rhythm = field(default_factory=Rhythm)
    credits_left: float | None = None
    wrong: list[Wrong] = field(default_factory=list)
    _last: Look | None = None
    _looked: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _unwritable_since: float | None = None
    _line_stands_since: float | None = None

    async def look(self) -> Look | None:
        """How things stand, as of a few seconds ago. None while that cannot be read."""
        async with self._looking:
            if self.ticks() - self._looked < LOOK_KEPT:
                return self._last
            self._looked = self.ticks()
            try:
                async with asyncio.timeout(_LOOK_WITHIN):
                    snapshot, room = await self.statistics.snapshot(), await self.disk.room()
                    totals = await self.books.totals()
            except (Transient, TimeoutError) as failure:
                log.warning("cannot see how things stand", extra={"detail": repr(failure)})
                self._last = None
            else:
                self._last = Look(at=self.clock(), snapshot=snapshot, room=room, credits=totals)
            return self._last

    async def run(self) -> None:
        """Watch until cancelled."""
        pulse, rhythm = Pulse(self.ticks), self.rhythm
        with listening(pulse):
            async with asyncio.TaskGroup() as group:
                group.create_task(_every(rhythm.look, lambda: self._judge(pulse)))
                group.create_task(_every(rhythm.write, self._try_writing))
                group.create_task(_every(rhythm.silence, lambda: self._try_calling(pulse)))
                asking = _every(rhythm.balance, self._ask_balance, first=rhythm.first_balance)
                group.create_task(asking)

    async def _judge(self, pulse: Pulse) -> None:
        now = wrong(self.signs(pulse, await self.look()))
        for one in now:
            if one.what not in [known.what for known in self.wrong]:
                log.error("something is wrong", extra={"what": one.what, "detail": one.detail})
        for known in self.wrong:
            if known.what not in [one.what for one in now]:
                log.info("right again", extra={"what": known.what})
        self.wrong = now

    def signs(self, pulse: Pulse, look: Look | None) -> Signs:
        """What can be seen, as lengths of time."""
        stands = look is not None and look.snapshot.in_line and not look.snapshot.at_generator
        if not stands:
            self._line_stands_since = None
        elif self._line_stands_since is None:
            self._line_stands_since = self.ticks()
        here = Signs(
            telegram_away=self._for(pulse.silent_since),
            unwritable=self._for(self._unwritable_since),
        )
        if not self.works:
            return here
        return replace(
            here,
            update_waits=self._age(look.snapshot.oldest_update) if look else None,
            handled=pulse.since("update handled", "update put off"),
            put_off=self.put_off(),
            overdue=self._age(look.snapshot.overdue) if look else None,
            moved=pulse.since("moved"),
            line_stands=self._for(self._line_stands_since),
        )

    async def _try_writing(self) -> None:
        try:
            async with asyncio.timeout(_WRITE_WITHIN):
                await self.disk.try_writing()
        except (Transient, TimeoutError) as failure:
            log.warning("cannot write to the database", extra={"detail": repr(failure)})
            if self._unwritable_since is None:
                self._unwritable_since = self.ticks()
        else:
            self._unwritable_since = None

    async def _try_calling(self, pulse: Pulse) -> None:
        if pulse.since("telegram call") > self.rhythm.silence or pulse.silent_since is not None:
            await self.call()

    async def _ask_balance(self) -> None:
        try:
            self.credits_left = await self.balance()
        except Failure as failure:
            log.info("balance not known", extra={"detail": failure.detail})
            if failure.reason is Reason.NO_ACCESS:
                self.credits_left = None

    def _for(self, since: float | None) -> float | None:
        return None if since is None else self.ticks() - since

    def _age(self, moment: datetime | None) -> float | None:
        return None if moment is None else (self.clock() - moment) / timedelta(seconds=1)


async def _every(
    seconds: float, watch: Callable[[], Awaitable[None]], *, first: float | None = None
) -> None:
    await asyncio.sleep(seconds if first is None else first)
    while True:
        try:
            await watch()
        except Exception:
            # Whoever only watches must not end the bot.
            log.exception("watching broke")
        await asyncio.sleep(seconds)
