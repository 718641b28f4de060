"""Payments on disk: credited once, paid back once, and the books balance whatever comes when."""

import asyncio
import io
import json
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bookkeeping import Turnover
from bot.credits import Allowances, NotEnough, Payment, lasting
from bot.errors import Reason
from bot.life import PictureEvent, PictureState
from bot.origin import Origin
from bot.prompt import Order
from bot.shop import Purchase
from bot.storage.bookkeeping import BookkeepingStore
from bot.storage.database import Connection, Database
from bot.storage.engines import Engine, File
from bot.storage.forgetting import PersonalMemory
from bot.storage.ledger import Ledger
from bot.storage.pictures import PictureStore, open_store
from bot.storage.purchases import PurchaseStore
from bot.storage.retention import Retention
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ANN, BOB = 5, 15
PURSES = {
    who: Allowances(person=0).purses(Origin(chat=who, message=1, person=who), NOW)
    for who in (ANN, BOB)
}
ORDER = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)


@pytest.fixture
async def database(database: Database):
    yield database
    assert await Ledger(database).examine() == []


@pytest.fixture
def purchases(database) -> PurchaseStore:
    return PurchaseStore(database)


def bought(charge: str = "a", worth: int = 100, *, at: datetime = NOW, who: int = ANN) -> Purchase:
    return Purchase(charge=charge, person=who, stars=50, credits=worth, at=at)


async def left(database: Database, who: int = ANN) -> int:
    return (await Ledger(database).statement(PURSES[who], who)).left


async def ask(database: Database, price: int, key: str = "k", who: int = ANN) -> Task:
    origin = Origin(chat=who, message=1, person=who)
    task = replace(new_task(key=key, origin=origin, order=ORDER, now=NOW), price=price)
    payment = Payment(price=price, purses=PURSES[who])
    return await TaskStore(database, lambda: NOW).add(task, payment)


async def test_a_payment_is_credited_once_for_each_charge(database, purchases):
    assert await purchases.add(bought()) == bought()
    assert await purchases.add(bought(worth=900)) == bought()
    assert await left(database) == 100
    # A renewal is a charge of its own.
    await purchases.add(bought("b"))
    assert await left(database) == 200


async def test_who_was_thanked_is_remembered(purchases):
    assert not await purchases.any()
    await purchases.add(bought())
    assert await purchases.any()
    await purchases.told("a")
    assert await purchases.add(bought()) == replace(bought(), told=True)


async def test_what_nobody_could_read_is_written_down_and_credits_nothing(database, purchases):
    await purchases.add(bought(worth=0))
    assert await left(database) == 0
    assert (await purchases.refund("a", NOW)).taken == 0


async def test_a_refund_takes_what_is_left_of_it_and_no_more(database, purchases):
    await purchases.add(bought())
    await ask(database, 70)
    refunded = await purchases.refund("a", NOW)
    assert (refunded.taken, refunded.refunded_at) == (30, NOW)
    assert await left(database) == 0
    # What comes in later is not touched when Telegram tells of the same once more.
    await purchases.add(bought("b"))
    assert await purchases.refund("a", NOW + timedelta(hours=1)) == refunded
    assert await left(database) == 100
    assert await purchases.refund("unknown", NOW) is None


async def end(database: Database, task: Task, *, brought: bool) -> None:
    picture = task.pictures[0]
    if brought:
        picture = replace(picture, state=PictureState.STORED, message=9)
    else:
        picture = picture.move(PictureEvent.FAIL, reason=Reason.TIMEOUT)
    assert await TaskStore(database, lambda: NOW).save(task.with_picture(picture))


async def sold(database: Database) -> int:
    """Credits that were sold and not taken back."""
    return -(await Ledger(database).totals())["sold"]


async def test_what_is_reserved_when_it_is_paid_back_does_not_come_back(database, purchases):
    await purchases.add(bought())
    fails, comes = [await ask(database, 40, key) for key in "kl"]
    assert (await purchases.refund("a", NOW)).taken == 20
    assert await sold(database) == 80
    await end(database, fails, brought=False)
    assert (await left(database), await sold(database)) == (0, 40)
    await end(database, comes, brought=True)
    assert (await left(database), await sold(database)) == (0, 40)


