"""A PostgreSQL server: how we connect, how values go there and come back, and what its troubles
mean to us.

https://www.psycopg.org/psycopg3/docs/
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.string import StrDumper

from bot.errors import Reason, Transient
from bot.storage.database import Cursor, Parameters
from bot.storage.dialect import statement

log = logging.getLogger(__name__)

# Of advisory locks there are as many as there are pairs of numbers: this is ours, "nano".
# https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
OURS = 0x6E616E6F
RUNNING, MIGRATING, CROWDED, PACING = 1, 2, 3, 4

# What the address itself says counts first. https://www.postgresql.org/docs/current/libpq-connect.html
_USUAL = {
    "connect_timeout": "5",
    # A server that is gone without a word is known to be gone within half a minute.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "nano-banana-bot",
}
_SESSION = (
    # "On disk" means it survives the power cord, whatever is usual on this server.
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'; "
    # That server, too, knows within half a minute that we are gone.
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    # If we fall silent in the middle of a change, others do not wait for us for ever.
    "SELECT set_config(name, usual, false) FROM (VALUES ('lock_timeout', '10s'),"
    " ('idle_in_transaction_session_timeout', '60s')) AS times (name, usual)"
    " WHERE current_setting(name) = '0'; "
    # What we read means the same whatever is usual there.
    "SET timezone = 'UTC'"
)
_NUL = re.compile(r"\x00|(?<!\\)(?P<even>(?:\\\\)*)\\u0000")


class Row(tuple[Any, ...]):
    """Values by name and by place, as SQLite gives them."""

    __slots__ = ()
    names: tuple[str, ...] = ()

    def keys(self) -> tuple[str, ...]:
        return self.names

    def __getitem__(self, key: Any) -> Any:
        return tuple.__getitem__(self, self.names.index(key) if isinstance(key, str) else key)


def rows(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Row]:
    """For psycopg: how a row is made of what comes back."""
    return _kind_of_row(tuple(column.name for column in cursor.description or ()))


@lru_cache(maxsize=500)
def _kind_of_row(names: tuple[str, ...]) -> type[Row]:
    return type("Row", (Row,), {"__slots__": (), "names": names})


def without_nul(text: str) -> str:
    """A text as it is kept there."""
    return _NUL.sub("\\g<even>\ufffd", text) if "\0" in text or "\\u0000" in text else text


class _YesOrNo(Dumper):
    """Numbers in our tables, as in SQLite."""

    def dump(self, obj: Any) -> Buffer:
        return b"1" if obj else b"0"

    def quote(self, obj: Any) -> Buffer:
        return self.dump(obj)


class _Text(StrDumper):
    """PostgreSQL keeps no NUL, neither in a text nor escaped in JSON; nobody can see it either."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(without_nul(obj))


class _Whole(Loader):
    """Sums are of any size there; ours are whole numbers."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text else int(text)


def adapt(adapters: AdaptersMap) -> None:
    adapters.register_dumper(bool, _YesOrNo)
    adapters.register_dumper(str, _Text)
    adapters.register_loader("numeric", _Whole)


class Reaching(psycopg.Connection[Row]):
    """Says why there is no connection: whoever waits for one of the pool only learns that."""

    @classmethod
    def connect(cls, conninfo: str = "", **settings: Any) -> Self:
        try:
            return super().connect(conninfo, **settings)
        except psycopg.Error as error:
            log.warning("database not reached", extra={"detail": " ".join(str(error).split())})
            raise


class Connection:
    """Fits `database.Connection`."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        return self._connection.execute(statement(sql), parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        cursor = self._connection.cursor()
        cursor.executemany(statement(sql), parameters)
        return cursor


def where(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    user, _, server = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return f"postgresql://{name and name + '@'}{server}{parts.path}"


def address_of(url: str) -> dict[str, Any]:
    """Where it is, for whatever connects."""
    return {**_USUAL, **conninfo_to_dict(url), "client_encoding": "utf8"}


def settings_of(url: str) -> dict[str, Any]:
    """For our own `psycopg.connect`."""
    return {
        **address_of(url),
        # Values are put into the text: SQL that serves both engines does not tell their types.
        "cursor_factory": psycopg.ClientCursor,
        "row_factory": rows,
        "autocommit": True,
    }


def prepare(connection: psycopg.Connection[Row]) -> None:
    """What each connection begins with."""
    adapt(connection.adapters)
    connection.execute(_SESSION)


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Row]]:
    """One connection by itself. Raises OSError, in one line, for whatever the server minds."""
    try:
        with psycopg.connect(**settings_of(url)) as connection:
            prepare(connection)
            yield connection
    except psycopg.Error as error:
        raise OSError(f"{where(url)}: {in_one_line(error, url)}") from None


def in_one_line(error: psycopg.Error, url: str) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    password = urlsplit(url).password
    for secret in (password, unquote(password)) if password else ():
        text = text.replace(secret, "***")
    return text


def in_our_words(error: psycopg.Error) -> Exception:
    """What may pass once somebody has mended the server is Transient; the rest is our mistake.

    A server that stops, is full or not there, a lock that is waited for too long, one that has
    become read only: https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    passing = psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError
    if isinstance(error, passing):
        return Transient(Reason.INTERNAL, f"database: {' '.join(str(error).split())}")
    return error
