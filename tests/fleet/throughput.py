"""How many tasks one, two and four workers carry on this machine, and what each of them costs.

`python -m tests.fleet.throughput`. A program asks over HTTP, so Telegram's limits are in nobody's
way; the generator answers at once and as often as it is asked. The seconds of processor time for a
task say what one worker on a core of its own would do, whatever else this machine does.
"""

import asyncio
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import aiohttp
import click

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from tests.conftest import API_KEY, TOKEN
from tests.fleet.crowd import PROGRAM_TOKEN
from tests.fleet.machines import Machines
from tests.keeping import OnServer
from tests.postgres import PostgresServer, programs

_AT_ONCE = 48
_PROGRAMS = 8
_ENDED = "SELECT count(*) FROM tasks WHERE state = 'delivered'"
_JOBS = "SELECT last_value FROM procrastinate_jobs_id_seq"
_COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
_TICKS = os.sysconf("SC_CLK_TCK")
_WITHIN = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All but the first are for one task; `worker` and so on are milliseconds of processor time."""

    a_second: float
    jobs: float
    commits: float
    worker: float
    door: float
    server: float


async def measure(
    folder: Path, server: PostgresServer, url: str, *, tasks: int, workers: int
) -> Measured:
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot", conformance=False)
    generator = GeneratorServer(api_key=API_KEY, seconds_per_job=0.0, balance=1e9, rate=None)
    tokens = {f"p{number}": f"{PROGRAM_TOKEN}-{number}" for number in range(_PROGRAMS)}
    variables = {
        "API_TOKENS": ", ".join(f"{name}:{token}:unlimited" for name, token in tokens.items()),
        "API_REQUESTS_A_MINUTE": "100000",
        "JOBS_IN_TEN_SECONDS": "10000",
        **dict.fromkeys(("JOBS_AT_ONCE", "PERSON_AT_ONCE", "CHAT_AT_ONCE"), "1000"),
    }
    async with telegram, generator:
        keeping = OnServer(server, url)
        machines = Machines(
            telegram, generator, folder, keeping, webs=1, workers=workers, **variables
        )
        try:
            async with machines.balancer:
                await machines.start_all()
                await _ask(machines, list(tokens.values()), _AT_ONCE)
                before, began = _spent(machines, server), time.monotonic()
                await _ask(machines, list(tokens.values()), tasks)
                took, after = time.monotonic() - began, _spent(machines, server)
        finally:
            await machines.kill_all()
    used = [(late - early) / tasks for early, late in zip(before, after, strict=True)]
    jobs, commits, door, worker, postgres = used
    return Measured(
        a_second=tasks / took,
        jobs=jobs,
        commits=commits,
        worker=worker * 1000,
        door=door * 1000,
        server=postgres * 1000,
    )


async def _ask(machines: Machines, tokens: list[str], tasks: int) -> None:
    """So many tasks; returns when all are delivered."""
    ((before,),) = machines.keeping.rows(_ENDED)
    numbers = count()

    async def program(session: aiohttp.ClientSession) -> None:
        while (number := next(numbers)) < tasks:
            headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
            body = {"prompt": f"fox {number}"}
            async with session.post("/api/generate/image", json=body, headers=headers) as answer:
                assert answer.status == 200, await answer.text()

    door = f"http://127.0.0.1:{machines.ports[0]}"
    async with (
        asyncio.timeout(_WITHIN),
        aiohttp.ClientSession(door) as session,
    ):
        await asyncio.gather(*(program(session) for _ in range(_AT_ONCE)))
        while machines.keeping.rows(_ENDED)[0][0] < before + tasks:  # noqa: ASYNC110 - on disk
            await asyncio.sleep(0.1)


def _spent(machines: Machines, server: PostgresServer) -> list[float]:
    """Jobs, commits, and the seconds of doors, workers and PostgreSQL so far."""
    ((jobs,),) = machines.keeping.rows(_JOBS)
    ((commits,),) = machines.keeping.rows(_COMMITS)
    doors, workers = (
        sum(_seconds(one.pid) for one in each) for each in (machines.webs, machines.workers)
    )
    return [jobs, commits, doors, workers, _of_all(server)]


def _of_all(server: PostgresServer) -> float:
    """A server and its children, those that are gone as well."""
    assert server.pid is not None
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return _seconds(server.pid, ended=True) + sum(_seconds(int(one)) for one in children)


def _seconds(pid: int, *, ended: bool = False) -> float:
    """Processor time of a process, and of its children that have ended; 0 once it has itself.
    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    with suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11 : 15 if ended else 13])) / _TICKS
    return 0.0


@click.command(help=__doc__)
@click.option("--tasks", default=400, show_default=True, help="In each round.")
@click.option("--workers", default="1,2,4", show_default=True)
def main(tasks: int, workers: str) -> None:
    bin_ = programs()
    if bin_ is None:
        raise click.ClickException("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(bin_)
    click.echo(f"{os.cpu_count()} cores")
    click.echo("workers  tasks/s  jobs  commits  ms of worker  ms of door  ms of PostgreSQL")
    try:
        for number in map(int, workers.split(",")):
            with tempfile.TemporaryDirectory() as folder, server.database() as url:
                one = asyncio.run(measure(Path(folder), server, url, tasks=tasks, workers=number))
            click.echo(
                f"{number:7}  {one.a_second:7.1f}  {one.jobs:4.1f}  {one.commits:7.1f}"
                f"  {one.worker:12.1f}  {one.door:10.1f}  {one.server:16.1f}"
            )
    finally:
        server.remove()


if __name__ == "__main__":
    main()
