"""Who pays how much: prices, purses, and what becomes of what is reserved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import models
from bot.credits import (
    Allowances,
    NotEnough,
    Outcome,
    PriceList,
    daily,
    divide,
    lasting,
    next_day,
    outcome,
    outcome_when_gone,
)
from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.origin import Origin
from bot.prompt import Order
from bot.task import ELSEWHERE, Picture, Task, new_task

NOW = datetime(2030, 1, 1, 23, 30, tzinfo=UTC)
ORDER = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)


@pytest.mark.parametrize("key", models.CATALOGUE)
def test_a_picture_costs_what_the_generator_takes(key):
    for size, credits_ in models.CATALOGUE[key].credits.items():
        assert PriceList().of(key, size) == credits_


def test_an_own_price_counts_and_that_of_a_size_counts_more():
    prices = PriceList({"2": 10, "2:4k": 30, "lite": 0})
    assert [prices.of("2", size) for size in ("1k", "2k", "4k")] == [10, 10, 30]
    assert prices.of("lite", "1k") == 0
    assert prices.of("pro", "4k") == 24
    assert prices.of_order(replace(ORDER, size="4k")) == 30


@pytest.mark.parametrize(
    ("origin", "accounts"),
    [
        (Origin(chat=7, message=1, person=7), ["day:7:2030-01-01", "own:7"]),
        (
            Origin(chat=-100, message=1, person=7, private=False),
            ["day:7:2030-01-01", "pool:-100:2030-01-01", "own:-100", "own:7"],
        ),
        # An anonymous admin is the group itself, and has no day of their own.
        (
            Origin(chat=-100, message=1, person=-100, private=False),
            ["day:-100:2030-01-01", "pool:-100:2030-01-01", "own:-100"],
        ),
    ],
)
def test_what_is_free_is_spent_first_and_ones_own_last(origin, accounts):
    purses = Allowances(person=40, group=9).purses(origin, NOW)
    assert [one.account for one in purses] == accounts
    assert all((one.daily is None) == one.account.startswith("own:") for one in purses)


def test_whoever_writes_as_a_group_or_channel_has_no_credits_of_their_own():
    allowances = Allowances(person=40, group=9, own={-200: 70, -300: None})
    assert [allowances.of(one) for one in (7, -100, -200, -300)] == [40, 0, 70, None]
    assert Allowances(person=None).of(-100) is None
    masked = Origin(chat=-100, message=1, person=-500, private=False)
    assert [one.daily for one in allowances.purses(masked, NOW)] == [0, 9, None, None]


def test_a_day_is_one_of_utc():
    there = NOW.astimezone(timezone(timedelta(hours=8)))
    assert daily(7, there) == "day:7:2030-01-01"
    assert next_day(there) == datetime(2030, 1, 2, tzinfo=UTC)
    assert lasting(-100) == "own:-100"


@given(st.integers(0, 50), st.integers(1, 40), st.lists(st.integers(0, 500), max_size=4))
def test_every_picture_is_paid_in_full_or_none_is(price, pictures, balances):
    if price * pictures > sum(balances):
        with pytest.raises(NotEnough) as error:
            divide(price, pictures, balances)
        assert (error.value.needed, error.value.left) == (price * pictures, sum(balances))
        return
    shares = divide(price, pictures, balances)
    assert [sum(share) for share in shares] == [price] * pictures
    spent = [sum(share[number] for share in shares) for number in range(len(balances))]
    assert all(0 <= paid <= held for paid, held in zip(spent, balances, strict=True))
    # A purse is opened only when those before it are empty.
    for number, paid in enumerate(spent[1:], start=1):
        assert paid == 0 or spent[:number] == balances[:number]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        *[({"state": one}, None) for one in PictureState if one is not PictureState.FAILED],
        ({"state": PictureState.FAILED, "reason": Reason.TIMEOUT}, Outcome.RELEASE),
        ({"state": PictureState.STORED, "message": 5}, Outcome.COMMIT),
        ({"state": PictureState.STORED, "message": ELSEWHERE}, Outcome.COMMIT),
        # It was looked at in the gallery.
        ({"state": PictureState.STORED, "file_id": "f"}, Outcome.COMMIT),
        ({"state": PictureState.STORED, "message": 5, "deleted": True}, Outcome.COMMIT),
        ({"state": PictureState.STORED, "deleted": True}, Outcome.RELEASE),
    ],
)
def test_only_a_picture_that_was_brought_is_paid(changes, expected):
    picture = Picture(id="p", number=1, **changes)
    assert outcome(asked(picture, state=TaskState.REPORTED), picture) is expected


def asked(picture: Picture, **changes) -> Task:
    task = new_task(key="k", origin=Origin(chat=7, message=1, person=7), order=ORDER, now=NOW)
    return replace(task, pictures=(picture,), **changes)


CANCELLED = {"state": TaskState.REPORTED, "cancelled": "press:1"}


@pytest.mark.parametrize(
    ("of_task", "state", "expected"),
    [
        # It could not be brought, and that is not their doing.
        ({"state": TaskState.REPORTED}, PictureState.STORED, Outcome.RELEASE),
        (CANCELLED, PictureState.STORED, Outcome.COMMIT),
        # They go while it is drawn.
        *[
            ({"state": TaskState.WORKING, "cancelled": by}, state, Outcome.COMMIT)
            for by in (None, "press:1")
            for state in PictureState
            if state not in (PictureState.CREATED, PictureState.FAILED)
        ],
        *[
            (of_task, state, Outcome.RELEASE)
            for of_task in ({"state": TaskState.WORKING}, CANCELLED)
            for state in (PictureState.CREATED, PictureState.FAILED)
        ],
    ],
)
def test_what_was_drawn_and_is_not_wanted_any_more_is_paid(of_task, state, expected):
    picture = Picture(id="p", number=1, state=state)
    assert outcome_when_gone(asked(picture, **of_task), picture) is expected
    if state is PictureState.STORED:
        deleted = replace(picture, deleted=True)
        assert outcome(asked(deleted, **of_task), deleted) is expected
