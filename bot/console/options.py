"""The options by which requests are chosen, and how a time is written."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_STATES = ("created", "working", "delivered", "reported")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Their ids are negative for groups, which are not meant for options.
NEGATIVE_IDS = {"ignore_unknown_options": True}


def moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """`30m`, `24h`, `7d`, `2w` ago, or a day or moment like `2026-03-01` or `2026-03-01T12:00`."""
    if value is None:
        return None
    try:
        if ago := re.fullmatch(r"([0-9]{1,6})([mhdw])", value):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        # What has no time zone is meant as the clock of this machine shows it.
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} is no time: 24h, 7d or 2026-03-01 is") from None


def selecting(command: F) -> F:
    """--state, --person, --chat, --since and --failed."""
    for option in reversed(
        (
            click.option("--state", type=click.Choice(_STATES), help="Only those in this state."),
            click.option("--person", type=int, metavar="ID", help="Only those of this person."),
            click.option("--chat", type=int, metavar="ID", help="Only those of this chat."),
            click.option(
                "--since",
                callback=moment,
                metavar="TIME",
                help="Only those since then: 24h, 7d, 2026-03-01.",
            ),
            click.option("--failed", is_flag=True, help="Only those of which something failed."),
        )
    ):
        command = option(command)
    return command
