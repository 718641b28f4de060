"""What the watchman decides: from when on something is a trouble, and who has been told of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.errors import Reason, Transient
from bot.life import PictureState, TaskState
from bot.statistics import Report, Snapshot
from bot.watchman import Alarm, Hook, Limits, News, Sighting, Watchman, findings, news

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
LIMITS = Limits(credits=100)


def report(**endings: int) -> Report:
    return Report(
        since=NOW - LIMITS.period,
        until=NOW,
        tasks=sum(endings.values()),
        pictures=0,
        drawn=0,
        delivered=0,
        heard=0,
        endings=endings,
        failures={},
        models={},
    )


def snapshot(oldest: timedelta | None) -> Snapshot:
    return Snapshot(
        tasks=dict.fromkeys(TaskState, 0),
        pictures=dict.fromkeys(PictureState, 0),
        in_line=0,
        at_generator=0,
        undelivered=0,
        oldest=None if oldest is None else NOW - oldest,
        overdue=None,
        updates_waiting=0,
        updates_parked=0,
        oldest_update=None,
    )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hook(age: timedelta) -> Hook:
    return Hook(error="Connection refused", at=NOW - age)


QUIET = {"quiet": minutes(25)}


@pytest.mark.parametrize(
    ("seen", "alarms"),
    [
        ({}, set()),
        ({"credits": 100.0}, set()),
        ({"credits": 99.9}, {Alarm.LOW}),
        ({"credits": 20.0}, {Alarm.LOW}),
        ({"credits": 19.9}, {Alarm.LOW, Alarm.PAUSED}),
        ({"hook": Hook()}, set()),
        ({"hook": hook(minutes(4))}, {Alarm.WEBHOOK}),
        # Telegram remembers its last trouble for ever.
        ({"hook": hook(minutes(6))}, set()),
        ({"lately": report(delivered=3, timeout=3)}, {Alarm.FAILURES}),
        ({"lately": report(delivered=4, timeout=3)}, set()),
        # Too few to say anything.
        ({"lately": report(timeout=5)}, set()),
        # People may ask for what is refused, and change their minds.
        ({"lately": report(filtered=9, prompt_refused=9, cancelled=9, undeliverable=9)}, set()),
        ({"snapshot": snapshot(minutes(25)), **QUIET}, {Alarm.SILENCE}),
        ({"snapshot": snapshot(minutes(25)), "quiet": minutes(3)}, set()),
        ({"snapshot": snapshot(minutes(3)), **QUIET}, set()),
        ({"snapshot": snapshot(None), **QUIET}, set()),
        ({"free": 499_000_000}, {Alarm.DISK}),
        ({"free": 500_000_000}, set()),
    ],
)
def test_from_when_on_it_is_a_trouble(seen, alarms):
    found = findings(Sighting(now=NOW, **seen), LIMITS)
    assert {alarm for alarm, (bad, _, _) in found.items() if bad} == alarms


def test_what_cannot_be_seen_is_neither_begun_nor_over():
    assert findings(Sighting(now=NOW), LIMITS) == {}
    assert news({}, frozenset(Alarm)) == []


def test_zero_credits_means_never_mind():
    found = findings(Sighting(now=NOW, credits=0), Limits(credits=0))
    assert not any(bad for bad, _, _ in found.values())


def test_each_is_told_once_when_it_begins_and_once_when_it_is_over():
    bad, good = {Alarm.LOW: (True, 60.0, "")}, {Alarm.LOW: (False, 300.0, "")}
    begun = News(alarm=Alarm.LOW, over=False, amount=60.0)
    over = News(alarm=Alarm.LOW, over=True, amount=300.0)
    assert news(bad, frozenset()) == [begun]
    assert news(bad, frozenset({Alarm.LOW})) == []
    assert news(good, frozenset({Alarm.LOW})) == [over]
    assert news(good, frozenset()) == []


# --- rounds, of which each may be another process's -------------------------------------------


class Tower:
    """What all watchmen see and share; each of them is another process."""

    def __init__(self) -> None:
        self.now = NOW
        self.credits = 1_000.0
        self.snapshot = snapshot(None)
        self.noted: set[Alarm] = set()
        self.rung: list[tuple[Alarm, bool]] = []
        self.full = False

    def watchman(self) -> Watchman:
        """One more, which begins now."""
        return Watchman(
            limits=LIMITS,
            statistics=self,
            look=self.look,
            balance=self.balance,
            hook=self.hook,
            switches=self,
            alarms=self,
            bell=self,
            clock=lambda: self.now,
        )

    async def look(self):
        return SimpleNamespace(snapshot=self.snapshot, room=SimpleNamespace(free=10**12))

    async def report(self, _since, _until):
        return report()

    async def balance(self):
        return self.credits

    async def hook(self):
        return Hook()

    async def change(self, _fields, _now):
        return None

    async def known(self):
        return frozenset(self.noted)

    async def note(self, alarm, *, over, now):
        if self.full:
            raise Transient(Reason.INTERNAL, "database: full")
        (self.noted.discard if over else self.noted.add)(alarm)

    async def ring(self, one):
        self.rung.append((one.alarm, one.over))


@pytest.fixture
def tower() -> Tower:
    return Tower()


async def test_what_one_has_told_no_other_tells_again(tower: Tower):
    one, other = tower.watchman(), tower.watchman()
    for tower.credits in (50.0, 300.0, 40.0):
        for watchman in (one, other, one, other):
            await watchman.round()
    assert tower.rung == [(Alarm.LOW, False), (Alarm.LOW, True), (Alarm.LOW, False)]


async def test_what_was_told_and_not_written_down_is_told_once(tower: Tower):
    watchman, tower.credits, tower.full = tower.watchman(), 50.0, True
    for _ in range(3):
        with pytest.raises(Transient):
            await watchman.round()
    tower.full = False
    await watchman.round()
    assert tower.rung == [(Alarm.LOW, False)]
    assert tower.noted == {Alarm.LOW}


async def test_it_is_not_silent_while_another_process_delivers(tower: Tower):
    watchman = tower.watchman()
    for _ in range(6):
        tower.now += minutes(15)
        waiting = snapshot(timedelta())
        since = {"oldest": tower.now - minutes(40), "delivered_at": tower.now - minutes(5)}
        tower.snapshot = replace(waiting, **since)
        await watchman.round()
    assert tower.rung == []
    tower.now += minutes(18)
    await watchman.round()
    assert tower.rung == [(Alarm.SILENCE, False)]


async def test_what_was_silent_before_it_began_is_no_trouble_yet(tower: Tower):
    tower.snapshot = replace(snapshot(minutes(600)), delivered_at=NOW - minutes(600))
    watchman = tower.watchman()
    await watchman.round()
    tower.now += minutes(19)
    await watchman.round()
    assert tower.rung == []
    tower.now += minutes(2)
    await watchman.round()
    assert tower.rung == [(Alarm.SILENCE, False)]
