"""What the watchman decides: from when on something is a trouble, and who has been told of it."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.life import PictureState, TaskState
from bot.statistics import Report, Snapshot
from bot.watchman import Alarm, Hook, Limits, News, Sighting, findings, news

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
