"""The inbox on disk: each update once, in order within its queue, until it is handled."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.neighbours import StoredUpdate
from bot.storage.database import Database
from bot.storage.engines import Engine
from bot.storage.updates import UpdateStore

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def updates(database: Database) -> UpdateStore:
    return UpdateStore(database)


def update(number: int, queue: str = "chat:1", body: bytes = b"{}") -> StoredUpdate:
    return StoredUpdate(update_id=number, queue=queue, body=body)


async def ids(updates: UpdateStore, limit: int = 10) -> list[int]:
    return [head.update_id for head in await updates.heads(limit)]


async def test_an_update_comes_out_exactly_as_it_came(updates: UpdateStore) -> None:
    odd = update(2**53 - 1, "chat:-100", b'{"update_id": 1, "x": "\xf0\x9f\x8d\x8c\x00"}\n')
    assert await updates.add([odd], NOW) == 1
    assert await updates.heads(1) == [odd]


async def test_a_repeated_update_is_known(updates: UpdateStore) -> None:
    assert await updates.add([update(1), update(2)], NOW) == 2
    assert await updates.add([update(1, body=b"other"), update(3), update(3)], NOW) == 1
    assert (await updates.heads(1))[0].body == b"{}"


async def test_no_updates_are_no_news(updates: UpdateStore) -> None:
    assert await updates.add([], NOW) == 0


async def test_a_handled_update_is_still_known_but_its_text_is_gone(
    updates: UpdateStore, database: Database
) -> None:
    await updates.add([update(1, body=b"private words")], NOW)
    await updates.done(1)
    assert await ids(updates) == []
    assert await updates.add([update(1)], NOW) == 0
    assert [len(row["body"]) for row in await database.read("SELECT * FROM updates")] == [0]


async def test_each_queue_shows_its_first_and_the_longest_waiting_comes_first(
    updates: UpdateStore,
) -> None:
    await updates.add([update(9, "b"), update(5, "a"), update(1, "b"), update(7, "c")], NOW)
    assert await ids(updates) == [9, 5, 7]
    assert await ids(updates, limit=2) == [9, 5]
    await updates.done(9)
    assert await ids(updates) == [5, 1, 7]
    await updates.done(5)
    assert await ids(updates) == [1, 7]


def firsts(waiting: list[tuple[int, str]], limit: int) -> list[int]:
    """What `heads` gives, as it is said."""
    first: dict[str, int] = {}
    for number, queue in waiting:
        first.setdefault(queue, number)
    return list(first.values())[:limit]


@given(
    queues=st.lists(st.sampled_from(["", "chat:-1", "chat:-10", *"abcdefgh"]), max_size=120),
    handled=st.sets(st.integers(0, 119)),
    parked=st.sets(st.integers(0, 119)),
    limit=st.integers(1, 4),
)
@example(queues=["a"] * 9 + list("bcdefghijk"), handled=set(), parked=set(), limit=2)
@example(queues=["a"] * 60 + list("bcdefghijk"), handled=set(), parked=set(), limit=2)
@example(queues=["a"] * 70 + list("bcdefghijk"), handled=set(), parked=set(), limit=2)
@example(queues=["a"] * 90 + ["b"], handled=set(), parked=set(), limit=2)
@example(queues=["a"] * 20 + ["b"], handled=set(), parked=set(), limit=2)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whoever_waits_the_longest_comes_first_behind_whatever_others_have_sent(
    database: Database, queues: list[str], handled: set[int], parked: set[int], limit: int
) -> None:
    await database.write(lambda one: one.execute("DELETE FROM updates"))
    updates = UpdateStore(database, look=3)
    await updates.add([update(number, queue) for number, queue in enumerate(queues)], NOW)
    for number in sorted(handled & set(range(len(queues)))):
        await updates.done(number)
    for number in sorted(parked - handled & set(range(len(queues)))):
        await updates.failed(number, "broken", park=True)
    gone = handled | parked
    waiting = [(number, queue) for number, queue in enumerate(queues) if number not in gone]
    assert [head.update_id for head in await updates.heads(limit)] == firsts(waiting, limit)


async def test_a_failed_update_stays_at_the_head_and_counts(updates: UpdateStore) -> None:
    await updates.add([update(1), update(2)], NOW)
    await updates.failed(1, "ValueError()", park=False)
    await updates.failed(1, "ValueError()", park=False)
    assert [(head.update_id, head.tries) for head in await updates.heads(9)] == [(1, 2)]


async def test_a_parked_update_makes_way_and_keeps_its_body(
    updates: UpdateStore, database: Database
) -> None:
    await updates.add([update(1, body=b"broken"), update(2)], NOW)
    await updates.failed(1, "KeyError('x')", park=True)
    assert await ids(updates) == [2]
    assert await updates.add([update(1)], NOW) == 0
    (row,) = await database.read("SELECT * FROM updates WHERE update_id = 1")
    assert (row["state"], row["error"], row["body"]) == ("parked", "KeyError('x')", b"broken")


async def test_the_order_outlives_a_restart(
    updates: UpdateStore, database: Database, engine: Engine
) -> None:
    await updates.add([update(3, "a"), update(1, "b"), update(2, "a")], NOW)
    await database.close()
    again = await engine.open()
    assert await ids(UpdateStore(again)) == [3, 1]
    await again.close()
