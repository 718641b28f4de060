"""Whatever the stores promise, they promise on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.engines import Engine, engine_of

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """A database with all tables and no rows, not open yet."""
    if request.param == "postgresql":
        return engine_of(request.getfixturevalue("emptied_postgres_url"))
    return engine_of(f"sqlite:///{tmp_path}/bot.db")


@pytest.fixture
async def database(engine: Engine) -> AsyncIterator[Database]:
    database = await engine.open()
    yield database
    await database.close()
