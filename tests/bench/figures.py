"""What was measured, against what, and whether that is good enough; and the table of it all."""

import statistics
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure, or its ratio to what it is compared with, is not to pass."""

    bound: float
    kind: Literal["least", "most"]
    of: Literal["ratio", "value"] = "ratio"

    def __str__(self) -> str:
        sign = "≥" if self.kind == "least" else "≤"
        return f"{sign} {self.bound:g}" + (" ×" if self.of == "ratio" else "")

    def is_met(self, figure: float) -> bool:
        return figure >= self.bound if self.kind == "least" else figure <= self.bound


def at_least(bound: float) -> Goal:
    """The ratio is to be so high."""
    return Goal(bound=bound, kind="least")


def at_most(bound: float) -> Goal:
    """The ratio is to be so low."""
    return Goal(bound=bound, kind="most")


def under(bound: float) -> Goal:
    """The figure itself is to be so low."""
    return Goal(bound=bound, kind="most", of="value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `ratio` is the median of the rounds' own ratios: what disturbs the
    machine for a while disturbs both sides of one round. `skipped` says why there is no figure; a
    `detail` is shown only when it misses its goal.
    """

    subject: str
    what: str
    unit: str
    value: float | None = None
    against: str = ""
    other: float | None = None
    ratio: float | None = None
    goal: Goal | None = None
    skipped: str = ""
    detail: bool = False

    @property
    def met(self) -> bool | None:
        figure = self.ratio if self.goal and self.goal.of == "ratio" else self.value
        return None if self.goal is None or figure is None else self.goal.is_met(figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a bench is run: in this folder, and as shortly as it can be when it is `quick`."""

    folder: Path
    quick: bool = False

    def pick(self, full: Any, quick: Any) -> Any:
        return quick if self.quick else full


Measured = dict[str, list[float]]


async def alternate(
    contestants: Mapping[str, Callable[[], Awaitable[float]]], rounds: int, *, warm_up: bool = True
) -> Measured:
    """One after the other, so many times; what they do in the first round of all counts nothing."""
    figures: Measured = {name: [] for name in contestants}
    for number in range(-1 if warm_up else 0, rounds):
        for name, measure in contestants.items():
            figure = await measure()
            if number >= 0:
                figures[name].append(figure)
    return figures


def ratio(figures: Measured, ours: str, other: str) -> float:
    pairs = zip(figures[ours], figures[other], strict=True)
    return statistics.median(one / two for one, two in pairs)


def compared(
    figures: Measured, ours: str, other: str, *, subject: str, unit: str, goal: Goal | None = None
) -> Row:
    return Row(
        subject=subject,
        what=ours,
        unit=unit,
        value=statistics.median(figures[ours]),
        against=other,
        other=statistics.median(figures[other]),
        ratio=ratio(figures, ours, other),
        goal=goal,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def table(rows: Iterable[Row]) -> str:
    """As README shows it."""
    lines = [
        "| | measured | compared with | ratio | goal | |",
        "|---|---:|---|---:|---|---|",
    ]
    subject = ""
    for row in rows:
        if row.detail and row.met:
            continue
        if row.subject != subject:
            subject = row.subject
            lines.append(f"| **{subject}** | | | | | |")
        lines.append(f"| {' | '.join(_cells(row))} |")
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    if row.skipped:
        return [row.what, "—", row.skipped, "", "", "skipped"]
    other = f"{row.against}: {_shown(row.other, row.unit)}" if row.against else ""
    met = {True: "met", False: "**not met**", None: ""}[row.met]
    shown = "" if row.ratio is None else f"{row.ratio:.2f} ×"
    return [row.what, _shown(row.value, row.unit), other, shown, str(row.goal or ""), met]


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def as_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{**asdict(row), "goal": str(row.goal or ""), "met": row.met} for row in rows]
