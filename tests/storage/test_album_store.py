"""Albums on disk: complete a moment after the latest part, in whatever order the parts come."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.albums import Album, Part
from bot.errors import Reason
from bot.origin import Origin, Reference
from bot.prompt import Options
from bot.storage.albums import AlbumStore
from bot.storage.database import Database

NOW = datetime(2030, 1, 1, tzinfo=UTC)
PAUSE = timedelta(seconds=1.5)
NUMBERS = itertools.count()


def part(message: int, **more) -> Part:
    return Part(origin=Origin(chat=-1, message=message, person=3), **more)


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


@pytest.fixture
def store(database: Database) -> AlbumStore:
    return AlbumStore(database)


async def due(store: AlbumStore, moment: datetime) -> list[Album]:
    return (await store.due(moment, 10))[0]


async def test_what_goes_in_comes_out(store):
    whole = part(
        7,
        text="a stamp",
        references=(Reference(source="a"),),
        quoted=(Reference(source="b", picture="p"),),
        parent="p",
        options=Options(model="pro", as_file=True),
        name="a.png",
        trouble=Reason.REFERENCE_TOO_BIG,
    )
    await store.add("8", whole, pause=PAUSE, now=NOW)
    assert await due(store, seconds(1.5)) == [Album(chat=-1, id="8", parts=(whole,))]


async def test_an_album_waits_for_the_silence_after_its_latest_part(store):
    await store.add("8", part(1), pause=PAUSE, now=NOW)
    await store.add("8", part(2), pause=PAUSE, now=seconds(1.4))
    assert await store.due(seconds(1.6), 10) == ([], seconds(2.9))
    assert len((await due(store, seconds(2.9)))[0].parts) == 2


async def test_a_repeated_part_changes_nothing(store):
    await store.add("8", part(1, text="first"), pause=PAUSE, now=NOW)
    await store.add("8", part(1, text="again"), pause=PAUSE, now=seconds(1))
    (album,) = await due(store, seconds(1.5))
    assert [one.text for one in album.parts] == ["first"]
    await store.settled(album, seconds(2))
    await store.add("8", part(1), pause=PAUSE, now=seconds(3))
    assert await due(store, seconds(9)) == []


async def test_what_became_of_it_is_known_to_a_late_part_which_is_due_at_once(store):
    await store.add("8", part(1), pause=PAUSE, now=NOW)
    (album,) = await due(store, seconds(2))
    await store.settled(replace(album, task="t", told=True), seconds(2))
    assert await store.due(seconds(9), 10) == ([], None)
    await store.add("8", part(2), pause=PAUSE, now=seconds(9))
    (album,) = await due(store, seconds(9))
    assert (album.task, album.told, len(album.parts)) == ("t", True, 2)


async def test_a_part_that_comes_while_the_album_is_settled_is_not_lost(store):
    await store.add("8", part(1), pause=PAUSE, now=NOW)
    (album,) = await due(store, seconds(2))
    await store.add("8", part(2), pause=PAUSE, now=seconds(2))
    await store.settled(replace(album, task="t"), seconds(2))
    (album,) = await due(store, seconds(2))
    assert (album.task, len(album.parts)) == ("t", 2)


async def test_albums_of_two_chats_may_have_one_name(store):
    elsewhere = Part(origin=Origin(chat=-2, message=1, person=3))
    for one in (part(1), elsewhere):
        await store.add("8", one, pause=PAUSE, now=NOW)
    assert [album.chat for album in await due(store, seconds(2))] == [-1, -2]
    assert await store.due(seconds(2), 1) == ([(await due(store, seconds(2)))[0]], seconds(1.5))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(range(1, 6)), st.lists(st.floats(0, 1.49), min_size=5, max_size=5))
async def test_whatever_the_order_and_the_gaps_it_is_due_once_with_all_parts(store, order, gaps):
    name = str(next(NUMBERS))
    moment = 0.0
    for number, gap in zip(order, gaps, strict=True):
        moment += gap
        # Not before the last one, however long that takes.
        assert [one for one in await due(store, seconds(moment)) if one.id == name] == []
        await store.add(name, part(number), pause=PAUSE, now=seconds(moment))
    (album,) = [one for one in await due(store, seconds(moment + 1.5)) if one.id == name]
    assert [one.origin.message for one in album.parts] == [1, 2, 3, 4, 5]
    await store.settled(album, seconds(moment + 1.5))
    assert await store.due(seconds(moment + 9), 10) == ([], None)
