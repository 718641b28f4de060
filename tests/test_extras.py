"""What of a log record may leave this machine."""

import logging

from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Reason
from bot.extras import number, told


def record(**extras: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": "failed", **extras})


def test_ids_names_and_numbers_are_told_and_what_others_say_is_not() -> None:
    one = record(task="a1", reason=Reason.TIMEOUT, tries=2, detail="a red fox", move="x", chat=7)
    assert told(one) == {"task": "a1", "reason": "timeout", "tries": 2}
    assert type(told(one)["reason"]) is str


def test_what_is_not_there_is_not_told() -> None:
    assert told(record(task=None)) == {}


@given(
    st.one_of(st.none(), st.text(), st.floats(allow_nan=False), st.integers(-9, 9), st.booleans())
)
def test_whatever_stands_for_a_number_is_one_that_can_be_measured(value: object) -> None:
    assert number(record(seconds=value), "seconds") >= 0.0
    assert number(record(), "seconds") == 0.0
