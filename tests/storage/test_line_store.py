"""The line in front of the generator: fair between chats and people, and never over the room."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.life import PictureState
from bot.line import Room
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.database import Database
from bot.storage.line import LineStore
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ORDER = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format=None)
WIDE = Room(person=99, chat=99, overall=99, ahead=99)

FOX, ELK = 1, 2  # people, and their private chats
CLUB = -100


class Crowd:
    """People who ask; each picture is called by its task and number: `a1`."""

    def __init__(self, database: Database) -> None:
        self.tasks = TaskStore(database)
        self.line = LineStore(database)

    async def asks(
        self, name: str, person: int, *, chat: int | None = None, count: int = 1
    ) -> Task:
        origin = Origin(chat=chat or person, message=1, person=person, private=chat is None)
        fresh = new_task(key=name, origin=origin, order=replace(ORDER, count=count), now=NOW)
        pictures = tuple(replace(one, id=f"{name}{one.number}") for one in fresh.pictures)
        return await self.tasks.add(replace(fresh, id=name, pictures=pictures))

    async def move(self, name: str, **to: object) -> None:
        """Change the picture of this name."""
        task = await self.tasks.find(name)
        assert await self.tasks.save(task.with_picture(replace(task.picture(name), **to)))

    async def admit(self, room: Room) -> list[str]:
        """Who is let in; they are on their way from then on."""
        chosen, waiting = await self.line.next(room)
        assert waiting == len(await self.order())
        names = [one.picture for one in chosen]
        for name in names:
            await self.move(name, due_at=NOW)
        return names

    async def order(self) -> list[str]:
        return [one.picture for one in await self.line.order()]


@pytest.fixture
def crowd(database: Database) -> Crowd:
    return Crowd(database)


async def test_one_who_asks_for_much_does_not_hold_up_one_who_asks_for_little(crowd):
    await crowd.asks("a", FOX, count=3)
    await crowd.asks("b", ELK)
    assert await crowd.order() == ["a1", "b1", "a2", "a3"]


async def test_a_group_takes_turns_with_private_chats_and_its_people_among_themselves(crowd):
    await crowd.asks("a", 7, chat=CLUB, count=2)
    await crowd.asks("b", 8, chat=CLUB)
    await crowd.asks("c", ELK, count=2)
    assert await crowd.order() == ["a1", "c1", "b1", "c2", "a2"]


async def test_whoever_asks_in_many_chats_is_still_one_person(crowd):
    for number in range(3):
        await crowd.asks(f"a{number}x", FOX, chat=CLUB - number)
    await crowd.asks("b", ELK)
    assert await crowd.order() == ["a0x1", "b1", "a1x1", "a2x1"]


async def test_turns_at_the_generator_count_as_turns_that_were_had(crowd):
    await crowd.asks("a", FOX, count=2)
    assert await crowd.admit(WIDE) == ["a1", "a2"]
    await crowd.asks("c", FOX)
    await crowd.asks("d", ELK)
    assert await crowd.order() == ["d1", "c1"]


async def test_a_person_and_a_chat_have_no_more_at_once_than_they_may(crowd):
    await crowd.asks("a", FOX, count=4)
    await crowd.asks("b", 7, chat=CLUB, count=2)
    await crowd.asks("c", 8, chat=CLUB, count=2)
    room = replace(WIDE, person=2, chat=3)
    assert sorted(await crowd.admit(room)) == ["a1", "a2", "b1", "b2", "c1"]
    assert await crowd.admit(room) == []
    await crowd.move("a1", state=PictureState.GENERATED)
    await crowd.move("b1", state=PictureState.FAILED, due_at=None)
    assert sorted(await crowd.admit(room)) == ["a3", "c2"]


async def test_no_more_run_at_once_than_the_generator_takes(crowd):
    for person in range(1, 9):
        await crowd.asks(f"p{person}", person)
    assert len(await crowd.admit(replace(WIDE, overall=5))) == 5
    assert await crowd.admit(replace(WIDE, overall=5)) == []
    assert len(await crowd.admit(replace(WIDE, overall=6))) == 1


async def test_few_leave_the_line_before_the_generator_has_taken_them(crowd):
    await crowd.asks("a", FOX, count=6)
    room = replace(WIDE, ahead=2)
    assert await crowd.admit(room) == ["a1", "a2"]
    assert await crowd.admit(room) == []
    await crowd.move("a1", state=PictureState.SUBMITTED)
    assert await crowd.admit(room) == ["a3"]


async def test_what_ended_in_line_stands_there_no_more(crowd):
    await crowd.asks("a", FOX, count=2)
    await crowd.move("a1", state=PictureState.FAILED)
    assert await crowd.order() == ["a2"]


ASKING = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([None, -1, -2]), st.integers(1, 5)), max_size=12
)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)
@given(asking=ASKING, data=st.data())
async def test_everybody_gets_a_turn_and_nobody_more_than_there_is_room(database, asking, data):
    await database.write(lambda connection: connection.execute("DELETE FROM tasks"))
    crowd = Crowd(database)
    places: dict[str, tuple[int, int]] = {}
    for number, (person, chat, count) in enumerate(asking):
        task = await crowd.asks(f"t{number}.", person, chat=chat, count=count)
        places |= {one.id: (person, chat or person) for one in task.pictures}
    room = Room(person=2, chat=3, overall=5, ahead=4)
    running: set[str] = set()
    waiting = set(places)
    while waiting:
        let_in = await crowd.admit(room)
        assert set(let_in) <= waiting
        assert len(let_in) == len(set(let_in)) <= room.ahead
        waiting -= set(let_in)
        running |= set(let_in)
        people = Counter(places[one][0] for one in running)
        chats = Counter(places[one][1] for one in running)
        assert max(people.values()) <= room.person
        assert max(chats.values()) <= room.chat
        assert len(running) <= room.overall
        done = data.draw(st.sampled_from(sorted(running)))
        running.remove(done)
        await crowd.move(done, state=PictureState.STORED, due_at=None)


async def test_how_long_a_picture_usually_takes_is_the_median_of_the_latest(crowd):
    assert await crowd.line.typical("banana") is None
    task = await crowd.asks("a", FOX, count=60)
    seconds = [500.0] * 10 + [float(n % 21) for n in range(50)]
    timed = tuple(
        replace(one, state=PictureState.STORED, seconds=took)
        for one, took in zip(task.pictures, seconds, strict=True)
    )
    await crowd.tasks.save(replace(task, pictures=timed))
    assert await crowd.line.typical("banana") == 8.0
    assert await crowd.line.typical("pro") is None


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_line_is_read_by_index_only(crowd, database):
    """What is over does not make it slower."""
    plan = await database.read(
        "EXPLAIN QUERY PLAN SELECT id FROM pictures INDEXED BY pictures_under_way"
        " WHERE state IN ('created', 'submitting', 'submitted')"
    )
    assert "USING INDEX pictures_under_way" in plan[0]["detail"]
