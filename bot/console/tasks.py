"""`python -m bot tasks`: requests listed, looked at, tried again, and written to a file."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from bot.console.options import selecting


@click.group()
def tasks() -> None:
    """Look at requests, and try again what failed."""


@tasks.command("list")
@selecting
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(*, limit: int, as_json: bool, **chosen: Any) -> None:
    """Requests, the newest first."""
    from bot.console import lives, pages
    from bot.console.desk import Desk, at_desk
    from bot.console.exporting import selected
    from bot.storage.reports import Selection
    from bot.task import Task

    async def read(desk: Desk) -> tuple[int, list[Task]]:
        selection = Selection(**chosen)
        found = [one async for one in selected(desk, selection, most=limit)]
        return await desk.reports.count(selection), found

    count, found = at_desk(read)
    if as_json:
        pages.as_json([lives.values(one) for one in found])
        return
    pages.table(lives.COLUMNS, [lives.row(one) for one in found])
    if count > len(found):
        click.echo(f"{len(found)} of {count}; --limit shows more", err=True)


@tasks.command()
@click.argument("named", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(*, named: str, as_json: bool) -> None:
    """The whole life of a request. ID is its own, or that of one of its pictures."""
    from bot.console import lives, pages
    from bot.console.desk import at_desk

    task = at_desk(lambda desk: desk.task(named))
    if as_json:
        pages.as_json(lives.values(task))
    else:
        lives.show(task)


@tasks.command()
@click.argument("named", metavar="ID")
def retry(*, named: str) -> None:
    """Bring again what was not brought, and draw anew what failed. ID as for `show`.

    What failed is drawn anew once; exit status 1 when there is nothing to do.
    """
    from bot.console.desk import Desk, at_desk, now
    from bot.console.retrying import Retried
    from bot.console.retrying import retry as do

    async def work(desk: Desk) -> Retried:
        return await do(desk, await desk.task(named), now())

    for line in at_desk(work).lines():
        click.echo(line)


@tasks.command()
@selecting
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    default="jsonl",
    show_default=True,
    help="A row for each picture, or a line for each request.",
)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    required=True,
    help="The file, which is not there yet; - for stdout.",
)
def export(*, form: str, target: Path, **chosen: Any) -> None:
    """Write requests to a file, the newest first."""
    from bot.console import pages
    from bot.console.desk import Desk, at_desk
    from bot.console.exporting import export as do
    from bot.storage.copies import appearing
    from bot.storage.reports import Selection

    async def work(desk: Desk) -> int:
        selection = Selection(**chosen)
        with ExitStack() as stack:
            told = stack.enter_context(pages.bar("exporting"))
            if target == Path("-"):
                return await do(desk, selection, form, sys.stdout, told)
            partial = stack.enter_context(appearing(target))
            file = stack.enter_context(partial.open("w", encoding="utf-8", newline=""))
            return await do(desk, selection, form, file, told)

    count = at_desk(work)
    click.echo(f"{count} requests written to {target}", err=True)
