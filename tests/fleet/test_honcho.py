"""The Procfile, twice of each: honcho starts two doors and two workers, and ends them."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.buckets import Bucket
from tests.conftest import Studio, eventually
from tests.fleet.balancer import Balancer
from tests.ports import free_ports
from tests.test_kill import Killed

ROOT = Path(__file__).parents[2]
LATE = 120.0
# By itself it kills what is left five seconds after the first has ended, however slow a machine is.
_HONCHO = f"from honcho import command, manager; manager.KILL_WAIT = {LATE}; command.main()"


@pytest.mark.parametrize("keeping", ["postgresql"], indirect=True)
async def test_many_run_under_honcho_behind_a_balancer(studio: Studio, bucket: Bucket) -> None:
    # honcho counts on from the first.
    port, other = free_ports(2)
    many = Killed(studio.telegram, studio.generator, studio.folder, studio.keeping)
    env = {
        **many.variables(),
        **bucket.variables,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PORT": str(port),
        "LOG_LEVEL": "INFO",
    }
    async with Balancer(many.port, port, other) as balancer:
        honcho = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _HONCHO, "-f", str(ROOT / "Procfile"), "-e", "/dev/null"),
            *("start", "-c", "web=2,worker=2", "web", "worker"),
            cwd=studio.folder,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        lines: list[str] = []
        reading = asyncio.create_task(_read(honcho, lines))
        try:
            await eventually(lambda: sum(" ready " in one for one in lines) == 4, LATE)
            for number in range(4):
                for person in (studio.ann, studio.bob, studio.mei):
                    studio.telegram.say(person, f"fox {number}")
            for person in (studio.ann, studio.bob, studio.mei):
                for number in range(4):
                    await studio.picture(studio.chat(person), f"fox {number}", seconds=LATE)
                await studio.quiet(studio.chat(person), seconds=LATE)
            assert all(balancer.answered.values())
            assert len([one for one in bucket.files() if one.startswith("images/")]) == 12
            assert len(_of(studio.keeping.url)) >= 4
            honcho.terminate()
            # Between it and them stands a shell, which does not wait for them.
            await eventually(lambda: not _of(studio.keeping.url), LATE)
        finally:
            for pid in _of(studio.keeping.url):
                os.kill(pid, signal.SIGKILL)
            await honcho.wait()
            await reading
    # They had time to hand back what was theirs.
    assert studio.keeping.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]


def _of(url: str) -> list[int]:
    """All that run on this database."""
    found = []
    for one in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"DATABASE_URL={url}".encode() in one.read_bytes().split(b"\0"):
                found.append(int(one.parent.name))
    return found


async def _read(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        lines.append(line.decode())
