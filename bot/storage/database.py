"""What the stores need of a database, whichever engine keeps it.

Statements are written in SQLite's words; see `dialect` for what becomes of them elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

from bot.pace import SharedPace

T = TypeVar("T")
Parameters = Sequence[Any] | Mapping[str, Any]


class Row(Protocol):
    """Values by name and by place; `dict(row)` knows the names."""

    def keys(self) -> Iterable[str]: ...

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Self: ...

    def __next__(self) -> Any: ...


class Connection(Protocol):
    def execute(self, sql: str, parameters: Parameters = ..., /) -> Cursor: ...

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor: ...


class Database(Protocol):
    """All of it raises Transient for what passes once somebody has mended it."""

    @property
    def pace(self) -> SharedPace | None:
        """That of all processes which use it; None where there is only one."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction, as if nobody else wrote; it is on disk when this returns.

        It may be run again from its beginning, so it changes nothing but the database.
        """

    async def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one query. What was written before is seen."""

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Several queries at one moment, in nobody's way."""

    async def close(self) -> None:
        """Waits for what is still being written."""

    async def size(self) -> int:
        """What it takes on its disk, in bytes."""

    async def try_writing(self) -> None:
        """Write something that has to reach the disk, and leave all as it was."""
