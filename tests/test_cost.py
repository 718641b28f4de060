"""What a picture costs, in counts: calls, statements, commits and looks at the disk. Times vary from
machine to machine, these do not; whoever makes a picture dearer has to raise them here, and to say why.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.run import run
from bot.sandbox.chats import Person
from bot.settings import Settings
from bot.storage.sqlite import SQLite
from bot.wiring import House, open_house
from bot.wiring.means import Tempo
from tests.conftest import Studio, eventually
from webhooks.keys import Addresses

PICTURES = 20


@pytest.fixture
async def counts(studio: Studio) -> AsyncIterator[Counter[str]]:
    """SQL statements by their first word while the bot runs, and the files that were made."""
    counted: Counter[str] = Counter()

    @asynccontextmanager
    async def opened(settings: Settings, doors: Addresses) -> AsyncIterator[House]:
        async with open_house(settings, doors, tempo=Tempo(pace=studio.pace)) as house:
            await count(house.retention.database, counted)
            yield house

    stop, started = asyncio.Event(), asyncio.Event()
    settings = studio.settings(webhook=True, task_poll_seconds=3.0)
    running = asyncio.create_task(run(settings, stop=stop, started=started, opened=opened))
    await started.wait()
    yield counted
    stop.set()
    await running


async def count(database: Any, counted: Counter[str]) -> None:
    assert isinstance(database, SQLite)

    def watch(connection: Any) -> None:
        connection.set_trace_callback(lambda words: counted.update([words.split(maxsplit=1)[0]]))

    # Each in its own thread, which opens its connection when it is first asked.
    await database.read("SELECT 1")
    await database._writer.give(watch)
    await database._reader.give(watch)


async def test_one_picture_after_the_other(studio: Studio, counts: Counter[str]) -> None:
    people = [studio.telegram.world.add_person(f"P{number}") for number in range(PICTURES + 1)]
    await asked(studio, people.pop())
    await settled(studio)
    before = Counter(counts)
    calls, requests = len(studio.telegram.calls), len(studio.generator.requests)
    for person in people:
        await asked(studio, person)
    await settled(studio)
    counts.subtract(before)
    each = {word: number / PICTURES for word, number in counts.items()}

    told = Counter(call.method for call in studio.telegram.calls[calls:])
    assert told.pop("sendPhoto") == PICTURES
    # A courtesy where sending takes long.
    told.pop("sendChatAction", None)
    # The card comes and goes; where the picture is quicker there is none.
    assert told["sendMessage"] == told["deleteMessage"] <= PICTURES
    assert told.keys() <= {"sendMessage", "deleteMessage", "editMessageText"}
    paths = [request.path for request in studio.generator.requests[requests:]]
    asked_for = Counter("result" if ".png" in path else path.split("?")[0] for path in paths)
    # The watchman looks at the balance when it is time.
    asked_for.pop("/api/v1/chat/credit", None)
    # Nobody is asked twice who will call.
    assert sorted(asked_for.values()) == [PICTURES] * 3, asked_for
    # Each commit waits once for the disk.
    assert each["COMMIT"] <= 12.5
    assert each["SELECT"] <= 38
    assert each["INSERT"] <= 21
    assert each["UPDATE"] <= 18
    assert each.get("SAVEPOINT", 0) == 0


async def test_many_at_once_share_their_commits(studio: Studio, counts: Counter[str]) -> None:
    before = counts["COMMIT"]
    people = [studio.telegram.world.add_person(f"P{number}") for number in range(PICTURES)]
    for person in people:
        studio.telegram.say(person, "a fox")
    await asyncio.gather(*(studio.picture(studio.chat(person)) for person in people))
    assert counts["COMMIT"] - before < 10 * PICTURES


async def test_nobody_asks_and_nothing_is_done(counts: Counter[str]) -> None:
    # What belongs to the start comes to its end.
    for _ in range(20):
        before = counts.total()
        await asyncio.sleep(1.0)
        # A look every five seconds at what other processes may have written, by each who does.
        if counts.total() - before <= 8:
            return
    raise AssertionError("something goes on and on")


async def asked(studio: Studio, person: Person) -> None:
    studio.telegram.say(person, "a red fox")
    await studio.picture(studio.chat(person))


async def settled(studio: Studio) -> None:
    """Until the cards are taken away, and all is noted."""
    rows = studio.keeping.rows
    await eventually(lambda: not rows("SELECT 1 FROM updates WHERE state = 'new'"))
    await eventually(lambda: not rows("SELECT 1 FROM tasks WHERE due_at IS NOT NULL"))