async def test_of_what_is_reserved_only_what_was_paid_back_is_gone(database, purchases):
    await purchases.add(bought("a", 50))
    await purchases.add(bought("b", 50))
    task = await ask(database, 90)
    assert (await purchases.refund("a", NOW)).taken == 10
    await end(database, task, brought=False)
    assert (await left(database), await sold(database)) == (50, 50)


async def test_two_payments_that_are_paid_back_both_take_what_is_reserved(database, purchases):
    await purchases.add(bought("a", 50))
    await purchases.add(bought("b", 50))
    task = await ask(database, 100)
    for charge in "ab":
        assert (await purchases.refund(charge, NOW)).taken == 0
    await Ledger(database).grant(ANN, 7, key="g", now=NOW)
    await end(database, task, brought=False)
    assert (await left(database), await sold(database)) == (7, 0)


async def test_what_comes_back_to_the_till_later_is_in_the_turnover(database, purchases):
    await purchases.add(bought())
    task = await ask(database, 100)
    await purchases.refund("a", NOW)
    await end(database, task, brought=False)
    day = timedelta(days=1)
    assert await BookkeepingStore(database).turnover(NOW, NOW + day, day) == [Turnover(sold=0)]


async def test_people_see_their_own_newest_first(purchases):
    for number in range(4):
        await purchases.add(bought(str(number), at=NOW + timedelta(hours=number)))
    await purchases.add(bought("theirs", who=BOB))
    assert [one.charge for one in await purchases.of(ANN, 3)] == ["3", "2", "1"]
    assert await purchases.get("theirs") == bought("theirs", who=BOB)
    assert await purchases.get("5") is None


async def test_forgotten_people_have_paid_all_the_same(database, purchases, tmp_path):
    await purchases.add(bought())
    await purchases.add(bought("theirs", who=BOB))
    pictures = PictureStore(open_store((tmp_path / "pictures").as_uri()))
    await PersonalMemory(database, pictures).forget(ANN, NOW)
    assert await purchases.get("a") == replace(bought(), person=0)
    assert await purchases.of(ANN, 5) == []
    assert [one.charge for one in await purchases.of(BOB, 5)] == ["theirs"]
    # The same payment again is still known, and what is paid back takes from nobody.
    await purchases.add(bought())
    assert await left(database) == 0
    assert (await purchases.refund("a", NOW)).taken == 0


async def test_what_a_person_has_paid_is_in_what_they_take_along(database, purchases, tmp_path):
    await purchases.add(bought())
    await purchases.add(bought("theirs", who=BOB))
    await purchases.refund("a", NOW)
    pictures = PictureStore(open_store((tmp_path / "pictures").as_uri()))
    parcel = await PersonalMemory(database, pictures).pack(ANN, NOW)
    told = json.loads(zipfile.ZipFile(io.BytesIO(parcel.content)).read("data.json"))
    (payment,) = told["payments"]
    assert (payment["charge"], payment["stars"], payment["taken"]) == ("a", 50, 100)
    assert payment["at"] == payment["refunded_at"] == NOW.isoformat()


async def test_payments_are_kept_as_long_as_the_books_about_them(database, purchases, tmp_path):
    await purchases.add(bought("old", at=NOW - timedelta(days=401)))
    await purchases.add(bought("young", at=NOW - timedelta(days=399)))
    retention = Retention(
        database=database,
        pictures=PictureStore(open_store((tmp_path / "pictures").as_uri())),
        files_kept=timedelta(days=1),
        history_kept=timedelta(days=30),
    )
    assert (await retention.sweep(NOW))["purchases"] == 1
    assert [one.charge for one in await purchases.of(ANN, 5)] == ["young"]
    assert await left(database) == 200


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "refund", "ask", "bring", "fail", "grant", "forget"]),
        st.sampled_from("abcd"),
        st.sampled_from([ANN, BOB]),
        st.integers(1, 120),
    ),
    max_size=25,
)


