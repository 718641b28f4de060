"""`python -m bot users`: who asks, what is known of somebody, and forgetting them."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.chats import Chat, Person
from bot.storage.sqlite import migrate
from tests.conftest import Studio, eventually
from tests.console.commands import beside, refusal, run, said, values
from tests.pressing import jobs, refuse
from tests.test_closed_chats import rows


async def asked(studio: Studio, person: Person, text: str) -> Chat:
    chat = studio.chat(person)
    studio.telegram.say(person, text)
    await studio.picture(chat, text.partition(" --")[0])
    await studio.quiet(chat)
    return chat


async def all_ended(studio: Studio) -> None:
    working = "SELECT id FROM tasks WHERE state IN ('created', 'working')"
    await eventually(lambda: not rows(studio, working))


async def test_list_counts_for_everybody_whoever_was_here_last_first(studio: Studio) -> None:
    await studio.start()
    await asked(studio, studio.ann, "a red fox --n 2")
    await asked(studio, studio.bob, "a blue whale")
    refuse(studio)
    studio.telegram.say(studio.ann, "a brown bear")
    await studio.words(studio.chat(studio.ann), "safety filter")
    await all_ended(studio)
    ann, bob = await values(studio, "users", "list")
    assert (ann["person"], ann["tasks"], ann["pictures"], ann["failed"]) == (studio.ann.id, 2, 2, 1)
    assert (bob["person"], bob["tasks"], bob["pictures"], bob["failed"]) == (studio.bob.id, 1, 1, 0)
    assert ann["last_at"] > bob["last_at"]
    table = (await said(studio, "users", "list")).splitlines()
    assert [line.split()[0] for line in table] == ["person", str(studio.ann.id), str(studio.bob.id)]


async def test_show_tells_what_is_known_of_somebody(studio: Studio) -> None:
    await studio.start()
    chat = await asked(studio, studio.ann, "a red fox")
    await all_ended(studio)
    known = await values(studio, "users", "show", str(studio.ann.id))
    assert known["by_state"] == {"delivered": 1}
    assert known["chats"] == {str(chat.id): 1}
    assert [one["order"]["prompt"] for one in known["latest"]] == ["a red fox"]
    page = await said(studio, "users", "show", str(studio.ann.id))
    assert "delivered (1)" in page
    assert "a red fox" in page
    assert known["latest"][0]["id"] in page


@pytest.mark.parametrize("command", ["show", "forget"])
@pytest.mark.parametrize("person", ["7", "-100123"])
def test_nobody_is_one_line(tmp_path: Path, command: str, person: str) -> None:
    migrate(tmp_path / "bot.db")
    line = refusal(run(tmp_path, "users", command, person))
    assert line == f"{person}: nothing is known of anybody with this id"


async def test_forgetting_asks_first(studio: Studio) -> None:
    await studio.start()
    await asked(studio, studio.ann, "a red fox")
    ann = str(studio.ann.id)
    result = await beside(studio, "users", "forget", ann, answer="n\n")
    assert result.exit_code == 1
    assert f"Delete everything about {ann}, 1 requests" in result.stderr
    assert len(rows(studio, "SELECT id FROM tasks")) == 1


async def test_who_is_forgotten_leaves_nothing_behind_and_others_stay(studio: Studio) -> None:
    await studio.start()
    await asked(studio, studio.ann, "a red fox")
    await asked(studio, studio.bob, "a blue whale")
    await all_ended(studio)
    ann = str(studio.ann.id)
    told = await beside(studio, "users", "forget", ann, answer="y\n")
    assert (told.exit_code, told.stdout.splitlines()) == (
        0,
        [f"{ann} is forgotten: 1 requests and all that belongs to them"],
    )
    assert rows(studio, "SELECT person FROM tasks") == [(studio.bob.id,)]
    assert rows(studio, "SELECT person FROM pictures") == [(studio.bob.id,)]
    files = [one for one in (studio.folder / "pictures").rglob("*.*") if one.is_file()]
    assert len(files) == 1
    assert "nothing is known" in refusal(await beside(studio, "users", "show", ann))


async def test_what_is_under_way_goes_without_a_word_and_its_card_too(studio: Studio) -> None:
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.mei, "狐狸")
    chat = studio.chat(studio.mei)
    await studio.words(chat, "🎨")
    await eventually(lambda: jobs(studio))
    carded = "SELECT id FROM tasks WHERE json_extract(body, '$.card') IS NOT NULL"
    await eventually(lambda: rows(studio, carded))
    await said(studio, "users", "forget", str(studio.mei.id), "--yes")
    assert studio.from_bot(chat) == []
    studio.generator.release()
    await asked(studio, studio.bob, "a blue whale")
    assert studio.from_bot(chat) == []


async def test_who_only_has_credits_is_known_and_can_be_forgotten(studio: Studio) -> None:
    await studio.start()
    ann, bob = str(studio.ann.id), str(studio.bob.id)
    for number in (ann, bob):
        await said(studio, "credits", "grant", number, "10")
    assert (await values(studio, "users", "show", ann))["credits"] == 10
    assert "credits to keep" in await said(studio, "users", "show", ann)
    told = await beside(studio, "users", "forget", ann, answer="y\n")
    assert told.exit_code == 0
    assert f"Delete everything about {ann}, 0 requests with their pictures and 10 credits?" in (
        told.stderr
    )
    assert "nothing is known" in refusal(await beside(studio, "users", "show", ann))
    assert await values(studio, "credits", "list") == [{"id": studio.bob.id, "credits": 10}]


async def test_who_has_only_paid_is_known_and_can_be_forgotten(studio: Studio) -> None:
    await studio.start()
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
        database.execute(
            "INSERT INTO purchases (charge, person, stars, credits, at) VALUES ('c', ?, 50, 0, ?)",
            [studio.ann.id, time.time()],
        )
    ann = str(studio.ann.id)
    assert (await values(studio, "users", "show", ann))["payments"] == 1
    await said(studio, "users", "forget", ann, "--yes")
    assert "nothing is known" in refusal(await beside(studio, "users", "show", ann))
