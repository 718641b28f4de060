"""A second tap within seconds is the same wish; the same press handled again is no second tap."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.telegram.presses import Taps
from tests.telegram.conftest import NOW


class Hand:
    def __init__(self) -> None:
        self.now = NOW
        self.taps = Taps(lambda: self.now)

    def tap(self, press: str, *, data: str = "info:1", person: int = 5, after: float = 0) -> bool:
        self.now += timedelta(seconds=after)
        query = SimpleNamespace(id=press, data=data, from_user=SimpleNamespace(id=person))
        return self.taps.is_first(query)


@pytest.mark.parametrize(
    ("second", "counts"),
    [
        ({"press": "2"}, False),
        ({"press": "1"}, True),
        ({"press": "2", "after": 9}, False),
        ({"press": "2", "after": 10}, True),
        ({"press": "2", "person": 6}, True),
        ({"press": "2", "data": "info:2"}, True),
    ],
)
def test_which_second_tap_counts(second, counts):
    hand = Hand()
    assert hand.tap("1")
    assert hand.tap(**second) is counts


def test_what_is_remembered_is_bounded():
    hand = Hand()
    assert all(hand.tap("1", data=f"info:{number}") for number in range(2_000))
    assert len(hand.taps._lately) == 1_000