def test_the_books_balance_whatever_comes_when(engine: Engine, tmp_path: Path):
    """Any interleaving of payments, repeats, spending, refunds and forgetting."""

    async def play(steps: list[tuple[str, str, int, int]]) -> None:
        database = await engine.open()
        try:
            await database.write(_empty)
            await _play(database, tmp_path, steps)
        finally:
            await database.close()

    many = settings(deadline=None, max_examples=60 if isinstance(engine, File) else 10)
    many(given(steps=STEPS)(lambda steps: asyncio.run(play(steps))))()


def _empty(connection: Connection) -> None:
    for table in ("tasks", "holds", "entries", "purchases", "accounts"):
        connection.execute(f"DELETE FROM {table}")


class Life:
    """Each method is something that may happen."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.purchases, self.ledger = PurchaseStore(database), Ledger(database)
        self.tasks = TaskStore(database, lambda: NOW)
        pictures = PictureStore(open_store((folder / "pictures").as_uri()))
        self.memory = PersonalMemory(database, pictures)
        self.asked: list[str] = []
        self.number = 0
        # What each may have to keep, what is reserved of it included.
        self.most: Counter[int] = Counter()

    async def pay(self, name: str, who: int, amount: int) -> None:
        new = await self.purchases.get(name) is None
        await self.purchases.add(bought(name, amount, who=who))
        self.most[who] += amount if new else 0

    async def refund(self, name: str, _who: int, _amount: int) -> None:
        before = await self.purchases.get(name)
        await self.purchases.refund(name, NOW)
        if before and not before.refunded_at:
            self.most[before.person] = max(0, self.most[before.person] - before.credits)

    async def ask(self, _name: str, who: int, amount: int) -> None:
        self.number += 1
        try:
            task = await ask(self.database, amount, f"k{self.number}", who)
        except NotEnough:
            assert await left(self.database, who) < amount
        else:
            self.asked.append(task.id)

    async def bring(self, _name: str, _who: int, amount: int) -> None:
        if task := await self._begun(amount):
            picture = replace(task.pictures[0], state=PictureState.STORED, message=9)
            await self.tasks.save(task.with_picture(picture))

    async def fail(self, _name: str, _who: int, amount: int) -> None:
        if task := await self._begun(amount):
            picture = task.pictures[0].move(PictureEvent.FAIL, reason=Reason.TIMEOUT)
            await self.tasks.save(task.with_picture(picture))

    async def grant(self, _name: str, who: int, amount: int) -> None:
        self.number += 1
        sign, before = 1 if amount % 2 else -1, await left(self.database, who)
        after = await self.ledger.grant(who, sign * amount, key=f"g{self.number}", now=NOW)
        self.most[who] += after - before

    async def forget(self, _name: str, who: int, _amount: int) -> None:
        await self.memory.forget(who, NOW)
        self.asked.clear()
        self.most[who] = 0

    async def _begun(self, amount: int) -> Task | None:
        if not self.asked:
            return None
        task = await self.tasks.get(self.asked[amount % len(self.asked)])
        return task if task.pictures[0].state is PictureState.CREATED else None


async def _play(database: Database, folder: Path, steps: list[tuple[str, str, int, int]]) -> None:
    life = Life(database, folder)
    for what, *how in steps:
        await getattr(life, what)(*how)
        assert await life.ledger.examine() == []
        for person in (ANN, BOB):
            assert await left(database, person) >= 0
            assert await _theirs(database, person) <= life.most[person]
    await _sold_is_what_was_bought(database)


async def _sold_is_what_was_bought(database: Database) -> None:
    """Each payment once, but for what was taken back."""
    ((worth,),) = await database.read("SELECT coalesce(sum(credits - taken), 0) FROM purchases")
    ((later,),) = await database.read(
        "SELECT coalesce(sum(amount), 0) FROM entries JOIN accounts ON accounts.id = given_to"
        " WHERE kind = 'release' AND name = 'sold'"
    )
    assert await sold(database) == worth - later


async def _theirs(database: Database, who: int) -> int:
    """What they have to keep, and what is reserved of it."""
    (held,) = await database.read(
        "SELECT coalesce(sum(amount), 0) AS held FROM holds"
        " JOIN accounts ON accounts.id = account WHERE name = ?",
        [lasting(who)],
    )
    return await left(database, who) + int(held["held"])
