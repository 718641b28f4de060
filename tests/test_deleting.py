"""🗑: by the asker or an admin, asked once; out of the chat, the storage and all favourites."""

import asyncio
import sqlite3

from bot.sandbox.bot_api import Fault
from bot.sandbox.jobs import Fault as JobFault
from tests.conftest import Studio
from tests.pressing import Message, data, forge, labels, now, press, pressed, toast
from tests.test_buttons import ALL, fox, group_fox

DAYS = 86_400


async def asked_whether(studio: Studio, person, picture: Message) -> None:
    await pressed(studio, person, picture, "Delete")
    await studio.telegram.wait_until(lambda: "‹ Keep" in labels(now(studio, picture)))
    assert labels(now(studio, picture)) == ["🗑 Really delete", "‹ Keep"]


def rows(studio: Studio, sql: str) -> list[tuple]:
    database = sqlite3.connect(studio.folder / "bot.db")
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


async def test_delete_asks_once_and_keep_keeps(studio: Studio) -> None:
    _chat, picture = await fox(studio)
    await asked_whether(studio, studio.ann, picture)
    await pressed(studio, studio.ann, picture, "Keep")
    await studio.telegram.wait_until(lambda: tuple(labels(now(studio, picture))) == ALL)


async def test_what_is_deleted_is_gone_everywhere(studio: Studio) -> None:
    chat, picture = await fox(studio)
    await pressed(studio, studio.ann, picture, "Favourite")
    await asked_whether(studio, studio.ann, picture)
    gone = now(studio, picture)
    assert await pressed(studio, studio.ann, picture, "Really") == "🗑 Deleted."
    assert studio.from_bot(chat) == []
    assert list((studio.folder / "pictures" / "images").iterdir()) == []
    assert rows(studio, "SELECT picture FROM favourites") == []
    assert rows(studio, "SELECT deleted FROM pictures") == [(1,)]
    # Copies of it elsewhere do nothing any more; deleting twice does no harm.
    assert (await forge(studio, studio.ann, gone, data(picture, "Again")))["text"] == (
        "This picture was deleted."
    )
    assert (await forge(studio, studio.ann, gone, data(gone, "Really")))["text"] == "🗑 Deleted."


async def test_in_a_group_the_asker_and_admins_may_delete_and_nobody_else(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    for label in ("drop", "gone"):
        forged = data(picture, "Delete").replace("drop", label)
        answer = await forge(studio, studio.bob, picture, forged)
        assert "Only whoever asked for this picture, or an admin" in answer["text"]
    assert studio.from_bot(group) == [picture]
    studio.telegram.promote(group, studio.bob)
    await asked_whether(studio, studio.bob, picture)
    assert await pressed(studio, studio.bob, picture, "Really") == "🗑 Deleted."
    assert studio.from_bot(group) == []


async def test_after_two_days_the_words_and_buttons_go_and_it_is_said_why(studio: Studio) -> None:
    chat, picture = await fox(studio)
    chat.messages[picture["message_id"]]["date"] -= 3 * DAYS
    await asked_whether(studio, studio.ann, picture)
    answer = await toast(studio, press(studio, studio.ann, picture, "Really"))
    assert "two days only" in answer["text"]
    assert answer["show_alert"] is True
    (left,) = studio.from_bot(chat)
    assert "caption" not in left
    assert "reply_markup" not in left
    assert list((studio.folder / "pictures" / "images").iterdir()) == []


async def test_nobody_deletes_or_changes_a_message_of_others_by_naming_their_own_picture(
    studio: Studio,
) -> None:
    group, theirs = await group_fox(studio)
    studio.telegram.say(studio.bob, "/imagine a whale --n 2", chat=group)
    panel = await studio.words(group, "🖼 2 pictures")
    studio.telegram.say(studio.mei, "/imagine 一只猫", chat=group)
    mine = await studio.picture(group, "一只猫")
    await studio.quiet(group)
    for action in ("ratio", "panel", "drop", "gone"):
        for message in (theirs, panel):
            named = data(mine, "🗑").replace("drop", action)
            await forge(studio, studio.mei, message, named)
            assert now(studio, message) == message
    assert rows(studio, "SELECT count(*) FROM pictures WHERE deleted") == [(1,)]


async def test_a_picture_that_is_gone_from_the_chat_already_is_still_forgotten(
    studio: Studio,
) -> None:
    chat, picture = await fox(studio)
    await asked_whether(studio, studio.ann, picture)
    asked = now(studio, picture)
    studio.telegram.delete(picture)
    assert (await forge(studio, studio.ann, asked, data(asked, "Really")))["text"] == "🗑 Deleted."
    assert studio.from_bot(chat) == []
    assert rows(studio, "SELECT deleted FROM pictures") == [(1,)]


async def test_a_server_in_trouble_is_asked_again_to_delete(studio: Studio) -> None:
    chat, picture = await fox(studio)
    await asked_whether(studio, studio.ann, picture)
    studio.telegram.faults.add(Fault(method="deleteMessage", status=502, body="<html></html>"))
    assert await pressed(studio, studio.ann, picture, "Really") == "🗑 Deleted."
    assert studio.from_bot(chat) == []


async def test_the_asker_deletes_in_the_group_that_has_moved(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    moved = studio.telegram.migrate(group)
    said = studio.telegram.say(studio.ann, "hello", chat=moved)
    forged = data(picture, "Delete").replace("drop", "gone")
    await forge(studio, studio.ann, said, forged)
    assert rows(studio, "SELECT deleted FROM pictures") == [(1,)]


async def test_what_is_still_being_drawn_is_not_deleted_with_the_first_album(
    studio: Studio,
) -> None:
    late_fox = asyncio.Event()
    studio.generator.faults.add(
        JobFault(where="outcome", kind="slow", until=late_fox, match="late fox")
    )
    await studio.start()
    chat = studio.chat(studio.ann)
    names = ",".join(f"fox {number}" for number in range(10))
    studio.telegram.say(studio.ann, f"{{{names},the late fox}}")
    offer = await studio.words(chat, "Shall I draw them?")
    await pressed(studio, studio.ann, offer, "Draw 11")
    panel = await studio.words(chat, "🖼 10 pictures")
    await asked_whether(studio, studio.ann, panel)
    assert await pressed(studio, studio.ann, panel, "Really") == "🗑 Deleted."
    late_fox.set()
    late = await studio.picture(chat, "the late fox")
    await studio.quiet(chat)
    assert studio.from_bot(chat) == [late]
    assert rows(studio, "SELECT sum(deleted) FROM pictures") == [(10,)]
    assert await pressed(studio, studio.ann, late, "Again") == "Drawing again…"
