"""One run of the bot's process over the database file, which may die at any await."""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.drawing import Drawing
from bot.pipeline import Pipeline
from bot.storage.sqlite import connect

T = TypeVar("T")

# Whose job a submission is for: known to the test also where there is no callback address.
PICTURE: ContextVar[str] = ContextVar("picture")
STUMBLES: ContextVar[Counter[str]] = ContextVar("stumbles")


class StraightDatabase:
    """The real file, tables and transactions, without the threads around them.

    Whoever works with threads meets them in an order of their own; here every order is ours,
    and the same sequence always ends in the same way.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        # Nobody pulls the plug on this machine, and waiting for its disk proves nothing here.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._database = Database(self._connection, execute_plugins=False)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._database.atomic():
            return work(self._connection)

    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        self._connection.close()


class Life:
    """From start to death. Every call to a neighbour passes the gate before and after.

    The gate lets others go first, by the throw of `dice`, and kills the process when
    `gates_left` are passed. The dead do nothing: whatever they reach ends there.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.gates_left: int | None = None
        self.dead = False

    async def gate(self) -> None:
        for _ in range(self._dice.choice((0, 1, 1, 2, 5))):
            await asyncio.sleep(0)
        if self.gates_left is not None:
            self.gates_left -= 1
            if self.gates_left <= 0:
                self.dead = True
        if self.dead:
            raise asyncio.CancelledError


class WatchedPipeline(Pipeline):
    """Counts how often each task stumbled."""

    async def stumbled(self, task_id: str) -> None:
        STUMBLES.get()[task_id] += 1
        await super().stumbled(task_id)


class WatchedDrawing(Drawing):
    """Tells the generator which picture it is asked for."""

    async def advance(self, task_id: str, picture_id: str) -> None:
        PICTURE.set(picture_id)
        await super().advance(task_id, picture_id)
