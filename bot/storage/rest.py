"""While everything is brought from a SQLite database to a PostgreSQL server, no bot uses either."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.storage.lock import only_one
from bot.storage.postgres_lock import Alone, InUse
from bot.storage.postgres_server import connected, where

# They say who they are as we do.
_OTHERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND application_name = current_setting('application_name')"
)
_LOOKS, _LOOK_EVERY = 20, 0.1


@contextmanager
def at_rest(path: Path, url: str) -> Iterator[None]:
    """Keep away other moves, and bots but for those that Telegram calls: of them we only see
    whether there are any. Raises OSError, in one line, when there is somebody.
    """
    alone = Alone(url)
    with only_one(path):
        try:
            alone.take()
        except InUse as error:
            raise _in_use(url) from error
        try:
            _look_around(url)
            yield
        finally:
            alone.end()


def _look_around(url: str) -> None:
    with connected(url) as connection:
        for _ in range(_LOOKS):
            if not connection.execute(_OTHERS).fetchall():
                return
            # Who has just been killed may be seen for a moment.
            time.sleep(_LOOK_EVERY)
    raise _in_use(url)


def _in_use(url: str) -> OSError:
    return OSError(f"{where(url)}: a process of the bot uses this database; stop it first")
