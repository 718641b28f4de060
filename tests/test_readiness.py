"""What is wrong with a bot that runs: only what lasts."""

import pytest

from bot import readiness
from bot.readiness import NAMES, Signs, wrong

LONG, SHORT = 3600.0, 20.0


def names(signs: Signs) -> list[str]:
    return [one.what for one in wrong(signs)]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (Signs(), []),
        (Signs(telegram_away=SHORT), []),
        (Signs(telegram_away=LONG), ["telegram"]),
        (Signs(unwritable=SHORT), []),
        (Signs(unwritable=LONG), ["database"]),
        (Signs(update_waits=SHORT, handled=LONG), []),
        (Signs(update_waits=LONG, handled=SHORT), []),
        (Signs(update_waits=LONG, handled=LONG), ["inbox"]),
        # It waits for Telegram, or for the disk, and says so in the log.
        (Signs(update_waits=LONG, handled=LONG, put_off=1), []),
        (Signs(overdue=SHORT, moved=LONG), []),
        (Signs(overdue=LONG, moved=SHORT), []),
        (Signs(overdue=LONG, moved=LONG), ["worker"]),
        (Signs(overdue=-LONG, moved=LONG), []),
        (Signs(line_stands=SHORT), []),
        (Signs(line_stands=LONG), ["line"]),
        # An idle bot: nothing waits, nothing moves.
        (Signs(handled=LONG, moved=LONG), []),
    ],
)
def test_what_is_wrong_is_what_has_lasted(signs: Signs, expected: list[str]) -> None:
    assert names(signs) == expected


def test_everything_that_is_wrong_is_said_in_words_with_a_time() -> None:
    everything = Signs(
        telegram_away=100,
        unwritable=LONG,
        update_waits=LONG,
        handled=LONG,
        overdue=LONG,
        moved=LONG,
        line_stands=LONG,
    )
    assert tuple(names(everything)) == NAMES
    said = {one.what: one.detail for one in wrong(everything)}
    assert said["telegram"] == "Telegram has not answered for 100 seconds"
    assert said["database"] == "the database could not be written for 60 minutes"


def test_no_hiccup_of_half_a_minute_is_trouble() -> None:
    limits = [getattr(readiness, name) for name in dir(readiness) if name.isupper()]
    assert min(one for one in limits if isinstance(one, float)) > 30
