"""The command line: `python -m bot run`, `worker`, `demo`, `doctor`, `migrate`, and the operator's own."""

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.console.copies import backup, restore
from bot.console.credits import credits_
from bot.console.moving import move
from bot.console.tasks import tasks
from bot.console.users import users

if TYPE_CHECKING:
    from bot.run import Share


@click.group(help="A Telegram bot for Nano Banana pictures.")
def main() -> None:
    # Rooms are entered in the commands: `--help` should not have to wait for all of them.
    pass


for command in (tasks, users, backup, restore, move):
    main.add_command(command)
main.add_command(credits_, "credits")


@main.command()
@click.option("--no-worker", is_flag=True, help="Only the doors: the work is done by `worker`.")
@click.option("--telegram-web", metavar="ORIGIN", hidden=True, help="Plays web.telegram.org.")
def run(*, no_worker: bool, telegram_web: str | None) -> None:
    """Serve: HTTP doors and worker. With WEBHOOK_BASE_URL we are called, without it we poll."""
    from bot.run import Part, Share  # noqa: PLC0415

    _serve(Share(part=Part.DOORS if no_worker else Part.ALL), telegram_web)


@main.command()
@click.option(
    "-c",
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=64,
    show_default=True,
    help="How much is done at the same time.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Answer at /healthz, /readyz and /metrics there; without it nowhere.",
)
def worker(concurrency: int, port: int | None) -> None:
    """Work without doors, beside any number of others on one PostgreSQL database."""
    from bot.run import Part, Share  # noqa: PLC0415

    _serve(Share(part=Part.WORK, concurrency=concurrency, port=port), None)


def _serve(share: "Share", telegram_web: str | None) -> None:
    from bot import logs, loop  # noqa: PLC0415
    from bot.run import keys_of, until_stopped  # noqa: PLC0415
    from bot.settings import WrongSettings, load  # noqa: PLC0415
    from bot.telemetry import telling  # noqa: PLC0415

    try:
        settings = load()
        secrets = (*settings.secrets, keys_of(settings).for_telegram())
        logs.set_up(level=settings.log_level, form=settings.log_format, secrets=secrets)
        with telling(settings, logs.Redact(secrets)):
            running = until_stopped(settings, share=share, telegram_web=telegram_web)
            loop.run(running, observed=settings.log_level == "DEBUG")
    except WrongSettings as error:
        _give_up(str(error), status=2)
    except (OSError, sqlite3.Error) as error:
        _give_up(str(error), status=1)


@main.command()
def migrate() -> None:
    """Bring the database to this version's tables. Safe to repeat, and from many machines at once."""
    from bot.settings import WrongSettings, load  # noqa: PLC0415
    from bot.storage.engines import engine_of  # noqa: PLC0415

    try:
        engine = engine_of(load().database_url)
        applied = engine.migrate()
    except WrongSettings as error:
        _give_up(str(error), status=2)
    except (OSError, sqlite3.Error) as error:
        _give_up(str(error), status=1)
    for step in applied:
        click.echo(f"applied {step}")
    click.echo(f"{engine.name} is up to date")


@main.command()
@click.option(
    "--speed",
    type=click.FloatRange(min=0.1, max=1000),
    default=10.0,
    show_default=True,
    help="1 draws as slowly as in real life.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep database and pictures here instead of in a temporary folder.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the chat page.")
@click.option("--no-open", is_flag=True, help="Do not open the page in a browser.")
@click.option("--script", is_flag=True, help="End after the scripted conversation.")
@click.option("--limits", is_flag=True, help="Keep Telegram's limits on messages per minute.")
def demo(
    *, speed: float, keep: Path | None, port: int, no_open: bool, script: bool, limits: bool
) -> None:
    """Try the bot on this machine, without any account: a chat page, and a scripted start."""
    from bot.sandbox.show import show  # noqa: PLC0415

    # Nobody looks at a page from a pipe, so there is nothing to stay open for.
    attended = sys.stdout.isatty() and not script
    status = asyncio.run(
        show(
            speed=speed,
            keep=keep,
            script=not attended,
            port=port,
            open_browser=attended and not no_open,
            limits=limits,
            say=click.echo,
        )
    )
    if status == 0 and not (attended or script):
        click.echo(
            "\nIt ends here because its output is not a terminal: run it in one, and the chat page"
            " stays open."
        )
    sys.exit(status)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(*, as_json: bool) -> None:
    """Look at everything the bot depends on, and say what to do. Exit status 1 when it cannot run."""
    from bot import doctor as room  # noqa: PLC0415
    from bot.settings import WrongSettings, load  # noqa: PLC0415

    try:
        findings = asyncio.run(room.examine(load()))
    except WrongSettings as error:
        _give_up(str(error), status=2)
    click.echo(room.as_json(findings) if as_json else room.table(findings))
    sys.exit(any(one.verdict is room.Verdict.BAD for one in findings))


def _give_up(message: str, *, status: int) -> NoReturn:
    """One clear line for each thing that is wrong."""
    click.echo(message, err=True)
    sys.exit(status)


if __name__ == "__main__":
    main(prog_name="python -m bot")
