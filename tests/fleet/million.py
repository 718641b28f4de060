"""How long it takes to find what is to be done, among none, ten thousand and a million others.

`python -m tests.fleet.million`: medians in milliseconds, first of Procrastinate's claim, then of our
own questions to tables that hold a million tasks.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median

import click
import psycopg

from bot.line import Room
from bot.storage.engines import engine_of
from bot.storage.line import LineStore
from bot.storage.sweeping import SweepStore
from bot.storage.updates import UpdateStore
from tests.postgres import PostgresServer, programs

_JOBS = """
INSERT INTO procrastinate_jobs
    (queue_name, task_name, lock, queueing_lock, args, priority, scheduled_at)
SELECT 'main', 'task', 'task ' || n, 'task ' || n || ' at', '{"key": "0123456789ab"}',
    CASE WHEN %(later)s THEN -28000000 - n ELSE 0 END,
    CASE WHEN %(later)s THEN now() + interval '1 day' + n * interval '1 second' END
FROM generate_series(1, %(count)s) AS n
"""
_ONE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock)
VALUES ('main', 'task', 'task it', 'task it')
"""
_CLAIM = "SELECT id FROM procrastinate_fetch_job_v2(ARRAY['main'], %s)"
_END = "SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)"
_TASKS = """
INSERT INTO tasks (id, key, version, state, due_at, created_at, chat, person, body)
SELECT 't' || n, 'message:' || n, 1, %(state)s,
    CASE WHEN %(due)s THEN extract(epoch FROM now()) + 3600 + n END,
    extract(epoch FROM now()) - n, n %% 5000, n %% 5000,
    '{"order": {"size": "1k", "model": "banana"}, "price": 4, "sends": 0}'
FROM generate_series(1, %(count)s) AS n
"""
_PICTURES = """
INSERT INTO pictures (id, task, number, state, queued, model, person, words, body)
SELECT 'p' || n, 't' || n, 1, %(picture)s, %(queued)s, 'banana', n %% 5000, '', '{"late": false}'
FROM generate_series(1, %(count)s) AS n
"""
_UPDATES = """
INSERT INTO updates (update_id, queue, state, received_at, body)
SELECT n, CASE WHEN %(state)s = 'new' THEN 'chat:' || n %% 5000 ELSE '' END, %(state)s,
    extract(epoch FROM now()) - 10, ''
FROM generate_series(1, %(count)s) AS n
"""
_EMPTY = "TRUNCATE updates, tasks, pictures, procrastinate_jobs CASCADE"
_MANY = 1_000_000
_ROUNDS = 31
Connection = psycopg.Connection[tuple[object, ...]]


def claims(connection: Connection) -> None:
    worker = connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
    (number,) = worker.fetchone() or (0,)
    click.echo(f"{'a claim among':40}{'one is ready':>14}{'none is ready':>15}")
    for count in (0, 10_000, _MANY):
        for later in (True, False) if count else (True,):
            connection.execute(_EMPTY)
            # Nobody need hear of each of them.
            connection.execute("SET session_replication_role = replica")
            connection.execute(_JOBS, {"count": count, "later": later})
            connection.execute("SET session_replication_role = origin")
            connection.execute("VACUUM ANALYZE procrastinate_jobs")
            ready = _claimed(connection, number, put=later)
            none = _claimed(connection, number, put=False) if later else None
            what = f"{count:,} {'for later' if later else 'that are ready'}"
            click.echo(f"{what:40}{ready:11.2f} ms" + (f"{none:12.2f} ms" if none else ""))


def _claimed(connection: Connection, worker: object, *, put: bool) -> float:
    times = []
    for _ in range(_ROUNDS):
        if put:
            connection.execute(_ONE)
        began = time.perf_counter()
        (found,) = connection.execute(_CLAIM, [worker]).fetchone() or (None,)
        times.append(time.perf_counter() - began)
        if found:
            connection.execute(_END, [found])
    return median(times) * 1000


async def questions(url: str, connection: Connection) -> None:
    kinds = {
        "none": {},
        "ended": {"state": "delivered", "due": False, "picture": "stored", "queued": 0},
        "waiting for later": {"state": "working", "due": True, "picture": "stored", "queued": 0},
        "in line": {"state": "working", "due": True, "picture": "created", "queued": 1},
    }
    database = await engine_of(url).open()
    sweep, inbox, line = SweepStore(database), UpdateStore(database), LineStore(database)
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "sweep: tasks that are due": lambda: sweep.tasks(datetime.now(UTC)),
        "sweep: queues of the inbox": lambda: sweep.queues(datetime.now(UTC)),
        "sweep: albums": lambda: sweep.albums(datetime.now(UTC)),
        "sweep: notices": lambda: sweep.notices(datetime.now(UTC)),
        "inbox: the first of a chat": lambda: inbox.head("chat:7"),
        "line: who is next": lambda: line.next(Room()),
        "line: how long it is": line.length,
    }
    click.echo(f"\n{'a million tasks':40}" + "".join(f"{name:>20}" for name in kinds))
    found: dict[str, list[float]] = {name: [] for name in asked}
    for kind, values in kinds.items():
        connection.execute(_EMPTY)
        if values:
            for sql in (_TASKS, _PICTURES):
                connection.execute(sql, {**values, "count": _MANY})
            state = "done" if kind == "ended" else "new"
            connection.execute(_UPDATES, {"state": state, "count": 100_000})
        connection.execute("VACUUM ANALYZE")
        for name, ask in asked.items():
            found[name].append(await _asked(ask))
    for name, times in found.items():
        click.echo(f"{name:40}" + "".join(f"{one:17.2f} ms" for one in times))
    await database.close()


async def _asked(ask: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - began)
        if sum(times) > 10:
            break
    return median(times) * 1000


@click.command(help=__doc__)
def main() -> None:
    bin_ = programs()
    if bin_ is None:
        raise click.ClickException("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(bin_)
    try:
        with server.database() as url, psycopg.connect(url, autocommit=True) as connection:
            claims(connection)
            asyncio.run(questions(url, connection))
    finally:
        server.remove()


if __name__ == "__main__":
    main()
