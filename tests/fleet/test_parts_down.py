"""What happens when all of one kind are down: the table in docs/many-machines.md."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.conftest import eventually
from tests.fleet.machines import Machines

on_postgresql = pytest.mark.parametrize("keeping", ["postgresql"], indirect=True)

LATE = 120.0
ROOT = Path(__file__).parents[2]


@on_postgresql
async def test_without_workers_everything_is_taken_and_answered_later_in_order(
    machines: Machines,
) -> None:
    await asyncio.gather(*(one.start(within=90) for one in machines.webs))
    for number in range(3):
        machines.telegram.say(machines.ann, f"fox {number}")
    await eventually(lambda: not machines.telegram.updates.pending, LATE)
    assert machines.generator.jobs == {}
    await asyncio.gather(*(one.start(within=90) for one in machines.workers))
    await eventually(lambda: len(machines.delivered()) == 3, LATE)
    asked = machines.keeping.rows(
        "SELECT body::json -> 'order' ->> 'prompt' FROM tasks ORDER BY created_at"
    )
    assert asked == [("fox 0",), ("fox 1",), ("fox 2",)]


@on_postgresql
async def test_without_doors_what_is_drawn_comes_and_what_is_said_waits_at_telegram(
    machines: Machines,
) -> None:
    machines.generator.hold()
    await machines.start_all()
    machines.telegram.say(machines.ann, "a red fox")
    await eventually(lambda: len(machines.generator.jobs) == 1, LATE)
    await asyncio.gather(*(one.kill() for one in machines.webs))
    machines.generator.release()
    machines.telegram.say(machines.ann, "a blue fox")
    # Nobody hears the callback, so a worker asks.
    chat = machines.chat(machines.ann)
    await machines.picture(chat, "a red fox", seconds=LATE)
    assert len(machines.generator.jobs) == 1
    await asyncio.gather(*(one.start(within=90) for one in machines.webs))
    await machines.picture(chat, "a blue fox", seconds=LATE)
    assert set(machines.delivered().values()) == {1}


def test_every_test_the_table_names_is_there() -> None:
    table = (ROOT / "docs/many-machines.md").read_text().split("## When a part is down")[1]
    named = re.findall(r"`(tests/[^`]+)`", table)
    assert len(named) >= 6
    for one in named:
        assert (ROOT / one).exists(), one
