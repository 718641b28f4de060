"""Two doors and two workers in a storm: thousands of requests, and everything dies once.

`python -m tests.fleet.storm --tasks 2000 --chats 500`. One door and one worker are killed in the
middle and started again, as a platform does; PostgreSQL loses its plug once; Telegram and the
generator enforce their limits. At the end a report says what became of each request; exit status 1
unless everything came, was paid once, and in order.
"""

import asyncio
import json
import logging
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Change
from bot.sandbox.generator import GeneratorServer
from tests.buckets import Bucket, S3Server
from tests.conftest import API_KEY, TOKEN
from tests.faults.ledger import Place, Report
from tests.fleet.accounts import account, being_sent
from tests.fleet.crowd import PROGRAM, PROGRAM_TOKEN, Crowd
from tests.fleet.machines import Machines
from tests.keeping import OnServer
from tests.postgres import PostgresServer, programs

_UNDER_WAY = (
    "SELECT (SELECT count(*) FROM tasks WHERE due_at IS NOT NULL)"
    " + (SELECT count(*) FROM updates WHERE state = 'new')"
    " + (SELECT count(*) FROM albums WHERE due_at IS NOT NULL)"
)
# What has come when the processes die, and when the server does.
_PROCESSES_DIE, _SERVER_DIES = 0.25, 0.55
# A platform sees that a process is gone, and starts another one.
_GONE = 2.0
_LOOK = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`begun`: how many jobs the generator takes in ten seconds, which the bot is told. `within`:
    seconds after which everything has to be there. `resubmit`: longer than a callback may take here.
    """

    tasks: int
    chats: int
    a_second: float
    begun: int
    resubmit: int
    within: float
    seed: int

    @property
    def variables(self) -> dict[str, str]:
        return {
            "API_TOKENS": f"{PROGRAM}:{PROGRAM_TOKEN}:unlimited",
            "API_REQUESTS_A_MINUTE": "100000",
            "FREE_CREDITS_DAILY": "1000000",
            "JOBS_IN_TEN_SECONDS": str(self.begun),
            "JOBS_AT_ONCE": str(self.begun),
            "PERSON_AT_ONCE": str(self.begun),
            "CHAT_AT_ONCE": str(self.begun),
            "TASK_POLL_SECONDS": "1",
            "TASK_RESUBMIT_SECONDS": str(self.resubmit),
        }


@dataclass(eq=False)
class Storm:
    plan: Plan
    machines: Machines
    server: PostgresServer
    crowd: Crowd
    at_death: set[Place] = field(default_factory=set)
    arrived: int = 0
    last: float = 0.0

    def __post_init__(self) -> None:
        self.machines.telegram.on_change(self._see)

    def _see(self, change: Change) -> None:
        if change.kind == "new" and "photo" in change.data and change.data["from"]["is_bot"]:
            self.arrived += 1
            self.last = time.monotonic()

    async def run(self) -> Report:
        """Raises TimeoutError when things do not come to rest."""
        await self.machines.start_all()
        began = time.monotonic()
        rested = True
        try:
            async with asyncio.timeout(self.plan.within), asyncio.TaskGroup() as group:
                group.create_task(self.crowd.ask(self.plan.tasks, a_second=self.plan.a_second))
                group.create_task(self._kill())
            async with asyncio.timeout(began + self.plan.within - time.monotonic()):
                await self._rest()
        except TimeoutError:
            rested = False
        report = await account(self.machines, self.crowd, self.at_death)
        if not rested:
            report.wrong.append(f"did not come to rest within {self.plan.within:.0f} s")
        took = self.last - began
        report.figures |= {
            "until the last picture": f"{took:.0f} s, {self.plan.tasks / took:.1f} tasks a second",
            "jobs handed out": f"{self._jobs() / self.plan.tasks:.1f} for each task",
            "jobs taken over": str(self._taken_over()),
            "answered by each door": ", ".join(map(str, self.machines.balancer.answered.values())),
            "delivered by each process": ", ".join(map(str, self.machines.told("delivered"))),
        }
        return report

    async def _kill(self) -> None:
        door, worker = self.machines.webs[0], self.machines.workers[0]
        await self._come(_PROCESSES_DIE)
        await asyncio.gather(worker.kill(), door.kill())
        self.at_death |= being_sent(self.machines.keeping)
        await asyncio.sleep(_GONE)
        await asyncio.gather(*(one.start(within=90) for one in (door, worker)))
        await self._come(_SERVER_DIES)
        self.server.stop(signal.SIGQUIT)
        self.server.start()

    async def _come(self, share: float) -> None:
        while self.arrived < share * self.plan.tasks:  # noqa: ASYNC110 - counted, and no event
            await asyncio.sleep(_LOOK)

    async def _rest(self) -> None:
        while not self._rests():  # noqa: ASYNC110 - three places, and no common event
            await asyncio.sleep(_LOOK)

    def _rests(self) -> bool:
        if self.machines.telegram.updates.pending or self.machines.generator._lives:
            return False
        ((waiting,),) = self.machines.keeping.rows(_UNDER_WAY)
        return bool(waiting == 0)

    def _jobs(self) -> int:
        ((count,),) = self.machines.keeping.rows("SELECT last_value FROM procrastinate_jobs_id_seq")
        return int(count)

    def _taken_over(self) -> int:
        lines = [line for one in self.machines.all for line in one.lines]
        return sum(int(line["jobs"]) for line in lines if line.get("event") == "taken over")


async def play(
    folder: Path, server: PostgresServer, url: str, bucket: Bucket, plan: Plan
) -> Report:
    telegram = BotApiServer(
        token=TOKEN, username="nano_banana_bot", retry_seconds=0.2, limits=True, conformance=False
    )
    generator = GeneratorServer(
        api_key=API_KEY,
        seconds_per_job=1.0,
        balance=1e9,
        rate=(plan.begun, 10.0),
        callback_retry_seconds=(0.5,) * 240,
    )
    variables = {**plan.variables, **bucket.variables}
    async with telegram, generator:
        machines = Machines(telegram, generator, folder, OnServer(server, url), **variables)
        crowd = Crowd(telegram, machines.address, plan.chats, random.Random(plan.seed))
        async with machines.balancer:
            try:
                return await Storm(plan, machines, server, crowd).run()
            finally:
                await machines.kill_all()
                _write_logs(machines, folder)


def _write_logs(machines: Machines, folder: Path) -> None:
    for number, one in enumerate(machines.all, start=1):
        lines = [json.dumps(line) for line in one.lines]
        (folder / f"{number}.jsonl").write_text("\n".join(lines))


@click.command(help=__doc__)
@click.option("--tasks", default=2000, show_default=True)
@click.option("--chats", default=500, show_default=True)
@click.option("--a-second", default=20.0, show_default=True, help="How many are asked for.")
@click.option("--begun", default=300, show_default=True, help="Jobs in ten seconds.")
@click.option(
    "--resubmit", default=60, show_default=True, help="Seconds until a job is asked for again."
)
@click.option("--within", default=1200.0, show_default=True, help="Seconds for all of it.")
@click.option(
    "--logs", type=click.Path(path_type=Path), help="Keep the logs of all processes there."
)
@click.option("--seed", type=int, help="For the same requests again.")
def main(*, seed: int | None, logs: Path | None, **numbers: float) -> None:
    # Connections that are cut in the middle are what we are here for.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    seed = random.randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}")
    bin_ = programs()
    if bin_ is None:
        raise click.ClickException("PostgreSQL is not installed: apt-get install postgresql")
    plan = Plan(seed=seed, **numbers)  # type: ignore[arg-type]  # click has made them what they are
    if logs:
        logs.mkdir(parents=True, exist_ok=True)
    server, bucket = PostgresServer(bin_), S3Server().bucket()
    try:
        with tempfile.TemporaryDirectory() as folder, server.database() as url:
            report = asyncio.run(play(logs or Path(folder), server, url, bucket, plan))
    finally:
        server.remove()
    click.echo(report.text())
    sys.exit(0 if report.good else 1)


if __name__ == "__main__":
    main()
