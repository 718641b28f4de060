"""What the commands put out: one line for each thing, whatever people wrote; and times read."""

import asyncio
import os
import pty
import re
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.options import moment
from bot.console.pages import plain, short
from bot.storage.sqlite import SQLite, migrate
from bot.storage.tasks import TaskStore
from tests.console.commands import run, variables
from tests.stage import a_task, an_order

ROOT = Path(__file__).parents[2]
CONTEXT, OPTION = click.Context(click.Command("list")), click.Option(["--since"])


@given(st.text())
def test_nothing_is_put_out_that_a_terminal_would_obey(text: str) -> None:
    said = plain(text)
    assert all(one.isprintable() or one == "\u200d" for one in said)
    assert said == " ".join(said.split())
    assert len(short(text)) <= 60


def test_what_can_be_read_stays() -> None:
    assert plain("红色的\n狐狸 [bold]fox[/]\x1b[31m 👩‍🎨") == "红色的 狐狸 [bold]fox[/] [31m 👩‍🎨"


@pytest.mark.parametrize(
    ("written", "ago"),
    [
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_time_ago_is_counted_from_now(written: str, ago: timedelta) -> None:
    meant = moment(CONTEXT, OPTION, written)
    assert meant is not None
    assert abs(datetime.now(UTC) - ago - meant) < timedelta(seconds=5)


def test_a_day_begins_by_the_clock_of_this_machine() -> None:
    assert moment(CONTEXT, OPTION, "2026-03-01") == datetime(2026, 3, 1).astimezone()
    assert moment(CONTEXT, OPTION, "2026-03-01T12:00+02:00") == datetime(2026, 3, 1, 10, tzinfo=UTC)


@given(st.text() | st.from_regex(r"[0-9]+[mhdw]", fullmatch=True) | st.dates().map(str))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with suppress(click.BadParameter):
        meant = moment(CONTEXT, OPTION, text)
        assert meant is not None
        assert meant.tzinfo is not None


async def looked_at(folder: Path, *arguments: str) -> str:
    """What a command shows on a terminal of 110 columns."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={**variables(folder), "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "110"},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = await asyncio.to_thread(_all, ours)
    assert await process.wait() == 0
    return shown.decode()


def _all(terminal: int) -> bytes:
    """Until nobody writes there any more, which Linux reports as an error."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as reading, suppress(OSError):
        while piece := reading.read(100_000):
            shown += piece
    return shown


async def test_a_narrow_terminal_cuts_the_prompt_and_nothing_else(tmp_path: Path) -> None:
    database = await SQLite.open(tmp_path / "bot.db")
    task = await TaskStore(database).add(a_task())
    task = replace(task, order=an_order(prompt=f"a fox {'very ' * 20} red"))
    assert await TaskStore(database).save(task)
    await database.close()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", await looked_at(tmp_path, "tasks", "list"))
    (line,) = [one for one in shown.splitlines() if task.id in one]
    assert line.startswith(f"{task.id}  2026-03-01 ")
    assert len(line) <= 110
    assert line.endswith("…")
    piped = await asyncio.to_thread(run, tmp_path, "tasks", "list")
    assert len(piped.stdout.splitlines()[1]) > len(line)


async def test_on_a_terminal_there_are_colours_and_bars(tmp_path: Path) -> None:
    migrate(tmp_path / "bot.db")
    assert "\x1b[1m" in await looked_at(tmp_path, "tasks", "list")
    shown = await looked_at(tmp_path, "backup", "copy.db")
    assert "copying the database" in shown
    assert "checked" in shown


async def test_whoever_reads_along_may_go(tmp_path: Path) -> None:
    migrate(tmp_path / "bot.db")
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "tasks", "list"),
        cwd=tmp_path,
        env={**variables(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    assert b"Traceback" not in (await process.communicate())[1]


async def test_help_does_not_wait_for_what_the_commands_need() -> None:
    asked = "import sys, bot.__main__; print(*sorted(sys.modules))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", asked),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    loaded = set((await process.communicate())[0].decode().split())
    assert "bot.console.tasks" in loaded
    assert not loaded & {"rich", "pydantic", "telegram", "sqlite_utils", "bot.wiring"}
