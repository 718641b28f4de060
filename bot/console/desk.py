"""Where the commands work: the settings, the database beside a bot that may run, and one line of
trouble where something is wrong.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, TypeVar

import click

from bot.errors import Failure
from bot.settings import Settings, WrongSettings, load
from bot.storage.database import Database
from bot.storage.engines import engine_of
from bot.storage.reports import Portrait, Reports
from bot.storage.tasks import TaskStore
from bot.task import Task

T = TypeVar("T")


class Trouble(click.ClickException):
    """Ends the command with this line, and exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file or sys.stderr)


class Misset(Trouble):
    """The settings are wrong."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    settings: Settings
    database: Database
    tasks: TaskStore
    reports: Reports

    async def task(self, named: str) -> Task:
        """By its id, or by that of one of its pictures. Raises Trouble."""
        task = await self.tasks.get(named) or await self.tasks.find(named)
        if task is None:
            raise Trouble(f"{named}: no request or picture has this id")
        return task

    async def portrait(self, person: int) -> Portrait:
        """Raises Trouble."""
        known = await self.reports.portrait(person)
        if known is None:
            raise Trouble(f"{person}: nothing is known of anybody with this id")
        return known


def now() -> datetime:
    return datetime.now(UTC)


def settings() -> Settings:
    """Raises Trouble."""
    try:
        return load()
    except WrongSettings as error:
        raise Misset(str(error)) from error


def at_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    """Do this with the database open. Raises Trouble."""
    chosen = settings()

    async def opened() -> T:
        database = await engine_of(chosen.database_url).beside()
        try:
            return await work(
                Desk(
                    settings=chosen,
                    database=database,
                    tasks=TaskStore(database),
                    reports=Reports(database),
                )
            )
        finally:
            await database.close()

    return plainly(lambda: asyncio.run(opened()))


def plainly(work: Callable[[], T]) -> T:
    """Do this; whatever the world has against it is Trouble."""
    try:
        return work()
    except BrokenPipeError:
        # Whoever read along has gone.
        raise
    except (OSError, Failure) as error:
        raise Trouble(str(error)) from error
