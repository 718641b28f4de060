"""The watchman: troubles operators are told of, once when they begin and once when they are over.

Every minute or so they look at what can be seen; what they decide is pure. While the account at
the generator is nearly empty they also let nobody begin anything new.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.access import SwitchStore
from bot.errors import Failure, Reason, Transient
from bot.statistics import Report, Snapshot, Statistics
from bot.watching import Look

log = logging.getLogger(__name__)

T = TypeVar("T")

EVERY = timedelta(minutes=1)
_WITHIN = 10.0


class Alarm(StrEnum):
    """What operators are told of. The values are stored."""

    LOW = "balance low"
    PAUSED = "paused"
    WEBHOOK = "webhook"
    FAILURES = "failures"
    SILENCE = "silence"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on it is a trouble. `credits` are those left at the generator, 0: never mind.

    Below a fifth of them nothing new is begun. `failed` is a share of at least `ended` tasks of
    the last `period`; `silence` is how long nothing may be delivered while somebody waits.
    """

    credits: float = 100
    failed: float = 0.5
    ended: int = 6
    period: timedelta = timedelta(minutes=30)
    silence: timedelta = timedelta(minutes=20)
    webhook: timedelta = timedelta(minutes=5)
    free: int = 500_000_000

    @property
    def reserve(self) -> float:
        return self.credits / 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Telegram's last trouble with calling us; `at` is None where there was none."""

    error: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What can be seen at one moment; None is what cannot.

    `lately` is the report of the last period, `quiet` how long nothing was delivered.
    """

    now: datetime
    credits: float | None = None
    hook: Hook | None = None
    lately: Report | None = None
    snapshot: Snapshot | None = None
    quiet: timedelta = timedelta()
    free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One trouble that has begun, or is over. `amount` and `words` say how bad it is."""

    alarm: Alarm
    over: bool
    amount: float = 0
    words: str = ""


# Tasks that end like this tell something about us, not about what people ask for.
_OURS = (
    *(Reason.OVERLOADED, Reason.MAINTENANCE, Reason.NO_CREDITS, Reason.NO_ACCESS),
    *(Reason.GENERATOR_FAILED, Reason.BAD_RESULT, Reason.TIMEOUT, Reason.INTERNAL),
)

Finding = tuple[bool, float, str]


def findings(seen: Sighting, limits: Limits) -> Mapping[Alarm, Finding]:
    """Of each trouble that can be judged now: whether there is one, and how bad it is."""
    found: dict[Alarm, Finding] = {}
    if seen.credits is not None:
        found[Alarm.LOW] = (seen.credits < limits.credits, seen.credits, "")
        found[Alarm.PAUSED] = (seen.credits < limits.reserve, seen.credits, "")
    if seen.hook is not None:
        at = seen.hook.at
        failing = at is not None and seen.now - at < limits.webhook
        found[Alarm.WEBHOOK] = (failing, 0, seen.hook.error)
    if seen.lately is not None:
        found[Alarm.FAILURES] = _failures(seen.lately, limits)
    if seen.snapshot is not None:
        oldest = seen.snapshot.oldest
        waits = oldest is not None and seen.now - oldest > limits.silence
        minutes = seen.quiet / timedelta(minutes=1)
        found[Alarm.SILENCE] = (waits and seen.quiet > limits.silence, minutes, "")
    if seen.free is not None:
        found[Alarm.DISK] = (seen.free < limits.free, seen.free, "")
    return found


def news(found: Mapping[Alarm, Finding], known: frozenset[Alarm]) -> list[News]:
    """What operators have not been told yet."""
    return [
        News(alarm=alarm, over=not bad, amount=amount, words=words)
        for alarm, (bad, amount, words) in found.items()
        if bad != (alarm in known)
    ]


def _failures(lately: Report, limits: Limits) -> Finding:
    ended = sum(lately.endings.values())
    ours = {why: count for why in _OURS if (count := lately.endings.get(why.value, 0))}
    failed = sum(ours.values())
    named = ", ".join(f"{why.value} {count}" for why, count in ours.items())
    return ended >= limits.ended and failed >= limits.failed * ended, failed, named


class Alarms(Protocol):
    """On disk: of which troubles operators know. Raises Transient."""

    async def known(self) -> frozenset[Alarm]: ...

    async def note(self, alarm: Alarm, *, over: bool, now: datetime) -> None: ...


class Bell(Protocol):
    """Tells all operators. Raises Transient when none could be told and it may work later."""

    async def ring(self, one: News) -> None: ...


@dataclass(slots=True, kw_only=True)
class Watchman:
    """`balance` asks the generator, `hook` Telegram for its last trouble with our webhook, `look`
    how things stand. What cannot be seen is looked at next time. Nothing is remembered from one
    round to the next: another process may have made one in between.
    """

    limits: Limits
    statistics: Statistics
    look: Callable[[], Awaitable[Look | None]]
    balance: Callable[[], Awaitable[float]]
    hook: Callable[[], Awaitable[Hook]]
    switches: SwitchStore
    alarms: Alarms
    bell: Bell
    clock: Callable[[], datetime]
    every: timedelta = EVERY
    _began: datetime = field(init=False)
    # What operators have been told and could not be written down.
    _owed: dict[Alarm, bool] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _at_work: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        # While nobody was there nothing can have been delivered.
        self._began = self.clock()

    async def run(self) -> None:
        """Watch until `stop` is called."""
        while not await self._told_to_stop():
            try:
                async with self._at_work:
                    await self.round()
            except Transient as failure:
                log.warning("round not finished", extra={"detail": str(failure)})

    async def stop(self, *, within: float) -> None:
        """Let a round that has begun end: whoever was told is then noted."""
        self._stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._at_work:
                pass

    async def _told_to_stop(self) -> bool:
        """Waits until it is time for the next round."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.every.total_seconds()):
                await self._stopping.wait()
        return self._stopping.is_set()

    async def round(self) -> None:
        """Look once, and tell what is new. Raises Transient."""
        # First of all: what was told once is not told again.
        await self._note()
        known = await self.alarms.known()
        fresh = news(findings(await self._see(), self.limits), known)
        for one in fresh:
            if one.alarm is Alarm.PAUSED:
                # First of all: this helps even where nobody can be told.
                why = None if one.over else "balance"
                await self.switches.change({"paused": why}, self.clock())
        for one in fresh:
            about = {"what": one.alarm.value, "over": one.over, "detail": one.words}
            log.warning("operators are told", extra=about)
            await self.bell.ring(one)
            self._owed[one.alarm] = one.over
            await self._note()

    async def _note(self) -> None:
        for alarm, over in list(self._owed.items()):
            await self.alarms.note(alarm, over=over, now=self.clock())
            del self._owed[alarm]

    async def _see(self) -> Sighting:
        now = self.clock()
        look = await self.look()
        delivered_at = look.snapshot.delivered_at if look else None
        return Sighting(
            now=now,
            credits=await _seen(self.balance()),
            hook=await _seen(self.hook()),
            lately=await _seen(self.statistics.report(now - self.limits.period, now)),
            snapshot=look.snapshot if look else None,
            quiet=now - max(self._began, delivered_at or self._began),
            free=look.room.free if look else None,
        )


async def _seen(asking: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(_WITHIN):
            return await asking
    except (Failure, TimeoutError) as failure:
        log.info("not seen", extra={"detail": repr(failure)})
        return None
