"""One process of the bot that asks Telegram for updates, by an advisory lock of its session.

Telegram hands updates to one at a time; where it calls us there may be any number of processes.

The lock ends with the connection: when the process is killed, but also when the server restarts.
So whoever holds it looks after it, takes it again, and stops when somebody else was quicker. What
both do in between is compared and set like everything else.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
import os
import secrets
import socket
import threading
import time
from contextlib import ExitStack, suppress

import psycopg

from bot.storage.postgres_server import OURS, RUNNING, Row, connected, where

_LOOK_EVERY = 1.0
# So soon the server notices that whoever had it before has ended.
_NOTICED_WITHIN, _AGAIN = 1.5, 0.05
_HOLDER = (
    "SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted"
    " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Alone:
    """`take` it before anything else, `keep` it while the bot runs."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open = ExitStack()
        self._connection: psycopg.Connection[Row] | None = None
        self._looking = threading.Lock()
        self._over = False
        # Nobody else has this name, whatever machines are called.
        self._me = (
            f"nano-banana-bot {os.getpid()} on {socket.gethostname()[:24]} #{secrets.token_hex(4)}"
        )

    def take(self) -> None:
        """Raises OSError, in one line, when somebody else has it or the server cannot be reached."""
        self._release()
        connection = self._open.enter_context(connected(self._url))
        connection.execute("SELECT set_config('application_name', %s, false)", [self._me])
        if not self._try_for_a_while(connection):
            holder = self._holder(connection)
            self._release()
            raise InUse(
                f"{where(self._url)}: another process asks Telegram for updates ({holder})."
                " Stop that one first; start this one as `python -m bot worker`; or set"
                " WEBHOOK_BASE_URL, and Telegram calls any number of them."
            )
        self._connection = connection

    def end(self) -> None:
        """Let go of it, now or as soon as a look that is under way is over."""
        self._over = True
        if self._looking.acquire(blocking=False):
            self._release()
            self._looking.release()

    def _release(self) -> None:
        self._connection = None
        # A connection that is broken already is no trouble.
        with suppress(OSError):
            self._open.close()

    async def keep(self) -> None:
        """Runs for ever. Raises InUse once somebody else has taken it."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            await asyncio.to_thread(self._look)

    def _look(self) -> None:
        with self._looking:
            try:
                if self._connection is None:
                    self.take()
                else:
                    self._connection.execute("SELECT 1")
            except InUse:
                raise
            except (OSError, psycopg.Error):
                # Nobody writes to a server that is not there.
                self._release()
            finally:
                if self._over:
                    self._release()

    def _try_for_a_while(self, connection: psycopg.Connection[Row]) -> bool:
        over = time.monotonic() + _NOTICED_WITHIN
        while not self._try(connection):
            if self._over or time.monotonic() > over:
                return False
            time.sleep(_AGAIN)
        return True

    def _try(self, connection: psycopg.Connection[Row]) -> bool:
        sql = "SELECT pg_try_advisory_lock(%s, %s)"
        (taken,) = connection.execute(sql, [OURS, RUNNING]).fetchone() or (False,)
        if taken:
            return True
        # It may be we ourselves: the server has not noticed yet that our connection is gone.
        for pid, name in connection.execute(_HOLDER, [OURS, RUNNING]).fetchall():
            if name == self._me:
                connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
                (taken,) = connection.execute(sql, [OURS, RUNNING]).fetchone() or (False,)
        return bool(taken)

    def _holder(self, connection: psycopg.Connection[Row]) -> str:
        names = [str(row[1]) for row in connection.execute(_HOLDER, [OURS, RUNNING]).fetchall()]
        if not names:
            return "it has just ended"
        return names[0].partition(" #")[0].replace("nano-banana-bot", "process")


class InUse(OSError):
    """Another process has it."""
