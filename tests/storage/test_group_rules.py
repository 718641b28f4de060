"""The rules of groups on disk: one at a time, whoever else writes, and along when a group moves."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.group_rules import GENERAL, TOPICS_MAX, GroupRules
from bot.life import TaskEvent, TaskState
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.chats import ChatStore
from bot.storage.group_rules import GroupRulesStore
from bot.storage.tasks import _LAST_ASKED, TaskStore
from bot.task import new_task

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
GROUP, MOVED, ANN, BOB = -100, -1_000_100, 5, 6


@pytest.fixture
def store(database) -> GroupRulesStore:
    return GroupRulesStore(database)


async def test_changes_side_by_side_lose_nothing(store):
    fields = {"on": False, "admins_only": True, "cool_down": 30, "pool": 5, "for_asker": True}
    changes = [store.change(GROUP, {name: value}, NOW) for name, value in fields.items()]
    topics = [store.allow(GROUP, number, NOW) for number in (7, GENERAL, 9)]
    await asyncio.gather(*changes, *topics, store.name(GROUP, 7, "Foxes", NOW))
    rules = await store.get(GROUP)
    assert rules == GroupRules(**fields, topics=rules.topics, names={7: "Foxes"})
    assert sorted(rules.topics) == [GENERAL, 7, 9]
    assert await store.get(MOVED) == GroupRules()


async def test_a_group_that_has_decided_nothing_has_no_row(store, database):
    await store.change(GROUP, {"on": False, "pool": 0}, NOW)
    await store.change(GROUP, {"on": True, "pool": None}, NOW)
    assert await database.read("SELECT * FROM group_rules") == []


async def test_a_topic_is_allowed_once_and_no_more_than_a_sheet_has_room_for(store):
    for number in (*range(TOPICS_MAX), 0):
        assert await store.allow(GROUP, number, NOW)
    assert not await store.allow(GROUP, 99, NOW)
    await store.disallow(GROUP, 3, NOW)
    await store.disallow(GROUP, 3, NOW)
    assert await store.allow(GROUP, 99, NOW)
    assert len((await store.get(GROUP)).topics) == TOPICS_MAX


async def test_what_is_not_a_rule_is_refused(store):
    await store.change(GROUP, {"cool_down": 30}, NOW)
    with pytest.raises(TypeError):
        await store.change(GROUP, {"colour": "red"}, NOW)
    assert await store.get(GROUP) == GroupRules(cool_down=30)


async def test_the_rules_move_along_and_are_known_under_both_numbers(store, database):
    await store.change(GROUP, {"cool_down": 30}, NOW)
    for _ in range(2):
        await ChatStore(database).move(GROUP, MOVED, NOW)
    assert await store.get(MOVED) == await store.get(GROUP) == GroupRules(cool_down=30)
    # Somebody presses in the old group, and it counts where that has gone.
    await store.change(GROUP, {"on": False}, NOW)
    assert await store.get(MOVED) == GroupRules(on=False, cool_down=30)
    assert len(await database.read("SELECT * FROM group_rules")) == 1


@pytest.mark.parametrize(
    ("topics", "topic", "welcome"),
    [
        ((), None, True),
        ((), 7, True),
        ((7,), 7, True),
        ((7,), 8, False),
        ((7,), None, False),
        ((7, GENERAL), None, True),
    ],
)
def test_where_nothing_is_chosen_people_may_ask_everywhere(topics, topic, welcome):
    assert GroupRules(topics=topics).welcomes(topic) is welcome


def test_topics_are_named_or_linked():
    rules = GroupRules(topics=(GENERAL, 7, 9), names={7: "Foxes"})
    assert rules.places(-1001234) == "General, Foxes, https://t.me/c/1234/9"
    assert GroupRules(topics=(1, 2, 3, 4, 5)).places(-1001).endswith(", …")


@pytest.mark.parametrize(("pool", "allowed"), [(None, 100), (0, 0), (30, 30), (500, 100)])
def test_a_pool_is_never_more_than_the_operator_gives(pool, allowed):
    assert GroupRules(pool=pool).pool_of(100) == allowed


async def asked(tasks: TaskStore, seconds: int, *, chat=GROUP, person=ANN):
    origin = Origin(chat=chat, message=1, person=person, private=False)
    order = Order(prompt="a fox", model="2", ratio="1:1", size="1k", format=None)
    at = NOW + timedelta(seconds=seconds)
    task = new_task(key=f"{chat}:{person}:{seconds}", origin=origin, order=order, now=at)
    return await tasks.add(task)


async def test_it_is_known_when_somebody_last_asked_in_a_group(database):
    tasks = TaskStore(database)
    assert await tasks.last_asked(GROUP, ANN, NOW) is None
    for seconds in (10, 20):
        await asked(tasks, seconds)
    await asked(tasks, 30, person=BOB)
    await asked(tasks, 40, chat=-200)
    assert await tasks.last_asked(GROUP, ANN, NOW) == NOW + timedelta(seconds=20)
    assert await tasks.last_asked(GROUP, ANN, NOW + timedelta(seconds=20)) is None
    await ChatStore(database).move(GROUP, MOVED, NOW)
    assert await tasks.last_asked(MOVED, ANN, NOW) == NOW + timedelta(seconds=20)


async def test_what_failed_does_not_count_as_asked(database):
    tasks = TaskStore(database)
    task = await asked(tasks, 10)
    failed = await tasks.save(task.move(TaskEvent.REPORT))
    assert failed.state is TaskState.REPORTED
    assert await tasks.last_asked(GROUP, ANN, NOW) is None


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_search_for_it_reads_only_what_the_person_asked_of_late(database):
    values = {"person": ANN, "chat": GROUP, "since": 1.0}
    plan = await database.read(f"EXPLAIN QUERY PLAN {_LAST_ASKED}", values)
    details = [row["detail"] for row in plan]
    assert any("tasks_of_person (person=? AND created_at>?)" in one for one in details)
    assert not any(one.startswith("SCAN") for one in details)
