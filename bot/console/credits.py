"""`python -m bot credits`: who has how many, giving and taking them, and whether the books balance."""

import click

from bot.console.options import NEGATIVE_IDS


@click.group()
def credits_() -> None:
    """Look at people's credits, give and take them, check the books."""


@credits_.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(*, as_json: bool) -> None:
    """What people and groups have to keep, the most first. What is free for a day is not in it."""
    from bot.console import pages
    from bot.console.desk import at_desk
    from bot.storage.ledger import Ledger

    kept = at_desk(lambda desk: Ledger(desk.database).kept())
    if as_json:
        pages.as_json([{"id": number, "credits": amount} for number, amount in kept.items()])
    else:
        pages.table(("id", "credits"), list(kept.items()))


@credits_.command(context_settings=NEGATIVE_IDS)
@click.argument("number", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(*, number: int, as_json: bool) -> None:
    """What a person or group has, and the latest movements of it."""
    from dataclasses import asdict, replace

    from bot.console import pages
    from bot.console.desk import Desk, at_desk, now
    from bot.credits import Entry, Statement
    from bot.origin import Origin
    from bot.storage.group_rules import GroupRulesStore
    from bot.storage.ledger import Ledger

    async def read(desk: Desk) -> tuple[Statement, list[Entry]]:
        ledger, terms = Ledger(desk.database), desk.settings.terms
        where = Origin(chat=number, message=0, person=number, private=number > 0)
        rules = await GroupRulesStore(desk.database).get(number)
        allowances = replace(terms.allowances, group=rules.pool_of(terms.allowances.group))
        purses = allowances.purses(where, now())
        return await ledger.statement(purses, number), await ledger.entries(number)

    statement, entries = at_desk(read)
    if as_json:
        purses = {purse.account: amount for purse, amount in statement.purses}
        latest = [asdict(one) | {"at": one.at.isoformat()} for one in entries]
        pages.as_json({"purses": purses, "reserved": statement.held, "latest": latest})
        return
    for purse, amount in statement.purses:
        pages.fact(purse.account.partition(":")[0], f"{amount}")
    pages.fact("reserved", statement.held or None)
    if entries:
        pages.title("latest movements")
        pages.table(
            ("when", "what", "credits", "from", "to", "request"),
            [
                (one.at, one.kind.value, one.amount, one.taken_from, one.given_to, one.task)
                for one in entries
            ],
        )


@credits_.command(context_settings=NEGATIVE_IDS)
@click.argument("number", metavar="ID", type=int)
@click.argument("amount", type=click.IntRange(-1_000_000, 1_000_000))
def grant(*, number: int, amount: int) -> None:
    """Give a person or group credits to keep. A number below zero takes them back."""
    import secrets

    from bot.console.desk import at_desk, now
    from bot.storage.ledger import Ledger

    key = f"console:{secrets.token_hex(8)}"
    kept = at_desk(lambda desk: Ledger(desk.database).grant(number, amount, key=key, now=now()))
    click.echo(f"{number} has {kept} credits to keep")


@credits_.command()
def check() -> None:
    """Add up the books. Exit status 1 when they do not balance."""
    from bot.console.desk import Trouble, at_desk
    from bot.storage.ledger import Ledger

    wrong = at_desk(lambda desk: Ledger(desk.database).examine())
    if wrong:
        raise Trouble("\n".join(wrong))
    click.echo("the books balance")
