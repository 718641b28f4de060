"""`python -m bot users`: who asks, what is known of somebody, and how it is forgotten."""

import click

from bot.console.options import NEGATIVE_IDS

_LATEST = 10


@click.group()
def users() -> None:
    """Look at people, and forget them."""


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(*, as_json: bool) -> None:
    """Everybody who has asked for something, whoever was here last first."""
    from bot.console import pages, people
    from bot.console.desk import at_desk

    found = at_desk(lambda desk: desk.reports.people())
    if as_json:
        pages.as_json([people.values(one) for one in found])
    else:
        pages.table(people.COLUMNS, [people.row(one) for one in found])


@users.command(context_settings=NEGATIVE_IDS)
@click.argument("person", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(*, person: int, as_json: bool) -> None:
    """What is known of somebody, with their latest requests."""
    from bot.console import pages, people
    from bot.console.desk import Desk, at_desk
    from bot.console.exporting import selected
    from bot.storage.reports import Portrait, Selection
    from bot.task import Task

    async def read(desk: Desk) -> tuple[Portrait, list[Task]]:
        known = await desk.portrait(person)
        theirs = selected(desk, Selection(person=person), most=_LATEST)
        return known, [one async for one in theirs]

    known, latest = at_desk(read)
    if as_json:
        pages.as_json(people.portrait_values(person, known, latest))
    else:
        people.show(person, known, latest)


@users.command(context_settings=NEGATIVE_IDS)
@click.argument("person", metavar="ID", type=int)
@click.option("--yes", is_flag=True, help="Do not ask whether this is meant.")
def forget(*, person: int, yes: bool) -> None:
    """Delete everything about somebody: requests, pictures, settings, credits. It cannot be undone.

    What is under way for them ends without a word.
    """
    from bot.console.desk import Desk, at_desk
    from bot.console.leaving import forget as do

    known = at_desk(lambda desk: desk.portrait(person))
    count = known.asked.tasks if known.asked else 0
    if not yes:
        theirs = f"{count} requests with their pictures and {known.credits} credits"
        question = f"Delete everything about {person}, {theirs}?"
        click.confirm(question, abort=True, err=True)

    async def work(desk: Desk) -> int:
        return await do(desk, person)

    left = at_desk(work)
    click.echo(f"{person} is forgotten: {count} requests and all that belongs to them")
    if left:
        click.echo(f"{left} messages of the bot could not be taken away; they stay in the chats")
