"""What programs need of the disk: their own tasks by pages, what is to be said to them, and
proofs that are good once.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.life import TaskEvent
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.asked import AskedStore
from bot.storage.database import Database
from bot.storage.notices import NoticeStore
from bot.storage.proofs import ProofStore
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ORDER = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)
SHOP, LAB = 2**53 + 1, 2**53 + 2


def asked(number: int, person: int = SHOP) -> Task:
    origin = Origin(chat=person, message=number, person=person, callback="https://shop.example/x")
    moment = NOW + timedelta(seconds=number)
    return new_task(key=f"k{person}:{number}", origin=origin, order=ORDER, now=moment)


async def test_pages_begin_behind_the_last_task_of_the_one_before(database: Database) -> None:
    tasks, pages = TaskStore(database), AskedStore(database)
    mine = [(await tasks.add(asked(number))).id for number in range(5)]
    await tasks.add(asked(9, LAB))
    first = await pages.page(SHOP, limit=3)
    assert (list(first.tasks), first.next) == (mine[:1:-1], mine[2])
    last = await pages.page(SHOP, limit=3, after=first.next)
    assert (list(last.tasks), last.next) == (mine[1::-1], None)
    assert (await pages.page(LAB, limit=3, after=first.next)).tasks == ()


async def test_what_is_to_be_said_is_written_with_the_end_and_everybody_has_a_turn(
    database: Database,
) -> None:
    tasks, notices = TaskStore(database, lambda: NOW), NoticeStore(database)
    for number, person in enumerate((SHOP, SHOP, SHOP, LAB)):
        task = await tasks.add(asked(number, person))
        await tasks.save(task.move(TaskEvent.REPORT))
    due, later = await notices.due(NOW, 10, each=2)
    people = [(await tasks.get(one.task)).origin.person for one in due]
    assert (sorted(people[:2]), people[2:], later) == ([SHOP, LAB], [SHOP], None)
    until = NOW + timedelta(minutes=1)
    for one in due:
        await notices.put_off(one, until)
    due, later = await notices.due(NOW, 10, each=2)
    assert (len(due), later) == (1, until)
    assert (await notices.due(until, 10, each=9))[0][-1].tries == 1
    await notices.put_off(replace(due[0]), None)
    assert (await notices.due(NOW, 10, each=2))[0] == []


async def test_a_proof_is_good_once(database: Database) -> None:
    proofs = ProofStore(database)
    assert not await proofs.is_spent("a")
    assert [await proofs.spend("a", NOW), await proofs.spend("a", NOW)] == [True, False]
    assert await proofs.is_spent("a")
    assert await proofs.spend("b", NOW)
