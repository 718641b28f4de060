"""/show, its button and its link, end to end: a task's pictures in this chat, for their owner."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually
from tests.inlining import drawn, offered, started


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


def run(studio: Studio, sql: str) -> None:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        database.execute(sql)
        database.commit()


async def is_at_rest(studio: Studio) -> None:
    await eventually(lambda: rows(studio, "SELECT id FROM tasks WHERE due_at IS NOT NULL") == [])


def task_of(studio: Studio) -> str:
    return str(rows(studio, "SELECT id FROM tasks ORDER BY created_at DESC")[0][0])


def file_ids(messages: list[dict[str, Any]]) -> list[str]:
    return [one["photo"][-1]["file_id"] for one in messages if "photo" in one]


@pytest.mark.parametrize("way", ["command", "link", "button"])
async def test_show_brings_a_tasks_pictures_into_this_chat_by_file_id(
    studio: Studio, way: str
) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox --n 2")
    await is_at_rest(studio)
    chat, task, uploads = studio.chat(studio.ann), task_of(studio), len(studio.telegram.calls)
    before = file_ids(studio.from_bot(chat))
    if way == "command":
        studio.telegram.say(studio.ann, f"/show {task}")
    elif way == "link":
        studio.telegram.say(studio.ann, f"/start show_{task}")
    else:
        studio.telegram.say(studio.ann, "/history")
        opened = await studio.telegram.wait_for(lambda one: "⤵" in str(one), chat=chat)
        studio.telegram.press(studio.ann, opened, "⤵ Show with buttons")
        before.append(opened["photo"][-1]["file_id"])
    await studio.telegram.wait_until(
        lambda: len(file_ids(studio.from_bot(chat))) == len(before) + 2
    )
    await eventually(lambda: not studio.telegram.updates.pending)
    shown = studio.from_bot(chat)[-2:]
    assert file_ids(shown) == before[:2]
    assert all(one["caption"].startswith("a red fox") for one in shown)
    for one in shown:
        rows = one["reply_markup"]["inline_keyboard"]
        assert {"🔁 Again", "↗ Share"} <= {button["text"] for row in rows for button in row}
    assert not [one for one in studio.telegram.calls[uploads:] if one.files]
    assert len(studio.generator.jobs) == 2


async def test_many_pictures_all_come_once_at_the_pace_telegram_allows(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox --n 5")
    await is_at_rest(studio)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, f"/show {task_of(studio)}")
    await studio.telegram.wait_until(lambda: len(file_ids(studio.from_bot(chat))) > 5)
    # What was sent by now is not sent again when the rest has to be.
    fault = TelegramFault(method="sendPhoto", status=502, description="Bad Gateway")
    studio.telegram.faults.add(fault)
    await studio.telegram.wait_until(lambda: len(file_ids(studio.from_bot(chat))) == 10, seconds=60)
    await eventually(lambda: not studio.telegram.updates.pending)
    ids = file_ids(studio.from_bot(chat))
    assert ids[5:] == ids[:5]


async def test_in_a_group_its_owner_may_show_and_nobody_else(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    task = task_of(studio)
    studio.telegram.say(studio.bob, f"/show {task}", chat=group)
    await studio.words(group, "no pictures of yours")
    assert file_ids(studio.from_bot(group)) == []
    studio.telegram.say(studio.ann, f"/show {task}", chat=group)
    await studio.picture(group, "a red fox")


@pytest.mark.parametrize("said", ["/show 0123456789ab", "/show fox", "/show ../../etc"])
async def test_what_is_unknown_is_said(studio: Studio, said: str) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, said)
    await studio.words(studio.chat(studio.ann), "no pictures of yours")


async def test_show_alone_asks_for_a_number(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/show")
    await studio.words(studio.chat(studio.ann), "Which pictures?")


async def test_what_is_still_drawn_and_what_failed_is_said(studio: Studio) -> None:
    await studio.start()
    chat = await started(studio, studio.ann)
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.say(studio.ann, f"/show {task_of(studio)}")
    await studio.words(chat, "still being drawn")
    studio.generator.release()
    await studio.picture(chat, "a red fox")
    refused = {"code": "422", "text": "CONTENT_POLICY_BLOCKED: flagged as sensitive."}
    studio.generator.faults.add(Fault(where="outcome", kind="fail", **refused))
    studio.telegram.say(studio.ann, "a wolf")
    told = await studio.words(chat, "safety filter")
    await is_at_rest(studio)
    studio.telegram.say(studio.ann, f"/show {task_of(studio)}")
    await studio.telegram.wait_until(
        lambda: [one.get("text") for one in studio.from_bot(chat)].count(told["text"]) == 2
    )


async def test_deleted_pictures_are_not_shown(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    run(studio, "UPDATE pictures SET deleted = 1, body = json_set(body, '$.deleted', json('true'))")
    studio.telegram.say(studio.ann, f"/show {task_of(studio)}")
    await studio.words(studio.chat(studio.ann), "deleted these pictures")


async def test_pictures_of_a_cancelled_task_are_shown_from_their_files_and_known_from_then_on(
    studio: Studio,
) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    run(
        studio,
        "UPDATE pictures SET message = NULL, body = json_set(body, '$.file_id', null,"
        " '$.message', null, '$.as_photo', null)",
    )
    run(
        studio,
        "UPDATE tasks SET state = 'reported', reason = 'cancelled',"
        " body = json_set(body, '$.state', 'reported', '$.reason', 'cancelled',"
        " '$.cancelled', json('true'))",
    )
    chat = studio.chat(studio.ann)
    for count in (2, 3):
        studio.telegram.say(studio.ann, f"/show {task_of(studio)}")
        await studio.telegram.wait_until(
            lambda count=count: len(file_ids(studio.from_bot(chat))) == count
        )
    assert len([one for one in studio.telegram.calls if one.files]) == 2
    known = "SELECT json_extract(body, '$.file_id'), json_extract(body, '$.message') FROM pictures"
    assert rows(studio, known) == [(file_ids(studio.from_bot(chat))[1], None)]


async def test_what_could_not_be_brought_is_brought_as_if_nothing_had_been(studio: Studio) -> None:
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.block(studio.ann)
    studio.generator.release()
    ended = "SELECT id FROM tasks WHERE reason = 'undeliverable'"
    await eventually(lambda: rows(studio, ended))
    studio.telegram.unblock(studio.ann)
    studio.telegram.say(studio.ann, f"/start show_{task_of(studio)}")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await is_at_rest(studio)
    assert rows(studio, "SELECT state FROM tasks") == [("delivered",)]
    said = [one.get("text", "") for one in studio.from_bot(studio.chat(studio.ann))]
    assert not [text for text in said if "is waiting" in text]


async def test_the_buttons_of_what_is_shown_again_work(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    chat, last = studio.chat(studio.ann), studio.from_bot(studio.chat(studio.ann))[-1]
    studio.telegram.say(studio.ann, f"/show {task_of(studio)}")
    shown = await studio.picture(chat, "a red fox", after=last["message_id"])
    studio.telegram.press(studio.ann, shown, "🔁 Again")
    await studio.picture(chat, "a red fox", after=shown["message_id"])
    assert len(studio.generator.jobs) == 2


async def test_share_leads_to_exactly_this_picture(studio: Studio) -> None:
    await studio.start()
    picture = await drawn(studio, studio.ann, "a red fox")
    rows = picture["reply_markup"]["inline_keyboard"]
    (text,) = [one["switch_inline_query"] for row in rows for one in row if "↗" in one["text"]]
    await is_at_rest(studio)
    offer = await offered(studio, studio.ann, text)
    shared = studio.telegram.choose(studio.ann, offer.query, offer.ids[0])
    assert shared["photo"][-1]["file_id"] == picture["photo"][-1]["file_id"]


async def test_a_prompt_that_speaks_of_the_command_is_a_prompt(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a sign that says /start show_0123456789ab")
