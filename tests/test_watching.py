"""Looking at a bot that runs: rarely enough, and until it is right again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Reason, Refused, Transient
from bot.listening import listening
from bot.statistics import Snapshot
from bot.storage.ledger import Ledger
from bot.storage.room import DiskRoom
from bot.storage.sqlite import SQLite
from bot.storage.statistics import StatisticsStore
from bot.watching import LOOK_KEPT, Pulse, Rhythm, Watch
from tests.conftest import eventually

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Scene:
    """A watch over a real database, and a clock that is set by hand."""

    database: SQLite
    seconds: float = 0.0
    looks: int = 0
    put_off: int = 0
    calls: int = 0
    credits_left: list[float | Exception] = field(default_factory=list)
    pretend: dict[str, object] = field(default_factory=dict)
    broken: bool = False

    def __post_init__(self) -> None:
        self.pulse = Pulse(lambda: self.seconds)
        self.watch = Watch(
            statistics=self,
            books=Ledger(self.database),
            disk=DiskRoom(self.database, self.database.path.parent),
            balance=self.balance,
            call=self.call,
            put_off=lambda: self.put_off,
            clock=lambda: NOON + timedelta(seconds=self.seconds),
            ticks=lambda: self.seconds,
        )

    async def snapshot(self) -> Snapshot:
        self.looks += 1
        if self.broken:
            raise Transient(Reason.INTERNAL, "database: away")
        return replace(await StatisticsStore(self.database).snapshot(), **self.pretend)

    async def report(self, since, until):
        raise NotImplementedError

    async def buckets(self, since, until, step):
        raise NotImplementedError

    async def balance(self) -> float:
        answer = self.credits_left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def call(self) -> None:
        self.calls += 1

    def tell(self, event: str, **about: object) -> None:
        record = logging.makeLogRecord({"msg": event, "levelno": logging.DEBUG, **about})
        self.pulse.handle(record)

    async def later(self, seconds: float) -> list[str]:
        """What is wrong after so many seconds."""
        self.seconds += seconds
        await self.watch._judge(self.pulse)
        return [one.what for one in self.watch.wrong]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    database = await SQLite.open(tmp_path / "bot.db")
    yield Scene(database)
    await database.close()


async def test_however_many_look_the_disk_is_asked_once_in_a_while(scene: Scene) -> None:
    looks = [await scene.watch.look() for _ in range(50)]
    assert scene.looks == 1
    assert looks[0] is looks[-1] is not None
    assert looks[0].room.free > 0
    assert looks[0].room.database > 0
    scene.seconds += LOOK_KEPT + 1
    assert await scene.watch.look() is not looks[0]
    assert scene.looks == 2


async def test_a_database_that_cannot_be_read_is_no_look_and_asked_no_more_often(
    scene: Scene,
) -> None:
    scene.broken = True
    assert [await scene.watch.look() for _ in range(9)] == [None] * 9
    assert scene.looks == 1


async def test_an_idle_bot_is_well_for_ever(scene: Scene) -> None:
    assert await scene.later(10) == await scene.later(1e6) == []


async def test_telegram_that_does_not_answer_is_wrong_until_it_does(scene: Scene) -> None:
    scene.tell("telegram call", result="no answer")
    assert await scene.later(60) == []
    scene.tell("telegram call", result="timeout")
    assert await scene.later(60) == ["telegram"]
    scene.tell("telegram call", result="forbidden")
    assert await scene.later(1) == []


async def test_one_answer_among_timeouts_is_enough(scene: Scene) -> None:
    for _ in range(20):
        scene.tell("telegram call", result="timeout")
        scene.tell("telegram call", result="ok")
        assert await scene.later(60) == []


async def test_a_call_we_broke_off_says_nothing_about_telegram(scene: Scene) -> None:
    scene.tell("telegram call", result="cancelled")
    assert await scene.later(1000) == []


async def test_where_nobody_talks_to_telegram_we_do(scene: Scene) -> None:
    scene.tell("telegram call", result="ok")
    await scene.watch._try_calling(scene.pulse)
    assert scene.calls == 0
    scene.seconds += 60
    await scene.watch._try_calling(scene.pulse)
    assert scene.calls == 1
    scene.tell("telegram call", result="timeout")
    await scene.watch._try_calling(scene.pulse)
    assert scene.calls == 2


async def test_a_database_that_takes_nothing_is_wrong_until_it_does(scene: Scene) -> None:
    await scene.watch._try_writing()
    assert await scene.later(500) == []
    await scene.database.close()
    await scene.watch._try_writing()
    assert await scene.later(20) == []
    assert "database" in await scene.later(60)


async def test_trying_to_write_leaves_the_database_as_it_was(scene: Scene) -> None:
    before = await scene.database.read("SELECT * FROM sqlite_master")
    await DiskRoom(scene.database, scene.database.path.parent).try_writing()
    assert await scene.database.read("SELECT * FROM sqlite_master") == before
    assert (await scene.database.read("PRAGMA integrity_check"))[0][0] == "ok"


async def test_an_inbox_that_stands_still_is_wrong_until_something_is_handled(scene: Scene) -> None:
    scene.pretend = {"updates_waiting": 3, "oldest_update": NOON}
    assert await scene.later(100) == []
    assert await scene.later(100) == ["inbox"]
    scene.tell("update handled")
    assert await scene.later(1) == []


async def test_a_worker_that_stands_still_is_wrong_until_something_moves(scene: Scene) -> None:
    scene.pretend = {"overdue": NOON}
    assert await scene.later(500) == []
    assert await scene.later(500) == ["worker"]
    scene.tell("moved", task="a")
    assert await scene.later(1) == []


async def test_a_line_stands_only_while_nobody_is_at_the_generator(scene: Scene) -> None:
    scene.pretend = {"in_line": 5, "at_generator": 100}
    assert await scene.later(10_000) == []
    scene.pretend = {"in_line": 5, "at_generator": 0}
    assert await scene.later(10) == []
    scene.pretend = {"in_line": 5, "at_generator": 1}
    assert await scene.later(400) == []
    scene.pretend = {"in_line": 5, "at_generator": 0}
    assert await scene.later(10) == []
    assert await scene.later(400) == ["line"]


async def test_doors_are_well_however_slowly_other_processes_work(scene: Scene) -> None:
    scene.watch.works = False
    scene.pretend = {"oldest_update": NOON, "overdue": NOON, "in_line": 5, "at_generator": 0}
    assert await scene.later(10) == await scene.later(10_000) == []
    # What they need themselves is looked after.
    scene.tell("telegram call", result="timeout")
    assert await scene.later(0) == []
    assert await scene.later(100) == ["telegram"]


async def test_what_is_wrong_is_logged_once_and_that_it_is_right_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.tell("telegram call", result="timeout")
    with caplog.at_level(logging.INFO, "bot.watching"):
        for _ in range(5):
            await scene.later(60)
        scene.tell("telegram call", result="ok")
        await scene.later(60)
    assert [one.message for one in caplog.records] == ["something is wrong", "right again"]


async def test_the_balance_is_what_the_generator_said_last(scene: Scene) -> None:
    scene.credits_left = [
        *(120.5, Transient(Reason.OVERLOADED, "away"), Refused(Reason.NO_ACCESS, "key")),
    ]
    known = []
    for _ in range(3):
        await scene.watch._ask_balance()
        known.append(scene.watch.credits_left)
    assert known == [120.5, 120.5, None]


async def test_a_watch_that_breaks_goes_on_watching(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """And the bot goes on beside it."""
    scene.watch.rhythm = Rhythm(**dict.fromkeys(Rhythm.__slots__, 0.001))
    scene.credits_left = [ZeroDivisionError(), 3.0, *[4.0] * 100_000]
    running = asyncio.create_task(scene.watch.run())
    await eventually(lambda: scene.watch.credits_left == 4.0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [one.message for one in caplog.records if one.exc_info] == ["watching broke"]


async def test_everything_is_watched_until_the_bot_stops(scene: Scene) -> None:
    scene.watch.rhythm = Rhythm(**dict.fromkeys(Rhythm.__slots__, 0.001))
    scene.credits_left = [7.0] * 100_000
    scene.pretend = {"in_line": 1}
    before = list(logging.getLogger("bot").handlers)
    running = asyncio.create_task(scene.watch.run())
    await eventually(lambda: scene.looks and scene.watch.credits_left == 7.0)
    # The look is over once the line is known to stand.
    await eventually(lambda: scene.watch._line_stands_since is not None)
    scene.seconds += 1000
    await eventually(lambda: scene.calls and scene.watch.wrong)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert logging.getLogger("bot").handlers == before


def test_whoever_listens_hears_what_is_not_shown_and_leaves_no_trace() -> None:
    logger, pulse = logging.getLogger("bot"), Pulse(lambda: 5.0)
    before = (logger.level, list(logger.handlers))
    with listening(pulse):
        logging.getLogger("bot.worker").debug("moved")
        assert "moved" in pulse._last
    assert (logger.level, logger.handlers) == before
