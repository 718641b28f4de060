"""Hundreds of people ask while both sides fail at random and the bot is killed again and again.

`python -m tests.faults.soak --seconds 600`. Then the faults stop, everything comes to rest, and a
report says what became of each request; exit status 1 when one was lost, not answered, or wrongly
paid for or sent twice.
"""

import asyncio
import contextlib
import logging
import os
import random
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.process import BotProcess
from bot.storage.pictures import PictureStore, open_store
from bot.storage.retention import Retention
from bot.storage.sqlite import SQLite
from tests.conftest import API_KEY, TOKEN, photo
from tests.faults.ledger import Asked, Ledger, Report
from tests.faults.weather import GENERATOR_FAULTS, TELEGRAM_FAULTS
from tests.keeping import unbalanced
from tests.ports import free_port

RESUBMIT_SECONDS = 20
REST_SECONDS = 420
# The generator takes two jobs a second; a little less is asked, so that they never pile up.
PICTURES_PER_SECOND = 1.4
FAULT_EVERY = 1.0


@dataclass(slots=True)
class Sample:
    """How the process was at one moment of its life."""

    life: int
    age: float
    memory: int
    files: int


@dataclass(eq=False)
class Soak:
    telegram: BotApiServer
    generator: GeneratorServer
    folder: Path
    chance: random.Random
    people: int
    groups: int
    ledger: Ledger = field(default_factory=Ledger)
    samples: list[Sample] = field(default_factory=list)
    kills: int = 0

    def __post_init__(self) -> None:
        self.port = free_port()
        self.database = self.folder / "bot.db"
        self.bot = BotProcess(self._variables(), self.folder)
        self.bot.line_listeners.append(self.ledger.hear)
        self._began = 0.0
        world = self.telegram.world
        crowd = [
            world.add_person(f"P{number}", language_code=self.chance.choice(("en", "zh-hans")))
            for number in range(self.people)
        ]
        self._places: list[tuple[Person, Chat | None]] = [(person, None) for person in crowd]
        for number in range(self.groups):
            members = self.chance.sample(crowd, k=min(4, len(crowd)))
            group = world.add_group(f"G{number}", members=members, supergroup=number % 2 == 0)
            self._places += [(person, group) for person in members]

    def _variables(self) -> dict[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "NANO_BANANA_API_KEY": API_KEY,
            "WEBHOOK_BASE_URL": f"http://127.0.0.1:{self.port}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "TELEGRAM_API_URL": self.telegram.url,
            "NANO_BANANA_API_URL": self.generator.url,
            "NANO_BANANA_UPLOAD_URL": self.generator.url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "FREE_CREDITS_DAILY": "1000000",
            "TASK_POLL_SECONDS": "0.5",
            "TASK_RESUBMIT_SECONDS": str(RESUBMIT_SECONDS),
            "LOG_LEVEL": "INFO",
        }

    # --- the three that go on side by side -------------------------------------------------

    async def ask(self) -> None:
        """Somebody somewhere asks for something, at random."""
        while True:
            count = self.chance.choice((1, 1, 1, 1, 2, 3))
            self._ask_once(count)
            await asyncio.sleep(self.chance.expovariate(PICTURES_PER_SECOND / count))

    def _ask_once(self, count: int) -> None:
        person, chat = self.chance.choice(self._places)
        text = f"thing {len(self.ledger.asked)}" + (f" --n {count}" if count > 1 else "")
        command = text if chat is None else f"/imagine {text}"
        if self.chance.random() < 0.1:
            message = self.telegram.send_photo(person, photo(), caption=command, chat=chat)
        else:
            message = self.telegram.say(person, command, chat=chat)
        self.ledger.asked.append(Asked(message["chat"]["id"], message["message_id"], count))

    async def disturb(self) -> None:
        """Something goes wrong once, on either side, again and again."""
        while True:
            if self.chance.random() < 0.5:
                self.telegram.faults.add(self.chance.choice(TELEGRAM_FAULTS))
            else:
                self.generator.faults.add(self.chance.choice(GENERATOR_FAULTS))
            await asyncio.sleep(self.chance.expovariate(1 / FAULT_EVERY))

    async def kill(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await self.bot.kill()
            self.kills += 1
            await self.start()

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            with contextlib.suppress(OSError, AssertionError):
                age = time.monotonic() - self._began
                memory, files = vitals(self.bot.pid)
                self.samples.append(Sample(self.kills, age, memory, files))

    # --- from beginning to end -------------------------------------------------------------

    async def start(self) -> None:
        self._began = time.monotonic()
        await self.bot.start(within=120)

    async def run(self, *, seconds: float, kill_every: float) -> None:
        """Raises TimeoutError when things do not come to rest."""
        await self.start()
        watching = asyncio.create_task(self.watch())
        going = [asyncio.create_task(one) for one in (self.ask(), self.disturb())]
        if kill_every:
            going.append(asyncio.create_task(self.kill(kill_every)))
        done, _ = await asyncio.wait(going, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        for task in done:
            task.result()
        self.telegram.faults.clear()
        self.generator.faults.clear()
        if not self.bot.running:
            await self.start()
        try:
            async with asyncio.timeout(REST_SECONDS):
                while not self._rests():  # noqa: ASYNC110 - three places, and no common event
                    await asyncio.sleep(0.5)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def _rests(self) -> bool:
        if self.telegram.updates.pending or self.generator._lives:
            return False
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            (waiting,) = connection.execute(
                "SELECT (SELECT count(*) FROM tasks WHERE due_at IS NOT NULL)"
                " + (SELECT count(*) FROM updates WHERE state = 'new')"
                " + (SELECT count(*) FROM pictures WHERE queued)"
            ).fetchone()
        return bool(waiting == 0)

    def report(self, seconds: float) -> Report:
        report = self.ledger.report(self.database, self.telegram, self.generator)
        grown = [one for one in self.samples if one.age >= 10] or self.samples
        first, last = grown[0], grown[-1]
        report.figures |= {
            "people, groups": f"{self.people}, {self.groups}",
            "asked for": f"{seconds:.0f} s",
            "tasks per second": f"{len(self.ledger.asked) / seconds:.2f}",
            "kill -9": str(self.kills),
            "memory, first life at 10 s": f"{first.memory / 1e6:.1f} MB",
            "memory, last life at its end": f"{last.memory / 1e6:.1f} MB after {last.age:.0f} s",
            "memory, largest": f"{max(one.memory for one in self.samples) / 1e6:.1f} MB",
            "open files, first and last": f"{first.files}, {last.files}",
            "open files, most": str(max(one.files for one in self.samples)),
        }
        return report


def vitals(pid: int) -> tuple[int, int]:
    """Resident bytes and open files of a process. Raises OSError when it is gone."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def play(folder: Path, *, seconds: float, kill_every: float, **more: Any) -> Report:
    telegram = BotApiServer(
        token=TOKEN, username="nano_banana_bot", retry_seconds=0.2, limits=True, conformance=False
    )
    generator = GeneratorServer(
        api_key=API_KEY, seconds_per_job=1.0, balance=1e9, callback_retry_seconds=(0.5,) * 240
    )
    async with telegram, generator:
        soak = Soak(telegram, generator, folder, **more)
        try:
            await soak.run(seconds=seconds, kill_every=kill_every)
        except TimeoutError:
            click.echo(f"did not come to rest within {REST_SECONDS} s", err=True)
        finally:
            report = soak.report(seconds) if soak.samples else Report()
            await soak.bot.terminate(within=15)
            await sweep_all(soak.database, report)
        return report


async def sweep_all(path: Path, report: Report) -> None:
    """Once everything has had its time nothing may be left, in no table and in no folder."""
    settled = bool(report.figures)
    database, folder = await SQLite.open(path), path.parent / "pictures"
    pictures = PictureStore(open_store(folder.as_uri()))
    day = timedelta(days=1)
    retention = Retention(database=database, pictures=pictures, files_kept=day, history_kept=day)
    before, swept = await _rows(database), {"once": 1}
    report.wrong += await unbalanced(f"sqlite:///{path}")
    report.wrong += await _wrongly_charged(database)
    while any(swept.values()):
        swept = await retention.sweep(datetime.now(UTC) + 500 * day)
    after = await _rows(database)
    await database.close()
    report.figures["rows, then after all retention"] = ", ".join(
        f"{table} {count} -> {after[table]}" for table, count in before.items()
    )
    left = [f"{count} rows in {table}" for table, count in after.items() if count]
    left += [str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()]
    if settled and left:
        report.wrong.append(f"left after all retention: {left[:5]}")


async def _wrongly_charged(database: SQLite) -> list[str]:
    """Whatever was paid for and not brought, or is still reserved."""
    ((spent, held, owed),) = await database.read(
        "SELECT coalesce((SELECT balance FROM accounts WHERE name = 'spent'), 0),"
        " coalesce((SELECT balance FROM accounts WHERE name = 'held'), 0),"
        " coalesce((SELECT sum(json_extract(tasks.body, '$.price')) FROM pictures"
        " JOIN tasks ON tasks.id = task WHERE message IS NOT NULL"
        " AND NOT json_extract(pictures.body, '$.late')), 0)"
    )
    return [] if (spent, held) == (owed, 0) else [f"{spent} spent, {held} held, {owed} owed"]


async def _rows(database: SQLite) -> dict[str, int]:
    """How many there are in each table of ours."""
    tables = await database.read(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\'"
    )
    counts = {}
    for (table,) in tables:
        # The accounts credits come from and go to are nobody's, and stay.
        which = "WHERE name LIKE '%:%'" if table == "accounts" else ""
        ((count,),) = await database.read(f"SELECT count(*) FROM {table} {which}")
        counts[table] = count
    return counts


@click.command(help=__doc__)
@click.option("--seconds", default=600.0, show_default=True, help="How long people ask.")
@click.option("--kill-every", default=20.0, show_default=True, help="Seconds; 0 is never.")
@click.option("--people", default=300, show_default=True)
@click.option("--groups", default=40, show_default=True)
@click.option("--seed", type=int, help="For the same sequence of faults again.")
def main(seconds: float, kill_every: float, people: int, groups: int, seed: int | None) -> None:
    # Connections that are cut in the middle are what we are here for.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    seed = random.randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            play(
                Path(folder),
                seconds=seconds,
                kill_every=kill_every,
                chance=random.Random(seed),
                people=people,
                groups=groups,
            )
        )
    click.echo(report.text())
    sys.exit(0 if report.good else 1)


if __name__ == "__main__":
    main()
