"""On one machine nothing of the fleet is even loaded."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import API_KEY, TOKEN

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys
from pydantic import SecretStr
from bot.run import _work, EVERYTHING
from bot.settings import Settings
from bot.wiring import open_house
from webhooks.keys import Addresses, Keys

settings = Settings(
    _env_file=None, telegram_bot_token=sys.argv[1], nano_banana_api_key=sys.argv[2],
    database_url=f"sqlite:///{sys.argv[3]}/bot.db", storage_url=f"file://{sys.argv[3]}/pictures",
)

async def main():
    async with open_house(settings, Addresses(None, Keys(sys.argv[1]))) as house:
        _work(house, EVERYTHING)
        ours = ("bot.fleet", "bot.wiring.fleet", "bot.storage.postgres", "bot.storage.dialect")
        theirs = ("procrastinate", "psycopg", "croniter", "asgiref")
        print([name for name in sys.modules if name.startswith((*ours, *theirs))])

asyncio.run(main())
"""


def test_nothing_of_many_machines_is_loaded_on_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, TOKEN, API_KEY, str(tmp_path)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
