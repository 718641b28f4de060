"""The dashboard and the alerts name only what a running bot shows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.readiness import NAMES
from tests.conftest import Studio

FOLDER = Path(__file__).parent.parent.parent / "webhooks" / "grafana"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
README = (FOLDER.parents[1] / "README.md").read_text("utf-8")
ALERTS = (FOLDER / "alerts.yml").read_text("utf-8")

# Of PromQL: strings and durations are no names, and a word before a bracket is a function.
_QUOTED = re.compile(r'"[^"]*"')
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)")
_MATCHERS = re.compile(r"\{[^}]*\}")
_NAME = re.compile(r"(?<![\w.])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()")
_WORDS = {"and", "or", "unless", "offset", "bool"}
_DURATION = re.compile(r"\boffset\s+\w+")


def expressions(panels: list[dict[str, Any]]) -> Iterator[str]:
    for panel in panels:
        yield from (target["expr"] for target in panel.get("targets", ()))
        yield from expressions(panel.get("panels", []))


ALL = [
    *expressions(DASHBOARD["panels"]),
    *re.findall(r"^ +expr: (.+)$", ALERTS, re.MULTILINE),
]


def names(expression: str) -> set[str]:
    """The metrics a PromQL expression reads."""
    for noise in (_QUOTED, _RANGE, _GROUPING, _MATCHERS, _DURATION):
        expression = noise.sub("", expression)
    return set(_NAME.findall(expression)) - _WORDS


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", {"a"}),
        ("sum by (le, x) (rate(a_bucket[5m])) / 2e9 > 1.5", {"a_bucket"}),
        ('a{b="c", d!~"e|f"} and on (g) h offset 1h', {"a", "h"}),
        ("histogram_quantile(0.95, sum(rate(a_bucket[$__rate_interval])))", {"a_bucket"}),
        ("absent(a) or b unless c", {"a", "b", "c"}),
    ],
)
def test_the_names_in_an_expression_are_found(expression: str, expected: set[str]) -> None:
    assert names(expression) == expected


async def exposed(studio: Studio) -> list[Metric]:
    async with httpx.AsyncClient(timeout=30) as client:
        text = (await client.get(f"{studio.address}/metrics")).text
    return list(text_string_to_metric_families(text))


def series(family: Metric) -> set[str]:
    """Under which names Prometheus keeps this metric."""
    ends = {
        "counter": ("_total",),
        "histogram": ("_bucket", "_count", "_sum"),
        "gauge": ("",),
    }[family.type if family.type in ("counter", "histogram") else "gauge"]
    return {family.name + end for end in ends}


async def test_every_expression_names_only_metrics_of_a_running_bot(studio: Studio) -> None:
    await studio.start()
    known = {name for family in await exposed(studio) for name in series(family)}
    # Prometheus itself says so of whatever it is to ask.
    known.add("up")
    assert len(ALL) > 40
    for expression in ALL:
        assert names(expression), expression
        assert names(expression) <= known, expression


async def test_every_metric_of_ours_is_explained_and_looked_at(studio: Studio) -> None:
    await studio.start()
    looked_at = {name for expression in ALL for name in names(expression)}
    for family in await exposed(studio):
        if family.name.startswith("nano_banana_") and not family.name.endswith("_created"):
            assert family.documentation.endswith("."), family.name
            assert series(family) & looked_at, family.name


def test_every_label_value_that_is_looked_for_is_one_there_is() -> None:
    known = {
        "state": {*map(str, TaskState), *map(str, PictureState)},
        "ending": {"delivered", *map(str, Reason)},
        "heard": {"callback", "lookup"},
        "result": {"ok", "forged"},
        "call": {"look_up"},
        "level": {"warning", "error"},
        "method": {"getupdates"},
        "what": set(NAMES),
        # As README says it is to be called.
        "job": set(re.findall(r"job_name: (\S+)", README)),
    }
    for label, value in re.findall(r'(\w+)(?:=|!=|=~|!~)"([^"]*)"', "\n".join(ALL)):
        assert set(value.split("|")) <= known[label], (label, value)


def test_the_panels_stand_beside_and_below_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        squares = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not squares & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= squares
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_alert_says_what_it_is_and_what_to_do() -> None:
    rules = re.split(r"^      - alert: ", ALERTS, flags=re.MULTILINE)[1:]
    assert len(rules) >= 10
    for rule in rules:
        for needed in ("expr: ", "severity: ", "summary: ", "what_to_do: "):
            assert rule.count(needed) == 1, rule.splitlines()[0]
