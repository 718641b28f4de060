"""What a command puts out: tables for people, JSON for programs, bars for long work.

In a pipe nothing is coloured and nothing cut; what people wrote cannot play with the terminal.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich import progress
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

Told = Callable[[int, int], None]

# Wider than any table of ours.
_WIDE = 10_000
_GAP = 2
_LEAST = 20
_SHORT = 60
_JOINER = "\u200d"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """On a terminal the last column is cut to what room there is; ids stay in one piece."""
    cells = [[plain(cell) for cell in row] for row in rows]
    drawn = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name in columns[:-1]:
        drawn.add_column(name, no_wrap=True)
    room = _room(columns, cells)
    drawn.add_column(columns[-1], no_wrap=True, overflow="ellipsis", max_width=room)
    for row in cells:
        drawn.add_row(*map(Text, row))
    # What is too wide all the same goes on in the next line, as the terminal has it.
    console = Console(width=_WIDE)
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _room(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """How wide the last column may be."""
    if not sys.stdout.isatty():
        return _WIDE
    others = [max(map(cell_len, column)) + _GAP for column in zip(columns, *cells, strict=True)][
        :-1
    ]
    return max(_LEAST, shutil.get_terminal_size().columns - sum(others))


def fact(name: str, value: object) -> None:
    """One line about something; nothing where there is nothing to say."""
    if value is not None and value is not False and value != "":
        said = "yes" if value is True else plain(value)
        click.echo(f"{click.style(f'{name:<12}', bold=True)} {said}")


def title(text: str) -> None:
    click.echo(f"\n{click.style(text, bold=True)}")


def as_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def plain(value: object) -> str:
    """In one line, and without anything that a terminal would obey."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    seen = (one if one.isprintable() or one == _JOINER else " " for one in str(value))
    return " ".join("".join(seen).split())


def short(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


@contextmanager
def bar(what: str) -> Iterator[Told]:
    """A bar on stderr while something lasts, for whoever looks on; it is told how much is done."""
    looking_on = sys.stderr.isatty()
    columns: tuple[Any, ...] = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with progress.Progress(
        *columns, console=console, transient=True, disable=not looking_on
    ) as shown:
        number = shown.add_task(what, total=None)

        def told(done: int, total: int) -> None:
            shown.update(number, completed=done, total=total)

        yield told


@contextmanager
def steady(what: str) -> Iterator[Told]:
    """A bar for work of which one reads afterwards how it went: in a pipe, a line for every tenth."""
    if sys.stderr.isatty():
        with bar(what) as told:
            yield told
        return
    last = -1

    def line(done: int, total: int) -> None:
        nonlocal last
        if (tenth := 10 * done // total if total else 10) > last:
            last = tenth
            click.echo(f"{what}: {10 * tenth} %, {done:,} of {total:,}", err=True)

    yield line
