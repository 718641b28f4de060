"""Which engine an address means, and that nobody pays for the one they do not use."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.engines import engine_of

ROOT = Path(__file__).parents[2]
LOADED = """
import asyncio, sys
import bot.run, bot.doctor, bot.console.desk
from bot.storage.engines import engine_of

async def use():
    engine = engine_of(sys.argv[1])
    assert engine.others() is None
    database = await engine.open()
    await database.read("SELECT 1")
    await database.close()

asyncio.run(use())
print([name for name in sys.modules if name.startswith(("bot.storage.postgres", "bot.storage.dialect", "psycopg"))])
"""
MISSING = """
import sys
sys.modules["psycopg"] = None
from bot.storage.engines import engine_of
engine_of("postgresql://host/name")
"""


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_of_postgresql_is_loaded_for_sqlite(tmp_path: Path) -> None:
    done = python(LOADED, f"sqlite:///{tmp_path}/bot.db")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_is_missing_is_named_with_the_way_to_get_it() -> None:
    last = python(MISSING).stderr.splitlines()[-1]
    assert last == ("OSError: DATABASE_URL: psycopg is missing; `.venv/bin/pip install '.[scale]'`")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////var/my%20bot/x.db", "/var/my bot/x.db"),
        ("postgresql://ann:secret@host:5433/bot?sslmode=require", "postgresql://ann@host:5433/bot"),
        ("postgres://host/bot", "postgresql://host/bot"),
    ],
)
def test_it_is_named_without_its_secrets(url: str, name: str) -> None:
    assert engine_of(url).name == name
