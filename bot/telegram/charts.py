"""The charts of the bot's last day and month, drawn into one picture for a phone.

matplotlib is an extra. Nothing of it is global here, so any thread may draw; its font knows no
Chinese, so what stands in the picture is English.
https://matplotlib.org/stable/gallery/user_interfaces/web_application_server_sgskip.html
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from bot import models
from bot.bookkeeping import Turnover
from bot.errors import Reason
from bot.statistics import DELIVERED, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT, _DPI = 12.8, 16.0, 100
_REASONS_SHOWN = 5
_GREEN, _RED, _GREY, _BLUE, _GOLD = "#3f9b5f", "#d1495b", "#c4c9d0", "#2f6fb3", "#e0a526"
_MANY = (
    *(_RED, _GOLD, _BLUE, "#8d5fa8", "#4f9d9d", "#9a7b5f", "#e58fb1"),
    *("#7a8b2d", "#33415c", "#f4a582", "#92c5de", "#c9b1d9", "#b5bd61"),
    *("#5b2a86", "#e36414", "#8ecae6"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One stretch of time in pieces, and how its axis is marked: every so many pieces, like this."""

    title: str
    reports: Sequence[Report]
    turnovers: Sequence[Turnover]
    every: int
    mark: str


def draw(courses: Sequence[Course]) -> bytes:
    """A PNG with a column for each course. Raises ImportError where matplotlib is missing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    layout = ConstrainedLayoutEngine(h_pad=0.18, w_pad=0.16)
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, facecolor="white", layout=layout)
    canvas = FigureCanvasAgg(figure)
    rows: tuple[tuple[str, Callable[[Axes, Course], None]], ...] = (
        ("Tasks", _tasks),
        ("Failures", _failures),
        ("Seconds per picture (median)", _seconds),
        ("Credits", _credits),
    )
    cells = figure.subplots(len(rows), len(courses), squeeze=False)
    for (title, fill), line in zip(rows, cells, strict=True):
        for axes, course in zip(line, courses, strict=True):
            fill(axes, course)
            _furnish(axes, course, f"{title} · {course.title}")
    out = io.BytesIO()
    canvas.print_png(out)  # type: ignore[no-untyped-call] # it has no types
    return out.getvalue()


def _tasks(axes: Axes, course: Course) -> None:
    done = [one.endings.get(DELIVERED, 0) for one in course.reports]
    failed = [one.failed for one in course.reports]
    going = [one.tasks - sum(one.endings.values()) for one in course.reports]
    _stack(axes, {"delivered": done, "failed": failed, "under way": going}, (_GREEN, _RED, _GREY))


def _failures(axes: Axes, course: Course) -> None:
    total: Counter[str] = Counter()
    for one in course.reports:
        total.update({why: count for why, count in one.endings.items() if why != DELIVERED})
    named = sorted(why for why, _ in total.most_common(_REASONS_SHOWN))
    parts = {why: [one.endings.get(why, 0) for one in course.reports] for why in named}
    if len(total) > len(named):
        shown = [sum(part) for part in zip(*parts.values(), strict=True)]
        rest = [one.failed - known for one, known in zip(course.reports, shown, strict=True)]
        parts["others"] = rest
    # A reason has its colour wherever it is shown.
    colours = {why.value: colour for why, colour in zip(Reason, _MANY, strict=True)}
    _stack(axes, parts, [colours.get(why, _GREY) for why in parts])


def _seconds(axes: Axes, course: Course) -> None:
    drawn = [one.models for one in course.reports]
    for colour, key in zip((_BLUE, _GOLD, _RED, *_MANY[3:]), models.CATALOGUE, strict=False):
        medians = [one[key].median if key in one else None for one in drawn]
        points = [(x, y) for x, y in enumerate(medians) if y is not None]
        if not points:
            continue
        label = models.CATALOGUE[key].label
        axes.plot(*zip(*points, strict=True), "o-", color=colour, label=label, markersize=5)


def _credits(axes: Axes, course: Course) -> None:
    places = range(len(course.reports))
    spent = [one.credits for one in course.reports]
    if any(spent):
        axes.bar(places, spent, 0.8, color=_GREY, label="taken by kie.ai")
    for name, colour, amounts in (
        ("spent by people", _BLUE, [one.spent for one in course.turnovers]),
        ("given", _GOLD, [one.given for one in course.turnovers]),
        ("sold", _GREEN, [one.sold for one in course.turnovers]),
    ):
        if any(amounts):
            axes.plot(places, amounts, "o-", color=colour, label=name, markersize=4)


def _stack(axes: Axes, parts: dict[str, list[int]], colours: Sequence[str]) -> None:
    below: list[int] = []
    for colour, (name, counts) in zip(colours, parts.items(), strict=False):
        below = below or [0] * len(counts)
        if any(counts):
            axes.bar(range(len(counts)), counts, 0.8, bottom=below, color=colour, label=name)
        below = [low + count for low, count in zip(below, counts, strict=True)]


def _furnish(axes: Axes, course: Course, title: str) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.set_title(title, fontsize=15, fontweight="bold", loc="left")
    places = list(range(0, len(course.reports), course.every))
    marks = [f"{course.reports[place].since:{course.mark}}" for place in places]
    axes.set_xticks(places, marks, fontsize=12)
    axes.set_xlim(-0.7, len(course.reports) - 0.3)
    axes.tick_params(axis="y", labelsize=12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    axes.grid(axis="y", color="#e6e8eb")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if named := len(axes.get_legend_handles_labels()[0]):
        # Above the highest there is room for what it means.
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, 0), max(high, 1) * (1.08 + 0.1 * ceil(named / 2)))
        axes.legend(fontsize=12, loc="upper left", ncols=2, frameon=False)
    else:
        axes.set_ylim(0, 1)
        axes.text(
            0.5, 0.5, "nothing", transform=axes.transAxes, ha="center", fontsize=13, color="grey"
        )
