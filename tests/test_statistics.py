"""Numbers for the operator: what is half, and what nineteen of twenty."""

from collections import Counter
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.statistics import quantile


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        ({}, 0.5, None),
        ({3.0: 1}, 0.95, 3.0),
        ({1.0: 1, 2.0: 1, 9.0: 1}, 0.5, 2.0),
        ({1.0: 95, 50.0: 5}, 0.95, 1.0),
        ({1.0: 94, 50.0: 6}, 0.95, 50.0),
        ({50.0: 1, 1.0: 3}, 0.5, 1.0),
    ],
)
def test_a_quantile_is_a_value_that_was_seen(counts, share, value) -> None:
    assert quantile(counts, share) == value


@given(st.lists(st.integers(0, 50), min_size=1))
def test_half_is_what_the_standard_library_says(values) -> None:
    assert quantile(Counter(map(float, values)), 0.5) == median_low(values)
