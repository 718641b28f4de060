"""The books as operators read them: what a task cost, what is given back, what a day turned over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.bookkeeping import Money, Turnover
from bot.credits import Allowances, Movement, Payment
from bot.errors import Reason
from bot.life import PictureEvent, PictureState
from bot.origin import Origin
from bot.prompt import Order
from bot.storage import books as storage_books
from bot.storage.bookkeeping import BookkeepingStore
from bot.storage.database import Database
from bot.storage.ledger import Ledger
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task

ANN, GROUP = 5, -100
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ALLOWANCES = Allowances(person=10, group=10)
ORDER = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)
DAY = timedelta(days=1)


class Books:
    """The books and the tasks they are about."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ledger = Ledger(database)
        self.desk = BookkeepingStore(database)
        self.tasks = TaskStore(database, lambda: NOW)

    async def drawn(self, price: int, count: int = 1, *, group: bool = False) -> Task:
        """A task whose pictures were all brought."""
        where = Origin(chat=GROUP if group else ANN, message=1, person=ANN, private=not group)
        task = new_task(key="k", origin=where, order=replace(ORDER, count=count), now=NOW)
        payment = Payment(price=price, purses=ALLOWANCES.purses(where, NOW))
        task = await self.tasks.add(replace(task, price=price), payment)
        for number in range(count):
            task = await self.ended(task, number, brought=True)
        return task

    async def ended(self, task: Task, number: int, *, brought: bool) -> Task:
        picture = task.pictures[number]
        if brought:
            picture = replace(picture, state=PictureState.STORED, message=number + 1)
        else:
            picture = picture.move(PictureEvent.FAIL, reason=Reason.TIMEOUT)
        saved = await self.tasks.save(task.with_picture(picture))
        assert saved
        return saved

    async def left(self) -> list[int]:
        """In Ann's day and the group's, and what the group and Ann have to keep."""
        where = Origin(chat=GROUP, message=1, person=ANN, private=False)
        statement = await self.ledger.statement(ALLOWANCES.purses(where, NOW), ANN)
        return [amount for _, amount in statement.purses]


@pytest.fixture
async def books(database: Database):
    books = Books(database)
    yield books
    assert await books.ledger.examine() == []


async def test_a_task_tells_what_is_held_and_what_was_spent(books):
    task = new_task(
        key="k",
        origin=Origin(chat=ANN, message=1, person=ANN),
        order=replace(ORDER, count=3),
        now=NOW,
    )
    payment = Payment(price=3, purses=ALLOWANCES.purses(task.origin, NOW))
    task = await books.tasks.add(replace(task, price=3), payment)
    task = await books.ended(task, 0, brought=True)
    await books.ended(task, 1, brought=False)
    money = await books.desk.of_task(task.id)
    assert (money.held, money.spent, money.refunded) == (3, 3, 0)
    assert [(one.movement, one.amount) for one in money.entries] == [
        (Movement.RESERVE, 9),
        (Movement.COMMIT, 3),
        (Movement.RELEASE, 3),
    ]
    assert money.refundable
    assert await books.desk.of_task("another") == Money()


async def test_what_was_spent_is_given_back_once_to_keep(books):
    task = await books.drawn(4, 2)
    assert await books.left() == [2, 10, 0, 0]
    assert await books.desk.refund(task, NOW) == 8
    assert await books.left() == [2, 10, 0, 8]
    assert await books.desk.refund(task, NOW) == 0
    assert await books.left() == [2, 10, 0, 8]
    money = await books.desk.of_task(task.id)
    assert (money.spent, money.refunded, money.refundable) == (8, 8, False)


async def test_what_came_from_an_account_that_lasts_goes_back_there(books):
    await books.ledger.grant(GROUP, 6, key="a", now=NOW)
    await books.ledger.grant(ANN, 6, key="b", now=NOW)
    task = await books.drawn(29, group=True)
    assert await books.left() == [0, 0, 0, 3]
    assert await books.desk.refund(task, NOW) == 29
    # Of the days, ten each, nothing may be left by now: those are hers to keep.
    assert await books.left() == [0, 0, 6, 26]


async def test_pictures_that_cost_nothing_give_nothing_back(books):
    task = await books.drawn(4, 2)
    unpaid = replace(task, id="another")
    assert await books.desk.refund(unpaid, NOW) == 0


async def test_days_that_are_struck_out_leave_the_refund_as_it_was(books):
    task = await books.drawn(4, 2)
    later = NOW + 5 * DAY
    await books.ledger.sweep(later)
    assert await books.desk.refund(task, later) == 8
    assert await books.ledger.examine() == []
    assert (await books.left())[3] == 8


async def test_a_day_turns_over_what_was_given_sold_and_spent(books):
    await books.ledger.grant(ANN, 50, key="a", now=NOW)
    await books.ledger.grant(ANN, -20, key="b", now=NOW + timedelta(hours=1))

    def trade(connection):
        storage_books.sell(connection, ANN, 100, "c", NOW + DAY)
        storage_books.take_back(connection, ANN, 40, "d", NOW + DAY)

    await books.database.write(trade)
    task = await books.drawn(4, 2)
    await books.desk.refund(task, NOW + 2 * DAY)
    assert await books.desk.turnover(NOW, NOW + 3 * DAY, DAY) == [
        Turnover(given=30, spent=8),
        Turnover(sold=60),
        Turnover(spent=-8),
    ]
    assert await books.desk.turnover(NOW, NOW + 3 * DAY, 3 * DAY) == [Turnover(given=30, sold=60)]
