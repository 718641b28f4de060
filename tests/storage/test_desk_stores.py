"""What operators decide, look up and tell everybody, on disk; and what of it is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.access import Standing
from bot.broadcasts import Stage
from bot.errors import Reason
from bot.life import PictureEvent, TaskEvent
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.alarms import AlarmStore
from bot.storage.broadcasts import BroadcastStore
from bot.storage.chats import ChatStore
from bot.storage.database import Database
from bot.storage.dossiers import DossierStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.pictures import PictureStore, open_store
from bot.storage.retention import Retention
from bot.storage.standings import StandingStore
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task
from bot.watchman import Alarm

ANN, BOB, EVE, GROUP = 5, 15, 25, -100
NOW = datetime(2030, 1, 1, tzinfo=UTC)
ORDER = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)


@pytest.fixture
def pictures(tmp_path) -> PictureStore:
    return PictureStore(open_store((tmp_path / "pictures").as_uri()))


async def asked(
    database: Database, person: int, number: int = 1, *, chat: int | None = None
) -> Task:
    where = chat or person
    origin = Origin(chat=where, message=number, person=person, private=where > 0)
    now = NOW + timedelta(minutes=number)
    task = new_task(key=f"{where}:{person}:{number}", origin=origin, order=ORDER, now=now)
    return await TaskStore(database).add(task)


async def failed(database: Database, task: Task) -> None:
    picture = task.pictures[0].move(PictureEvent.FAIL, reason=Reason.TIMEOUT)
    task = task.with_picture(picture).move(TaskEvent.REPORT, reason=Reason.TIMEOUT)
    assert await TaskStore(database).save(task)


async def test_a_dossier_is_of_a_person_or_of_a_group(database):
    dossiers = DossierStore(database)
    first = await asked(database, ANN)
    await failed(database, first)
    tasks = [await asked(database, ANN, number, chat=GROUP) for number in range(2, 9)]
    await asked(database, BOB, 9, chat=GROUP)
    of_ann, of_group = await dossiers.of(ANN, NOW), await dossiers.of(GROUP, NOW)
    assert (of_ann.tasks, of_ann.endings) == (8, {"timeout": 1})
    assert [one.task for one in of_ann.newest] == [one.id for one in reversed(tasks[-5:])]
    assert of_ann.newest[0].ending is None
    assert (of_group.tasks, of_group.endings) == (8, {})
    assert (await dossiers.of(ANN, NOW + timedelta(days=1))).tasks == 0


async def test_why_somebody_is_banned_is_known_until_they_are_forgotten(database, pictures):
    standings = StandingStore(database)
    await standings.set(ANN, Standing.BANNED, NOW, "spam")
    await standings.set(BOB, Standing.BANNED, NOW)
    assert [await standings.reason(one) for one in (ANN, BOB, EVE)] == ["spam", "", ""]
    await PersonalMemory(database, pictures).forget(ANN, NOW)
    assert await standings.reason(ANN) == ""
    assert await standings.of(ANN) == {ANN: Standing.BANNED}


async def test_alarms_are_known_until_they_are_over(database):
    alarms = AlarmStore(database)
    for _ in range(2):
        await alarms.note(Alarm.LOW, over=False, now=NOW)
    await alarms.note(Alarm.DISK, over=False, now=NOW)
    assert await alarms.known() == {Alarm.LOW, Alarm.DISK}
    await alarms.note(Alarm.LOW, over=True, now=NOW)
    assert await AlarmStore(database).known() == {Alarm.DISK}


async def test_a_broadcast_goes_to_open_private_chats_in_order_each_once(database):
    broadcasts, chats = BroadcastStore(database), ChatStore(database)
    for person in (EVE, ANN, BOB, 35):
        await asked(database, person)
        await asked(database, person, 2)
    await asked(database, ANN, 3, chat=GROUP)
    await chats.close(BOB, "blocked", NOW)
    await StandingStore(database).set(35, Standing.BANNED, NOW)
    assert await broadcasts.audience() == 2
    draft = await broadcasts.draft("k", 99, "hello", "[]", NOW)
    assert await broadcasts.draft("k", 99, "another", "[]", NOW) == draft
    assert await broadcasts.running() is None
    assert await broadcasts.start(draft.id, 7)
    assert not await broadcasts.start(draft.id, 8)
    one = await broadcasts.running()
    assert one
    assert (one.card, one.total) == (7, 2)
    assert [await broadcasts.next_chat(after) for after in (0, ANN, EVE)] == [ANN, EVE, None]
    await broadcasts.passed(one.id, ANN, reached=True)
    # The same once more, as after a crash.
    await broadcasts.passed(one.id, ANN, reached=True)
    now = await broadcasts.passed(one.id, EVE, reached=False)
    assert now
    assert (now.position, now.reached, now.closed) == (EVE, 1, 1)
    assert await broadcasts.end(one.id, Stage.DONE)
    assert not await broadcasts.end(one.id, Stage.STOPPED)
    assert await broadcasts.running() is None


async def test_broadcasts_are_kept_as_long_as_other_history_unless_they_run(database, pictures):
    broadcasts = BroadcastStore(database)
    old = await broadcasts.draft("old", 99, "hello", "[]", NOW)
    running = await broadcasts.draft("running", 99, "hello", "[]", NOW)
    await broadcasts.start(running.id, 7)
    retention = Retention(
        database=database,
        pictures=pictures,
        files_kept=timedelta(days=1),
        history_kept=timedelta(days=30),
    )
    swept = await retention.sweep(NOW + timedelta(days=31))
    assert swept["broadcasts"] == 1
    assert await broadcasts.get(old.id) is None
    assert await broadcasts.get(running.id)


async def test_an_operator_who_is_forgotten_leaves_no_broadcast(database, pictures):
    broadcasts = BroadcastStore(database)
    mine = await broadcasts.draft("a", ANN, "hello", "[]", NOW)
    theirs = await broadcasts.draft("b", BOB, "hello", "[]", NOW)
    await PersonalMemory(database, pictures).forget(ANN, NOW)
    assert await broadcasts.get(mine.id) is None
    assert await broadcasts.get(theirs.id)
