"""Every bench runs and comes to figures that can be; how quick anything is, no test says."""

import os

import pytest

from tests.bench.__main__ import BENCHES
from tests.bench.figures import (
    Goal,
    Row,
    Setting,
    alternate,
    at_least,
    at_most,
    compared,
    percentile,
    table,
    under,
)


@pytest.mark.parametrize("name", BENCHES)
async def test_it_runs(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = await BENCHES[name](Setting(folder=tmp_path_factory.mktemp(name), quick=True))
    assert rows
    for row in rows:
        if row.skipped:
            assert not os.environ.get("CI"), row
            continue
        assert row.value is not None, row
        assert row.value >= 0, row
        assert row.ratio is None or row.ratio > 0, row
        assert bool(row.against) == (row.other is not None) == (row.ratio is not None), row


@pytest.mark.parametrize(
    ("goal", "ratio", "value", "met"),
    [
        (at_least(2), 2.0, 1, True),
        (at_least(2), 1.9, 100, False),
        (at_most(1.3), 1.3, 100, True),
        (at_most(1.3), 1.4, 1, False),
        (under(50), 99, 50, True),
        (under(50), 0.1, 51, False),
        (None, 1, 1, None),
    ],
)
def test_a_goal_is_met(goal: Goal | None, ratio: float, value: float, met: bool | None) -> None:
    row = Row(subject="s", what="w", unit="ms", value=value, ratio=ratio, goal=goal)
    assert row.met is met


async def test_both_sides_of_a_ratio_are_of_the_same_round() -> None:
    quick, slow = iter([1, 10, 100, 40]), iter([1, 5, 50, 10])

    async def ours() -> float:
        return next(quick)

    async def other() -> float:
        return next(slow)

    figures = await alternate({"ours": ours, "other": other}, 3)
    assert figures == {"ours": [10, 100, 40], "other": [5, 50, 10]}
    row = compared(figures, "ours", "other", subject="s", unit="/s", goal=at_least(2))
    assert (row.value, row.other, row.ratio, row.met) == (40, 10, 2, True)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(one) for one in range(100, 0, -1)]
    assert [percentile(values, one) for one in (0, 50, 99, 100)] == [1, 51, 100, 100]
    assert percentile([3.0], 99) == 3


def test_the_table_is_as_readme_wants_it() -> None:
    rows = [
        Row(subject="A", what="ours", unit="/s", value=1234.5, against="theirs", other=617.25,
            ratio=2, goal=at_least(2)),
        Row(subject="A", what="fine", unit="ms", value=1, goal=under(2), detail=True),
        Row(subject="A", what="not so fine", unit="ms", value=3, goal=under(2), detail=True),
        Row(subject="B", what="unknown", unit="ms", skipped="there is no wrk"),
    ]  # fmt: skip
    assert table(rows).splitlines() == [
        "| | measured | compared with | ratio | goal | |",
        "|---|---:|---|---:|---|---|",
        "| **A** | | | | | |",
        "| ours | 1,234 /s | theirs: 617 /s | 2.00 × | ≥ 2 × | met |",
        "| not so fine | 3.00 ms |  |  | ≤ 2 | **not met** |",
        "| **B** | | | | | |",
        "| unknown | — | there is no wrk |  |  | skipped |",
    ]
