"""/privacy and /forget, over HTTP: afterwards nothing on disk knows the person."""

import asyncio
import io
import json
import logging
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Person
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually, photo
from tests.inlining import draw_here, told
from tests.telegram.test_settings_room import answered, buttons, choose, now, settings_of, shows

Json = dict[str, Any]
WORDS = "zanzibar"


def on_disk(studio: Studio) -> Iterator[tuple[str, str]]:
    """Every value of every table, and every file's name."""
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for row in database.execute(f"SELECT * FROM {table}"):
                for value in row:
                    text = value.decode(errors="replace") if isinstance(value, bytes) else value
                    yield table, str(text)
    for path in studio.folder.rglob("pictures/*/*"):
        yield "folder", path.name


def knowing(studio: Studio, *words: str) -> set[str]:
    """Which tables know one of these words."""
    return {where for where, text in on_disk(studio) if any(word in text for word in words)}


def files(studio: Studio) -> set[str]:
    return {path.name for path in studio.folder.rglob("pictures/*/*")}


async def forget(studio: Studio, person: Person) -> Json:
    """Through both questions, to the last word."""
    studio.telegram.say(person, "/forget")
    asked = await studio.words(studio.chat(person), "Shall I forget you?")
    studio.telegram.press(person, asked, "🗑 Forget me")
    await shows(studio, asked, "🗑 Yes, delete everything")
    studio.telegram.press(person, asked, "🗑 Yes, delete everything")
    await studio.telegram.wait_until(lambda: "You are forgotten" in now(studio, asked)["text"])
    return asked


async def test_privacy_tells_how_long_and_who(studio: Studio) -> None:
    await studio.start(file_retention_hours=36, history_days=90)
    studio.telegram.say(studio.ann, "/privacy")
    told = await studio.words(studio.chat(studio.ann), "What I keep")
    for part in ("36 hours", "90 days", "kie.ai", "/forget"):
        assert part in told["text"]
    studio.telegram.press(studio.ann, told, "🗑 Forget me")
    await shows(studio, told, "📦 Send me everything first")


async def test_after_forgetting_nothing_on_disk_knows_the_person(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.bob, studio.ann])
    await studio.start()
    chat = studio.chat(studio.ann)
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "📐", "4:3", "📐 Shape: 4:3")
    studio.telegram.say(studio.ann, f"{WORDS} fox --n 2")
    await studio.picture(chat, WORDS)
    studio.telegram.send_photo(studio.ann, photo(), caption=f"{WORDS} edited")
    await studio.picture(chat, "edited")
    studio.telegram.send_photo(studio.ann, photo())
    await studio.words(chat, "What shall I do")
    studio.telegram.say(studio.ann, f"/imagine {WORDS} whale", chat=group)
    await studio.picture(group, "whale")
    studio.telegram.say(studio.bob, "a green frog")
    await studio.picture(studio.chat(studio.bob), "frog")
    await studio.quiet(chat)
    theirs, shown = str(studio.ann.id), len(studio.from_bot(chat))
    before = files(studio)
    known = {"tasks", "pictures", "preferences", "questions", "accounts"}
    await eventually(lambda: knowing(studio, theirs, WORDS) == known)
    assert len(before) == 6

    await forget(studio, studio.ann)
    # The press itself is on disk until it is done with.
    # That of today's credits some are spent is remembered for as long as today lasts.
    await eventually(lambda: knowing(studio, theirs, WORDS, "Shall I") == {"accounts"})
    left = files(studio)
    assert len(left) == 1
    assert not knowing(studio, *(before - left))
    assert knowing(studio, str(studio.bob.id), "frog") >= {"tasks", "pictures"}
    # What was sent stays, and one can go on.
    assert len(studio.from_bot(chat)) == shown + 1
    studio.telegram.say(studio.ann, "a new fox")
    await studio.picture(chat, "a new fox")


