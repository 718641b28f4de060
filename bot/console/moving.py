"""`python -m bot move`."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.storage.moving import Move


def _address(_context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """As the settings understand it; a wrong one is not repeated, because a password may be in it."""
    from pydantic import TypeAdapter, ValidationError

    from bot.values import DatabaseUrl, StorageUrl

    if value is None:
        return None
    kind = DatabaseUrl if option.name == "to" else StorageUrl
    try:
        value = TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise click.BadParameter(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    if option.name == "to" and value.startswith("sqlite:"):
        raise click.BadParameter("must be a PostgreSQL database: postgresql://…")
    return value


@click.command()
@click.option("--to", callback=_address, metavar="URL", help="postgresql://user:password@host/name")
@click.option(
    "--pictures-to", callback=_address, metavar="URL", help="s3://bucket/prefix or file:///folder"
)
def move(*, to: str | None, pictures_to: str | None) -> None:
    """Copy everything to PostgreSQL, and the pictures to a bucket. Stop the bot first.

    Nothing changes where it lies now. What is there is compared with it in the end. Cut off, the
    same command goes on where it was. The last lines say which settings to change.
    """
    from bot.console.desk import Trouble, plainly, settings
    from bot.storage.engines import engine_of

    if to is None and pictures_to is None:
        raise click.UsageError("--to, --pictures-to or both: where to?")
    chosen = settings()
    path = chosen.database_path
    if to is not None and path is None:
        raise Trouble("DATABASE_URL: is no SQLite any more; there is nothing to move --to")

    def carried_out() -> None:
        with ExitStack() as stack:
            if to is None or path is None:
                stack.enter_context(engine_of(chosen.database_url).only_one(asks=True))
                rows = None
            else:
                # Says what is missing where PostgreSQL's library is.
                engine_of(to)
                from bot.storage.moving import moving

                rows = stack.enter_context(moving(path, to))
            if pictures_to is not None:
                _move_pictures(chosen, pictures_to)
            if rows is not None:
                _move_rows(rows)

    plainly(carried_out)
    _say_what_to_change(chosen, to, pictures_to)


def _move_pictures(chosen: "Settings", target: str) -> None:
    import asyncio

    from bot.console.pages import steady
    from bot.storage.moving_pictures import bring

    with steady("pictures") as told:
        brought = asyncio.run(bring(chosen.pictures_url, target, chosen.pictures_access, told))
    click.echo(f"{target}: {brought.pictures:,} pictures, {brought.new:,} of them new; compared")


def _move_rows(rows: "Move") -> None:
    from bot.console.pages import steady, table

    with steady("copying rows") as told:
        again = rows.copy(told)
    if again:
        click.echo("The database has changed since the last attempt: all of it was copied again")
    with steady("comparing rows") as told:
        copied = rows.finish(told)
    table(
        ("table", "rows", "checksum of both"),
        [(one.name, f"{one.rows:,}", one.checksum) for one in copied],
    )


def _say_what_to_change(chosen: "Settings", to: str | None, pictures_to: str | None) -> None:
    from bot.console.pages import title

    title("Now change these settings, and start the bot:")
    if to is not None:
        from bot.storage.postgres_server import where

        click.echo(f"DATABASE_URL={where(to)}    as given to --to, with its password")
    if pictures_to is not None:
        click.echo(f"STORAGE_URL={pictures_to}")
    elif chosen.in_bucket:
        click.echo(f"STORAGE_URL stays {chosen.pictures_url}")
    else:
        # Without it they would be looked for beside a database that lies no more on this disk.
        click.echo(f"STORAGE_URL={chosen.pictures_url}    where the pictures still lie")
        click.echo(
            "Machines that do not share this folder need a bucket:"
            " `python -m bot move --pictures-to s3://bucket/prefix`"
        )
    if to is not None:
        click.echo(f"{chosen.database_path} is as it was. Never start a bot on it again.")
