"""What people prefer, on disk: one field at a time, whoever else writes."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.origin import Origin
from bot.preferences import Preferences, chat, person, scopes, topic
from bot.prompt import Options
from bot.storage.chats import ChatStore
from bot.storage.database import Database
from bot.storage.preferences import PreferenceStore

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ANN, GROUP, FOXES = person(5), chat(-100), topic(-100, 7)


@pytest.fixture
def store(database: Database) -> PreferenceStore:
    return PreferenceStore(database)


async def test_changes_side_by_side_lose_nothing(store):
    fields = {"ratio": "16:9", "count": 3, "as_file": True, "language": "zh_CN", "size": "2k"}
    changes = [store.change(ANN, {name: value}, NOW) for name, value in fields.items()]
    await asyncio.gather(*changes)
    assert (await store.get((ANN,))).body() == fields


async def test_none_takes_one_back_and_the_last_takes_the_row(store, database):
    await store.change(ANN, {"count": 3, "spoiler": False}, NOW)
    await store.change(ANN, {"count": None}, NOW)
    assert (await store.get((ANN,))).body() == {"spoiler": False}
    await store.change(ANN, {"spoiler": None}, NOW)
    assert await database.read("SELECT * FROM preferences") == []


async def test_a_field_nobody_knows_is_refused(store):
    await store.change(ANN, {"count": 3}, NOW)
    with pytest.raises(TypeError):
        await store.change(ANN, {"colour": "red"}, NOW)
    assert await store.get((ANN,)) == Preferences(options=Options(count=3))


async def test_what_a_group_has_chosen_moves_with_it(store, database):
    chats, new = ChatStore(database), chat(-1_000_100)
    await store.change(GROUP, {"count": 3}, NOW)
    for _ in range(2):
        await chats.move(-100, -1_000_100, NOW)
    assert (await store.get((new,))).body() == {"count": 3}
    assert (await store.get((GROUP,))).body() == {}
    await store.change(GROUP, {"count": 4}, NOW)
    await chats.move(-100, -1_000_100, NOW)
    assert (await store.get((new,))).body() == {"count": 3}


async def test_a_person_goes_before_the_topic_and_the_topic_before_the_group(store):
    await store.change(GROUP, {"ratio": "1:1", "count": 1, "spoiler": True}, NOW)
    await store.change(FOXES, {"ratio": "16:9", "count": 2}, NOW)
    await store.change(ANN, {"ratio": "9:16"}, NOW)
    origin = Origin(chat=-100, message=1, person=5, topic=7, private=False)
    options = (await store.get(scopes(origin))).options
    assert (options.ratio, options.count, options.spoiler) == ("9:16", 2, True)