async def test_an_update_that_broke_is_forgotten_too(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/start")
    await studio.words(studio.chat(studio.ann), "Hello Ann")
    await studio.stop()
    body = {"update_id": 1, "message": {"from": {"id": studio.ann.id}, "text": WORDS}}
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
        database.execute(
            "INSERT INTO updates (update_id, queue, state, received_at, error, body)"
            " VALUES (1, 'chat:-100', 'parked', 9e9, 'oh', ?), (2, ?, 'parked', 9e9, NULL, ?)",
            [json.dumps(body), f"chat:{studio.ann.id}", b"\xff not json"],
        )
    await studio.start()
    assert knowing(studio, str(studio.ann.id), WORDS) == {"updates"}
    await forget(studio, studio.ann)
    await eventually(lambda: not knowing(studio, str(studio.ann.id), WORDS))


@pytest.mark.parametrize("where", ["create", "outcome", "result"])
async def test_what_is_being_drawn_ends_without_a_word(
    studio: Studio, caplog: pytest.LogCaptureFixture, where: Any
) -> None:
    caplog.set_level(logging.INFO)
    kind, forgotten = "delay" if where == "create" else "slow", asyncio.Event()
    studio.generator.faults.add(Fault(where=where, kind=kind, until=forgotten))
    if where == "create":
        # Its callback would tell what the answer does.
        studio.generator.hold()
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, f"a {WORDS} fox")
    card = await studio.words(chat, WORDS)
    await eventually(lambda: studio.generator.jobs)
    if where == "result":
        await eventually(lambda: "generated" in caplog.messages)
    await forget(studio, studio.ann)
    forgotten.set()
    studio.generator.release()
    await studio.telegram.wait_until(
        lambda: card["message_id"] in [one["message_id"] for one in studio.telegram.deleted(chat)]
    )
    await eventually(lambda: knowing(studio, str(studio.ann.id), WORDS) <= {"accounts"})
    heard = "overtaken" if where == "result" else "callback for another job"
    await eventually(lambda: heard in caplog.messages)
    await eventually(lambda: files(studio) == set())
    assert not [one for one in studio.from_bot(chat) if "photo" in one]
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_a_photo_that_is_being_fetched_is_not_kept(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await studio.start()
    forgotten = asyncio.Event()
    studio.telegram.faults.add(TelegramFault(method="getFile", until=forgotten))
    studio.telegram.send_photo(studio.ann, photo(), caption=f"{WORDS} edited")
    await studio.words(studio.chat(studio.ann), WORDS)
    await forget(studio, studio.ann)
    forgotten.set()
    await eventually(lambda: "vanished" in caplog.messages)
    assert files(studio) == set()
    assert not studio.generator.jobs


async def test_it_is_asked_twice_and_may_be_declined_twice(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "📐", "21:9", "📐 Shape: 21:9")
    for deep in (False, True):
        seen = studio.from_bot(chat)[-1]["message_id"]
        studio.telegram.say(studio.ann, "/forget")
        asked = await studio.telegram.wait_for(
            lambda one, seen=seen: one["message_id"] > seen and "Shall I" in one.get("text", "")
        )
        assert "🗑 Yes, delete everything" not in buttons(asked)
        if deep:
            studio.telegram.press(studio.ann, asked, "🗑 Forget me")
            await shows(studio, asked, "🗑 Yes, delete everything")
        studio.telegram.press(studio.ann, asked, "✖ No, keep it")
        await studio.telegram.wait_until(
            lambda asked=asked: "stays as it is" in now(studio, asked)["text"]
        )
        assert buttons(now(studio, asked)) == []
    # No time of day looks like this.
    assert knowing(studio, "21:9") == {"preferences"}


async def test_everything_can_be_taken_along_first(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "📐", "4:3", "📐 Shape: 4:3")
    studio.telegram.send_photo(studio.ann, photo(), caption=f"{WORDS} fox --ar 1:1")
    await studio.picture(chat, WORDS)
    await studio.quiet(chat)
    studio.telegram.say(studio.ann, "/forget")
    asked = await studio.words(chat, "Shall I forget you?")
    studio.telegram.press(studio.ann, asked, "📦 Send me everything first")
    sent = await studio.telegram.wait_for(
        lambda one: one.get("document", {}).get("file_name", "").endswith(".zip"), chat=chat
    )
    assert "with 2 pictures" in sent["caption"]
    archive = zipfile.ZipFile(io.BytesIO(studio.telegram.file_bytes(sent["document"]["file_id"])))
    body = json.loads(archive.read("data.json"))
    assert (body["person"], body["settings"]) == (studio.ann.id, {"ratio": "4:3"})
    (request,) = body["requests"]
    assert request["order"]["prompt"] == f"{WORDS} fox"
    kept = [request["pictures"][0]["file"], *request["references"]]
    assert sorted(archive.namelist()) == sorted([*kept, "data.json"])
    assert archive.read(kept[0]).startswith((b"\x89PNG", b"\xff\xd8\xff"))


async def test_nobody_presses_for_somebody_else(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    rows = [[{"text": "go", "callback_data": "my:delete"}]]
    message = studio.telegram.world.post(
        group,
        studio.telegram.world.bot_user,
        {"text": "?", "reply_markup": {"inline_keyboard": rows}},
    )
    studio.telegram.say(studio.ann, "a fox")
    await studio.picture(studio.chat(studio.ann), "fox")
    told = await answered(studio, studio.telegram.press(studio.ann, message, "go"))
    assert told["text"] == "This concerns somebody else."
    assert "tasks" in knowing(studio, str(studio.ann.id))


@pytest.mark.parametrize("command", ["privacy", "forget"])
async def test_in_a_group_it_is_answered_in_private(studio: Studio, command: str) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.bob, f"/{command}", chat=group)
    told = await studio.words(group, "between you and me")
    ((button,),) = told["reply_markup"]["inline_keyboard"]
    assert button["url"].endswith(f"?start={command}")
    studio.telegram.say(studio.ann, "/start")
    await studio.words(studio.chat(studio.ann), "Hello Ann")
    studio.telegram.say(studio.ann, f"/{command}", chat=group)
    await studio.words(studio.chat(studio.ann), "favourites")
    assert len(studio.from_bot(group)) == 1


async def test_what_was_to_appear_in_another_chat_says_that_it_will_not(studio: Studio) -> None:
    group = studio.telegram.world.add_group(
        "Strangers", members=[studio.ann, studio.bob], bot="left"
    )
    studio.generator.faults.add(Fault(where="outcome", kind="slow", seconds=30))
    await studio.start()
    placeholder = await draw_here(studio, studio.ann, f"a {WORDS} fox", chat=group)
    await eventually(lambda: studio.generator.jobs)
    await forget(studio, studio.ann)
    said = await told(studio, placeholder, "✖ Cancelled.")
    assert "reply_markup" not in said


async def test_a_card_that_is_on_its_way_meanwhile_does_not_stay(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    studio.generator.faults.add(Fault(where="outcome", kind="slow", seconds=30))
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "/forget")
    asked = await studio.words(chat, "Shall I forget you?")
    studio.telegram.press(studio.ann, asked, "🗑 Forget me")
    await shows(studio, asked, "🗑 Yes, delete everything")
    forgotten = asyncio.Event()
    studio.telegram.faults.add(TelegramFault(method="sendMessage", before=False, until=forgotten))
    studio.telegram.say(studio.ann, f"a {WORDS} fox")
    card = await studio.words(chat, WORDS)
    studio.telegram.press(studio.ann, asked, "🗑 Yes, delete everything")
    await studio.telegram.wait_until(lambda: "You are forgotten" in now(studio, asked)["text"])
    forgotten.set()
    await studio.telegram.wait_until(
        lambda: card["message_id"] in [one["message_id"] for one in studio.telegram.deleted(chat)]
    )
    assert not knowing(studio, WORDS)


async def test_a_question_that_is_being_asked_meanwhile_is_not_written_down(
    studio: Studio,
) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "/forget")
    asked = await studio.words(chat, "Shall I forget you?")
    studio.telegram.press(studio.ann, asked, "🗑 Forget me")
    await shows(studio, asked, "🗑 Yes, delete everything")
    forgotten = asyncio.Event()
    studio.telegram.faults.add(TelegramFault(method="sendMessage", before=False, until=forgotten))
    studio.telegram.send_photo(studio.ann, photo())
    question = await studio.words(chat, "What shall I do")
    studio.telegram.press(studio.ann, asked, "🗑 Yes, delete everything")
    await studio.telegram.wait_until(lambda: "You are forgotten" in now(studio, asked)["text"])
    forgotten.set()
    await studio.telegram.wait_until(
        lambda: (
            question["message_id"] in [one["message_id"] for one in studio.telegram.deleted(chat)]
        )
    )
    await eventually(lambda: not knowing(studio, str(studio.ann.id)))
    assert studio.from_bot(chat)[1:] == []
