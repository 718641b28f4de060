"""What tests of the operator's desk ask the database."""

from contextlib import closing

from bot.storage.sqlite import connect
from tests.conftest import Studio, eventually


def rows(studio: Studio, sql: str) -> list[str]:
    """The first column of what a query finds."""
    with closing(connect(studio.folder / "bot.db")) as connection:
        return [str(row[0]) for row in connection.execute(sql)]


def newest(studio: Studio) -> str:
    """The task that was asked for last."""
    return rows(studio, "SELECT id FROM tasks ORDER BY created_at DESC")[0]


async def ended(studio: Studio, count: int = 1) -> None:
    """Wait until so many tasks have ended, and none goes on."""

    def all_of_them() -> bool:
        states = rows(studio, "SELECT state FROM tasks")
        return len(states) == count and set(states) <= {"delivered", "reported"}

    await eventually(all_of_them)


def open_again(studio: Studio) -> None:
    """As if nothing were known of closed chats."""
    with closing(connect(studio.folder / "bot.db")) as connection, connection:
        connection.execute("DELETE FROM chats")
