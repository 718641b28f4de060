from collections.abc import AsyncIterator

import pytest

from bot.fleet.jobs import Jobs
from bot.storage.engines import engine_of


@pytest.fixture
async def jobs(postgres_url: str) -> AsyncIterator[Jobs]:
    address = engine_of(postgres_url).address
    assert address is not None
    async with Jobs.opened(address) as jobs:
        yield jobs
