"""Money in is money out, whoever asks, pays, gives and forgets at the same time."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.credits import Allowances, NotEnough, Payment
from bot.errors import Reason
from bot.life import PictureEvent, PictureState, TaskEvent
from bot.origin import Origin
from bot.prompt import Order
from bot.shop import Purchase
from bot.storage import books
from bot.storage.database import Database
from bot.storage.engines import Engine, File
from bot.storage.ledger import Ledger
from bot.storage.purchases import PurchaseStore
from bot.storage.task_rows import READ, task_of
from bot.storage.tasks import TaskStore
from bot.task import Picture, Task, new_task

START = datetime(2030, 1, 1, tzinfo=UTC)
ALLOWANCES = Allowances(person=40, group=25)
PEOPLE = range(3)
_TASK = READ.format("?")
numbers = count(1)


@dataclass
class Town:
    """Three people and a group, and what we know has happened to their money."""

    database: Database
    first: int = field(default_factory=lambda: next(numbers) * 10)
    now: datetime = START
    tasks: dict[str, Task] = field(default_factory=dict)
    paid: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.database)
        self.purchases = PurchaseStore(self.database)
        self.store = TaskStore(self.database, lambda: self.now)

    @property
    def group(self) -> int:
        return -self.first

    # --- what may happen -------------------------------------------------------------------

    async def ask(self, person: int, price: int, pictures: int, in_group: bool) -> None:
        who = self.first + person
        origin = Origin(
            chat=self.group if in_group else who, message=1, person=who, private=not in_group
        )
        order = Order(
            prompt="a fox", model="2", ratio="1:1", size="1k", format=None, count=pictures
        )
        task = new_task(key=f"k{next(numbers)}", origin=origin, order=order, now=self.now)
        payment = Payment(price=price, purses=ALLOWANCES.purses(origin, self.now))
        try:
            # The update may be handled twice at the same time.
            first, second = await asyncio.gather(
                *(self.store.add(replace(task, price=price), payment) for _ in range(2))
            )
        except NotEnough as error:
            assert error.left < error.needed == price * pictures  # noqa: PT017 - may also succeed
            return
        assert first.id == second.id
        self.tasks[task.id] = first

    async def move(self, which: int, how: str) -> None:
        """One picture of one task goes on, and somebody else may be changing it too."""
        if not self.tasks:
            return
        known = list(self.tasks.values())[which % len(self.tasks)]
        while task := await self.store.get(known.id):
            waiting = [one for one in task.pictures if _may(one, how)]
            if not waiting:
                return
            picture = waiting[which % len(waiting)]
            if await self.store.save(task.with_picture(_moved(picture, how))):
                if how in ("bring", "look") and not picture.brought and not picture.late:
                    self.paid += task.price
                if how == "delete":
                    self.paid += _owed(task, picture)
                return

    async def end(self, which: int, how: str) -> None:
        """Its person wants it no more, or it ends with whatever could not be brought left over."""
        if not self.tasks:
            return
        known = list(self.tasks.values())[which % len(self.tasks)]
        while task := await self.store.get(known.id):
            if task.ended:
                return
            changed = replace(task, cancelled=task.cancelled or "somebody")
            if how == "report":
                changed = task.move(TaskEvent.REPORT)
            if await self.store.save(changed):
                return

    async def grant(self, person: int, amount: int) -> None:
        who = self.first + person
        key = f"g{next(numbers)}"
        left = await asyncio.gather(
            *(self.ledger.grant(who, amount, key=key, now=self.now) for _ in "ab")
        )
        assert min(left) >= 0

    async def sell(self, person: int, amount: int) -> None:
        key, who = f"s{next(numbers)}", self.first + person
        bought = Purchase(charge=key, person=who, stars=1, credits=amount, at=self.now)
        await asyncio.gather(*(self.purchases.add(bought) for _ in range(3)))
        sold = await self.database.read(
            "SELECT amount FROM entries WHERE key = ?", [f"stars:{key}"]
        )
        assert [row["amount"] for row in sold] == [amount]
        if amount % 2:
            first, second = await asyncio.gather(
                *(self.purchases.refund(key, self.now) for _ in "ab")
            )
            assert first is not None
            assert first == second
            assert 0 <= first.taken <= amount

    async def forget(self, person: int) -> None:
        who = self.first + person

        def work(connection: Any) -> None:
            found = connection.execute("SELECT id FROM tasks WHERE person = ?", [who]).fetchall()
            theirs = [str(one["id"]) for one in found]
            outcomes = books.when_gone(connection, theirs)
            known = (task_of(connection.execute(_TASK, [one]).fetchall()) for one in theirs)
            owed = sum(_owed(task, one) for task in known if task for one in task.pictures)
            connection.execute("DELETE FROM tasks WHERE person = ?", [who])
            books.end_orphans(connection, theirs, outcomes, self.now)
            books.forget(connection, who, self.now)
            return owed

        owed = await self.database.write(work)
        self.paid += owed

    async def sleep(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        await self.ledger.sweep(self.now)

    # --- what must be true -----------------------------------------------------------------

    async def check(self, spent_before: int) -> None:
        assert await self.ledger.examine() == []
        rows = await self.database.read("SELECT name FROM accounts WHERE balance < 0")
        assert {row["name"] for row in rows} <= {"free", "granted", "sold"}
        assert await spent(self.database) - spent_before == self.paid
        holds = await self.database.read("SELECT picture FROM holds")
        open_pictures = {
            one.id
            for known in self.tasks.values()
            if (task := await self.store.get(known.id))
            for one in task.pictures
            if one.state is not PictureState.FAILED and not one.brought and not one.deleted
        }
        ours = {one.id for task in self.tasks.values() for one in task.pictures}
        assert {row["picture"] for row in holds} & ours <= open_pictures


def _owed(task: Task, picture: Picture) -> int:
    """What is to be paid for this picture when it goes unseen."""
    over = picture.brought or picture.late or picture.deleted
    if over or picture.state in (PictureState.CREATED, PictureState.FAILED):
        return 0
    return 0 if task.ended and not task.cancelled else task.price


def _may(picture: Picture, how: str) -> bool:
    if picture.deleted:
        return False
    if how == "delete":
        return picture.state is PictureState.STORED
    if how == "late":
        return picture.state is PictureState.FAILED
    if how in ("fail", "store"):
        return not picture.ended
    return picture.state is not PictureState.FAILED and not picture.brought


def _moved(picture: Picture, how: str) -> Picture:
    match how:
        case "fail":
            return picture.move(PictureEvent.FAIL, reason=Reason.TIMEOUT)
        case "late":
            return replace(picture, state=PictureState.STORED, reason=None, late=True)
        case "store":
            return replace(picture, state=PictureState.STORED)
        case "delete":
            return replace(picture, deleted=True)
        case "look":
            return replace(picture, state=PictureState.STORED, file_id="f")
        case _:
            return replace(picture, state=PictureState.STORED, message=5)


async def spent(database: Database) -> int:
    rows = await database.read("SELECT balance FROM accounts WHERE name = 'spent'")
    return int(rows[0]["balance"]) if rows else 0


PERSON = st.sampled_from(PEOPLE)
ACTS = st.one_of(
    st.tuples(
        st.just("ask"), PERSON, st.sampled_from([1, 4, 9, 18]), st.integers(1, 4), st.booleans()
    ),
    st.tuples(
        st.just("move"),
        st.integers(0, 20),
        st.sampled_from(["bring", "bring", "look", "fail", "late", "store", "delete"]),
    ),
    st.tuples(st.just("end"), st.integers(0, 20), st.sampled_from(["cancel", "report"])),
    st.tuples(st.just("grant"), PERSON, st.integers(-50, 50).filter(bool)),
    st.tuples(st.just("sell"), PERSON, st.integers(1, 60)),
    st.tuples(st.just("forget"), PERSON),
    st.tuples(st.just("sleep"), st.sampled_from([1, 13, 60])),
)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


ROUNDS = st.lists(st.lists(ACTS, min_size=1, max_size=5), min_size=1, max_size=12)


def _play(runner: asyncio.Runner, database: Database, rounds: list[list[tuple[Any, ...]]]) -> None:
    async def play() -> None:
        town, before = Town(database), await spent(database)
        for together in rounds:
            # Acts of one round happen at the same time.
            await asyncio.gather(*(getattr(town, act)(*values) for act, *values in together))
            await town.check(before)

    runner.run(play())


def test_money_in_is_money_out(runner: asyncio.Runner, engine: Engine) -> None:
    database = runner.run(engine.open())
    # A server takes longer for each of them; there the writes really meet, besides.
    many = settings(deadline=None, max_examples=100 if isinstance(engine, File) else 20)
    try:
        many(given(rounds=ROUNDS)(lambda rounds: _play(runner, database, rounds)))()
    finally:
        runner.run(database.close())


async def test_of_many_at_once_as_many_are_drawn_as_there_are_credits_for(
    database: Database,
) -> None:
    town = Town(database)
    await asyncio.gather(*(town.ask(0, 4, 1, False) for _ in range(100)))
    assert len(town.tasks) == 10
    await town.check(0)
