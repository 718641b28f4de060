from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.fleet.jobs import Jobs
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.storage.engines import engine_of
from tests.conftest import API_KEY, TOKEN
from tests.fleet.machines import Machines
from tests.keeping import Keeping
from tests.postgres import PASSWORD


@pytest.fixture
async def machines(tmp_path: Path, keeping: Keeping) -> AsyncIterator[Machines]:
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot", retry_seconds=0.2)
    generator = GeneratorServer(
        api_key=API_KEY, seconds_per_job=0.05, rate=None, callback_retry_seconds=(0.5,) * 100
    )
    await telegram.start()
    await generator.start()
    machines = Machines(telegram, generator, tmp_path, keeping)
    async with machines.balancer:
        try:
            yield machines
        finally:
            await machines.kill_all()
            await generator.close()
            await telegram.close()
    assert telegram.problems == []
    assert generator.problems == []
    assert not any(PASSWORD in str(line) for one in machines.all for line in one.lines)


@pytest.fixture
async def jobs(postgres_url: str) -> AsyncIterator[Jobs]:
    address = engine_of(postgres_url).address
    assert address is not None
    async with Jobs.opened(address) as jobs:
        yield jobs
