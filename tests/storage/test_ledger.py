"""The books: whatever happens in whatever order, they balance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.credits import Allowances, NotEnough, Payment, Statement
from bot.errors import Reason
from bot.life import PictureEvent, PictureState
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.chats import ChatStore
from bot.storage.database import Database
from bot.storage.ledger import Ledger
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task

ANN, GROUP = 5, -100
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ALLOWANCES = Allowances(person=40, group=10)
ORDER = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)


@pytest.fixture
async def database(database: Database):
    yield database
    assert await Ledger(database).examine() == []


@pytest.fixture
def ledger(database) -> Ledger:
    return Ledger(database)


@pytest.fixture
def tasks(database) -> TaskStore:
    return TaskStore(database, lambda: NOW)


def origin(*, private: bool = True) -> Origin:
    return Origin(chat=ANN if private else GROUP, message=1, person=ANN, private=private)


async def ask(
    tasks: TaskStore, price: int, count: int = 1, *, key: str = "k", private: bool = True
) -> Task:
    where = origin(private=private)
    task = new_task(key=key, origin=where, order=replace(ORDER, count=count), now=NOW)
    payment = Payment(price=price, purses=ALLOWANCES.purses(where, NOW))
    return await tasks.add(replace(task, price=price), payment)


async def has(ledger: Ledger, now: datetime = NOW, *, private: bool = True) -> Statement:
    return await ledger.statement(ALLOWANCES.purses(origin(private=private), now), ANN)


def ended(task: Task, number: int, state: PictureState, **changes) -> Task:
    picture = task.pictures[number]
    if state is PictureState.FAILED:
        return task.with_picture(picture.move(PictureEvent.FAIL, reason=Reason.TIMEOUT))
    return task.with_picture(replace(picture, state=state, **changes))


async def test_nobody_has_asked_yet_and_has_all_of_a_day(ledger):
    assert (await has(ledger)).left == 40
    assert (await has(ledger, private=False)).left == 50


async def test_what_is_asked_for_is_reserved_what_comes_is_paid_and_the_rest_comes_back(
    tasks, ledger
):
    task = await ask(tasks, 10, 3)
    assert ((await has(ledger)).left, (await has(ledger)).held) == (10, 30)
    task = await tasks.save(ended(task, 0, PictureState.STORED, message=9))
    task = await tasks.save(ended(task, 1, PictureState.FAILED))
    assert ((await has(ledger)).left, (await has(ledger)).held) == (20, 10)
    task = await tasks.save(ended(task, 2, PictureState.STORED))
    assert (await has(ledger)).held == 10
    await tasks.save(ended(task, 2, PictureState.STORED, message=10))
    assert ((await has(ledger)).left, (await has(ledger)).held) == (20, 0)


async def test_too_much_is_not_written_down_at_all(database, tasks, ledger):
    with pytest.raises(NotEnough) as error:
        await ask(tasks, 11, 4)
    assert (error.value.needed, error.value.left) == (44, 40)
    for table in ("tasks", "pictures", "entries", "holds", "accounts"):
        assert await database.read(f"SELECT * FROM {table}") == []
    assert (await has(ledger)).left == 40


async def test_the_same_request_again_reserves_nothing_more(tasks, ledger):
    first = await ask(tasks, 10)
    assert (await ask(tasks, 10)).id == first.id
    assert (await has(ledger)).held == 10
    # Not even when it could not be paid any more.
    assert (await ask(tasks, 1000)).id == first.id


async def test_in_a_group_the_group_helps_out(tasks, ledger):
    await ask(tasks, 15, 3, private=False)
    statement = await has(ledger, private=False)
    assert [amount for _, amount in statement.purses] == [0, 5, 0, 0]
    with pytest.raises(NotEnough):
        await ask(tasks, 1, key="alone")


async def test_a_day_can_be_given_more_or_less_in_the_middle_of_it(tasks, ledger):
    await ask(tasks, 45, private=False)  # 40 of their own, and 5 of the group

    async def left(daily: int) -> int:
        (pool,) = [
            one
            for one in Allowances(person=40, group=daily).purses(origin(private=False), NOW)
            if one.account.startswith("pool:")
        ]
        return (await ledger.statement((pool,), ANN)).left

    assert [await left(daily) for daily in (0, 3, 5, 6, 10, 30)] == [0, 0, 0, 1, 5, 25]
    for number, (daily, price) in enumerate([(8, 3), (30, 22), (10, 0), (31, 1)]):
        purses = Allowances(person=0, group=daily).purses(origin(private=False), NOW)
        task = new_task(key=f"more:{number}", origin=origin(private=False), order=ORDER, now=NOW)
        with pytest.raises(NotEnough):
            await tasks.add(task, Payment(price=price + 1, purses=purses[1:]))
        await tasks.add(replace(task, price=price), Payment(price=price, purses=purses[1:]))
        assert await left(daily) == 0


async def test_what_was_given_lasts_and_is_spent_last(tasks, ledger):
    assert await ledger.grant(ANN, 100, key="g", now=NOW) == 100
    assert await ledger.grant(ANN, 100, key="g", now=NOW) == 100
    await ask(tasks, 50)
    assert [amount for _, amount in (await has(ledger)).purses] == [0, 90]
    tomorrow = await has(ledger, NOW + timedelta(days=1))
    assert [amount for _, amount in tomorrow.purses] == [40, 90]
    assert await ledger.grant(ANN, -1000, key="back", now=NOW) == 0


async def test_a_task_that_is_thrown_away_gives_back_what_it_held(database, tasks, ledger):
    await ask(tasks, 10, 2)

    def work(connection):
        connection.execute("DELETE FROM tasks")

    await database.write(work)
    assert len(await ledger.examine()) == 1
    await ledger.sweep(NOW)
    assert ((await has(ledger)).left, (await has(ledger)).held) == (40, 0)


async def test_a_day_that_is_over_leaves_the_books_and_they_balance(database, tasks, ledger):
    task = await ask(tasks, 10, 2, private=False)
    later = NOW + timedelta(days=3)
    await ledger.sweep(NOW + timedelta(days=1))
    assert len(await database.read("SELECT 1 FROM accounts WHERE day IS NOT NULL")) == 1
    # Something is still reserved from it.
    assert await ledger.sweep(later) == 0
    task = await tasks.save(ended(task, 0, PictureState.FAILED))
    await tasks.save(ended(task, 1, PictureState.STORED, message=3))
    assert await ledger.sweep(later) == 1
    rows = await database.read("SELECT name, opening, balance FROM accounts ORDER BY name")
    assert [tuple(row) for row in rows] == [("free", -10, -10), ("held", 10, 0), ("spent", 0, 10)]
    (entry,) = await database.read("SELECT kind FROM entries")
    assert entry["kind"] == "commit"


async def test_a_day_with_many_entries_leaves_the_books_too(database, tasks, ledger):
    for number in range(20):
        task = await ask(tasks, 1, key=f"k{number}")
        await tasks.save(ended(task, 0, PictureState.STORED, message=number))
    later = NOW + timedelta(days=3)
    assert await ledger.sweep(later, most=15) == 0
    # In part, and in balance already.
    (entries,) = await database.read("SELECT count(*) FROM entries")
    assert 20 < entries[0] < 41
    assert await ledger.examine() == []
    assert await ledger.sweep(later) == 1
    rows = await database.read("SELECT DISTINCT kind FROM entries")
    assert [row["kind"] for row in rows] == ["commit"]


async def test_receipts_of_a_year_ago_go_and_what_was_given_stays(database, ledger):
    await ledger.grant(ANN, 30, key="old", now=NOW)
    await ledger.grant(ANN, 12, key="new", now=NOW + timedelta(days=300))
    await ledger.sweep(NOW + timedelta(days=401))
    assert [row["amount"] for row in await database.read("SELECT amount FROM entries")] == [12]
    assert (await has(ledger)).left == 82


async def test_a_group_that_moves_takes_its_credits_along(database, tasks, ledger):
    await ledger.grant(GROUP, 30, key="g", now=NOW)
    await ChatStore(database).move(GROUP, -200, NOW)
    moved = Origin(chat=-200, message=1, person=ANN, private=False)
    statement = await ledger.statement(ALLOWANCES.purses(moved, NOW), ANN)
    assert statement.left == 40 + 10 + 30


async def test_wrong_books_are_told_of(database, ledger):
    await ledger.grant(ANN, 30, key="g", now=NOW)

    def spoil(connection):
        connection.execute("UPDATE accounts SET balance = 31 WHERE name = 'own:5'")

    await database.write(spoil)
    assert len(await ledger.examine()) == 2

    def mend(connection):
        connection.execute("UPDATE accounts SET balance = 30 WHERE name = 'own:5'")

    await database.write(mend)
