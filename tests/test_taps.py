"""A second tap within seconds is the same wish; the same press handled again is no second tap."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.storage.engines import engine_of
from bot.storage.retention import Retention
from bot.storage.taps import TapStore
from bot.telegram.presses import Taps
from tests.keeping import Keeping

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Hand:
    """Each of its taps comes to the next of two processes."""

    def __init__(self, *stores: TapStore) -> None:
        self.now = NOW
        self.processes = [Taps(lambda: self.now, one) for one in stores]

    async def tap(
        self, press: str, *, data: str = "info:1", person: int = 5, after: float = 0
    ) -> bool:
        self.now += timedelta(seconds=after)
        query = SimpleNamespace(id=press, data=data, from_user=SimpleNamespace(id=person))
        self.processes.reverse()
        return await self.processes[0].is_first(query)


@pytest.fixture
async def hand(keeping: Keeping) -> AsyncIterator[Hand]:
    engine = engine_of(keeping.url)
    one = await engine.open()
    other = await engine.beside()
    yield Hand(TapStore(one), TapStore(other))
    await other.close()
    await one.close()


@pytest.mark.parametrize("keeping", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("second", "counts"),
    [
        ({"press": "2"}, False),
        ({"press": "1"}, True),
        ({"press": "2", "after": 9}, False),
        ({"press": "2", "after": 10}, True),
        ({"press": "2", "person": 6}, True),
        ({"press": "2", "data": "info:2"}, True),
    ],
)
async def test_which_second_tap_counts(hand: Hand, second, counts) -> None:
    assert await hand.tap("1")
    assert await hand.tap(**second) is counts


async def test_what_nobody_asks_any_more_is_thrown_away(hand: Hand, keeping: Keeping) -> None:
    await hand.tap("1")
    await hand.tap("2", data="info:2", after=600)
    engine = engine_of(keeping.url)
    database = await engine.beside()
    retention = Retention(
        database=database,
        pictures=NoPictures(),
        files_kept=timedelta(days=1),
        history_kept=timedelta(days=30),
    )
    assert (await retention.sweep(hand.now))["taps"] == 1
    await database.close()
    assert keeping.rows("SELECT button FROM taps") == [("info:2",)]


class NoPictures:
    async def delete_older(self, *_: object, **__: object) -> int:
        return 0
