"""What other processes have saved, told through the server: LISTEN and NOTIFY.

Nobody tells inside the transaction that saves: from a NOTIFY on, to the end of its commit and
with it of a wait for the disk, a transaction holds a lock of which a server has one, and all who
save would stand in one line. So ids are collected and told a moment later, many at once.
https://www.postgresql.org/docs/current/sql-notify.html and PreCommit_Notify in
https://github.com/postgres/postgres/blob/master/src/backend/commands/async.c
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import psycopg

from bot.changes import Heard
from bot.storage.postgres_server import in_one_line, settings_of

log = logging.getLogger(__name__)

_CHANNEL = "nano_banana_tasks"
# So long one that has changed waits for others, and for its own next change.
_GATHERED = 0.005
# A message has less than 8,000 bytes.
_TOLD_AT_ONCE = 7_000
# More than this while nobody can be told, and everybody looks at all they watch instead.
_WAITING_MAX = 20_000
_ANYTHING = "*"
_PAUSE, _PAUSE_MAX = 0.25, 10.0
_TELL = "SELECT pg_notify(%s, message) FROM unnest(%s::text[]) AS message"

Connection = psycopg.AsyncConnection[tuple[object, ...]]


class PostgresNews:
    """Fits `changes.Others`: two connections of its own, to hear and to tell."""

    def __init__(self, url: str) -> None:
        self._url = url
        # What we have told ourselves comes back to us, too.
        self._me = secrets.token_hex(4)
        self._waiting: set[str] = set()
        self._anything = asyncio.Event()

    def tell(self, task_id: str) -> None:
        self._add([task_id])

    async def run(self, heard: Heard) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever("hear", lambda said: self._hear(said, heard)))
            group.create_task(self._for_ever("tell", self._tell))

    async def _for_ever(self, what: str, work: Callable[[Connection], Awaitable[None]]) -> None:
        """Begin again whenever the server was away."""
        loop, pause = asyncio.get_running_loop(), _PAUSE
        while True:
            began = loop.time()
            try:
                async with self._connected() as connection:
                    await work(connection)
            except psycopg.Error as error:
                if loop.time() - began > _PAUSE_MAX:
                    pause = _PAUSE
                about = {"what": what, "detail": in_one_line(error, self._url), "wait": pause}
                log.warning("other processes not reached", extra=about)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _PAUSE_MAX)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        settings = {**settings_of(self._url), "cursor_factory": psycopg.AsyncClientCursor}
        del settings["row_factory"]
        async with await psycopg.AsyncConnection.connect(**settings) as connection:
            yield connection

    async def _hear(self, connection: Connection, heard: Heard) -> None:
        await connection.execute(f"LISTEN {_CHANNEL}")
        # Until now nobody told us.
        heard(None)
        async for one in connection.notifies():
            who, _, ids = one.payload.partition(" ")
            if who != self._me:
                heard(None if ids == _ANYTHING else ids.split(","))

    async def _tell(self, connection: Connection) -> None:
        # What is told is lost with the server anyhow, and nobody need wait for its disk.
        await connection.execute("SET synchronous_commit = off")
        while True:
            await self._anything.wait()
            await asyncio.sleep(_GATHERED)
            waiting, self._waiting = self._waiting, set()
            self._anything.clear()
            try:
                messages = [f"{self._me} {part}" for part in _parts(waiting)]
                await connection.execute(_TELL, [_CHANNEL, messages])
            except psycopg.Error:
                self._add(waiting)
                raise

    def _add(self, ids: Iterable[str]) -> None:
        self._waiting.update(ids)
        if len(self._waiting) > _WAITING_MAX:
            self._waiting = {_ANYTHING}
        self._anything.set()


def _parts(ids: Iterable[str]) -> list[str]:
    """The ids as texts that are short enough."""
    if _ANYTHING in ids:
        return [_ANYTHING]
    parts: list[str] = []
    for one in ids:
        if parts and len(parts[-1]) + len(one) < _TOLD_AT_ONCE:
            parts[-1] += f",{one}"
        else:
            parts.append(one)
    return parts
