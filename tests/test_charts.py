"""/charts: the last day and month in one picture, for operators."""

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from bot.bookkeeping import Turnover
from bot.statistics import ModelReport, Report
from bot.telegram.charts import Course, draw
from tests.conftest import Studio
from tests.operating import ended
from tests.pressing import press

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(studio: Studio) -> Studio:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    return studio


async def test_the_command_and_the_button_bring_a_picture_a_phone_can_show(desk: Studio) -> None:
    desk.telegram.say(desk.ann, "a red fox")
    await desk.picture(desk.chat(desk.ann), "a red fox")
    await ended(desk)
    desk.telegram.say(desk.bob, "/charts")
    first = await desk.picture(desk.chat(desk.bob), "The last 24 hours and 30 days")
    shown = Image.open(io.BytesIO(desk.telegram.file_bytes(first["photo"][-1]["file_id"])))
    assert shown.size == (1280, 1600)
    assert shown.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    desk.telegram.say(desk.bob, "/admin")
    card = await desk.words(desk.chat(desk.bob), "🗂")
    press(desk, desk.bob, card, "Charts")
    await desk.picture(
        desk.chat(desk.bob), "The last 24 hours and 30 days", after=card["message_id"]
    )


async def test_without_the_library_one_line_says_how_to_get_it(
    desk: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if it had never been installed.
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [one for one in sys.modules if one.startswith("matplotlib.")]:
        monkeypatch.delitem(sys.modules, name)
    desk.telegram.say(desk.bob, "/charts")
    await desk.words(desk.chat(desk.bob), ".venv/bin/pip install '.[charts]'")


def report(number: int, **values: object) -> Report:
    nothing: dict[str, object] = {
        **dict.fromkeys(("tasks", "pictures", "drawn", "delivered", "heard"), 0),
        **{name: {} for name in ("endings", "failures", "models")},
    }
    since = NOW + number * HOUR
    return Report(since=since, until=since + HOUR, **{**nothing, **values})  # type: ignore[arg-type]


def course(reports: list[Report], turnover: Turnover) -> Course:
    return Course(
        title="24 hours",
        reports=reports,
        turnovers=[turnover] * len(reports),
        every=6,
        mark="%H:%M",
    )


def colours(picture: bytes) -> int:
    return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 24) or ())


def test_more_is_drawn_where_more_has_happened() -> None:
    empty = draw([course([report(number) for number in range(24)], Turnover())])
    # More reasons than are shown by name, a reason nobody knows any more, and a refund.
    endings = {"delivered": 5, "filtered": 2, "timeout": 1, "internal": 1, "overloaded": 1}
    endings |= {"no_credits": 1, "gone_by": 1}
    models = {
        "pro": ModelReport(drawn=3, credits=54, median=20.5, p95=40.0),
        "lite": ModelReport(drawn=0, credits=0),
        "sold no more": ModelReport(drawn=1, credits=0, median=1, p95=1),
    }
    busy = [report(one, tasks=14, endings=endings, models=models) for one in range(24)]
    full = draw([course(busy, Turnover(given=10, sold=5, spent=-3))])
    assert colours(full) > colours(empty) > 1
