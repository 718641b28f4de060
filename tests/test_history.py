"""/history, end to end: one message with a picture that pages through all of them."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat, Person
from tests.conftest import Studio, eventually
from tests.inlining import drawn, started


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


def run(studio: Studio, sql: str) -> None:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        database.execute(sql)
        database.commit()


async def is_at_rest(studio: Studio) -> None:
    await eventually(lambda: rows(studio, "SELECT id FROM tasks WHERE due_at IS NOT NULL") == [])


def star(studio: Studio, person: Person, prompt: str) -> None:
    run(
        studio,
        f"INSERT INTO favourites SELECT {person.id}, id, 0 FROM pictures WHERE words = '{prompt}'",
    )


def buttons(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


async def history(studio: Studio, person: Person, words: str = "") -> dict[str, Any]:
    """The page that /history opens in private."""
    last = max((one["message_id"] for one in studio.telegram.messages()), default=0)
    studio.telegram.say(person, f"/history {words}".strip())
    return await page(studio, studio.chat(person), after=last)


async def page(studio: Studio, chat: Chat, *, after: int = 0) -> dict[str, Any]:
    return await studio.telegram.wait_for(
        lambda one: one["message_id"] > after and any("/" in text for text in buttons(one)),
        chat=chat,
    )


async def turned(
    studio: Studio, person: Person, message: dict[str, Any], button: str
) -> dict[str, Any]:
    """The page after a press."""
    chat = studio.chat(person)
    answered = len(studio.telegram.callback_answers)
    changed = message.get("edit_date"), message.get("caption"), buttons(message)
    studio.telegram.press(person, message, button)
    await studio.telegram.wait_until(lambda: len(studio.telegram.callback_answers) > answered)

    def now() -> dict[str, Any]:
        return chat.messages[message["message_id"]]

    await studio.telegram.wait_until(
        lambda: (now().get("edit_date"), now().get("caption"), buttons(now())) != changed
    )
    return now()


async def answered(studio: Studio, person: Person, message: dict[str, Any], button: str) -> str:
    """What a press is answered with."""
    count = len(studio.telegram.callback_answers)
    studio.telegram.press(person, message, button)
    await studio.telegram.wait_until(lambda: len(studio.telegram.callback_answers) > count)
    return str(studio.telegram.callback_answers[-1]["text"])


async def test_history_pages_through_your_pictures_by_file_id(studio: Studio) -> None:
    await studio.start()
    pictures = [await drawn(studio, studio.ann, name) for name in ("a fox", "a wolf", "a bear")]
    await drawn(studio, studio.bob, "a secret")
    await is_at_rest(studio)
    calls = len(studio.telegram.calls)
    first = await history(studio, studio.ann)
    assert first["caption"].startswith("a bear\nNano Banana · 1:1")
    assert buttons(first) == ["1/3", "›", "⭐ Favourites", "⤵ Show with buttons"]
    assert first["photo"][-1]["file_id"] == pictures[2]["photo"][-1]["file_id"]
    second = await turned(studio, studio.ann, first, "›")
    assert buttons(second)[:3] == ["‹", "2/3", "›"]
    assert second["photo"][-1]["file_id"] == pictures[1]["photo"][-1]["file_id"]
    third = await turned(studio, studio.ann, second, "›")
    assert third["caption"].startswith("a fox")
    assert buttons(third)[:2] == ["‹", "3/3"]
    back = await turned(studio, studio.ann, third, "‹")
    assert back["caption"].startswith("a wolf")
    assert not [one for one in studio.telegram.calls[calls:] if one.files]


async def test_a_page_works_after_a_restart_and_pressed_twice(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    await drawn(studio, studio.ann, "a red fox")
    await drawn(studio, studio.ann, "a wolf")
    first = await history(studio, studio.ann, "FOX")
    await studio.stop()
    await studio.start()
    for _ in range(2):
        studio.telegram.press(studio.ann, first, "›")
    await studio.telegram.wait_until(lambda: len(studio.telegram.callback_answers) == 2)
    await eventually(lambda: not studio.telegram.updates.pending)
    shown = studio.chat(studio.ann).messages[first["message_id"]]
    assert shown["caption"].startswith("a fox\n")
    assert "🔎 FOX" in shown["caption"]
    assert "2/2" in buttons(shown)


async def test_the_star_filters(studio: Studio) -> None:
    await studio.start()
    for name in ("a fox", "a wolf", "a bear"):
        await drawn(studio, studio.ann, name)
    first = await history(studio, studio.ann)
    said = await answered(studio, studio.ann, first, "⭐ Favourites")
    assert "No favourites yet" in said
    star(studio, studio.ann, "a fox")
    star(studio, studio.ann, "a wolf")
    starred = await turned(studio, studio.ann, first, "⭐ Favourites")
    assert starred["caption"].startswith("a wolf")
    assert starred["caption"].endswith("⭐")
    assert buttons(starred) == ["1/2", "›", "🖼 All pictures", "⤵ Show with buttons"]
    everything = await turned(studio, studio.ann, starred, "🖼 All pictures")
    assert buttons(everything)[:3] == ["‹", "2/3", "›"]


async def test_a_favourite_of_somebody_else_is_shown_but_not_theirs_to_bring_back(
    studio: Studio,
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    studio.telegram.say(studio.bob, "/imagine a whale", chat=group)
    await studio.picture(group, "a whale")
    await is_at_rest(studio)
    star(studio, studio.ann, "a whale")
    first = await history(studio, studio.ann)
    starred = await turned(studio, studio.ann, first, "⭐ Favourites")
    assert starred["caption"].startswith("a whale")
    assert buttons(starred) == ["1/1", "🖼 All pictures"]


@pytest.mark.parametrize(
    ("words", "said"),
    [("", "No pictures yet"), ("whale", "None of your pictures has “whale”")],
)
async def test_what_is_not_there_is_said_in_words(studio: Studio, words: str, said: str) -> None:
    await studio.start()
    if words:
        await drawn(studio, studio.ann, "a fox")
    studio.telegram.say(studio.ann, f"/history {words}")
    await studio.words(studio.chat(studio.ann), said)


async def test_words_are_found_in_chinese(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.mei, "雪地里的狐狸")
    await drawn(studio, studio.mei, "一只狼")
    found = await history(studio, studio.mei, "狐狸")
    assert found["caption"].startswith("雪地里的狐狸")
    assert buttons(found) == ["1/1", "⭐ 收藏", "⤵ 带按钮显示"]


async def test_in_a_group_the_history_goes_to_the_private_chat(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    studio.telegram.say(studio.ann, "/history", chat=group)
    await studio.words(group, "in our private chat")
    opened = await page(studio, studio.chat(studio.ann))
    assert opened["caption"].startswith("a fox")
    assert "reply_to_message" not in opened
    assert not [one for one in studio.from_bot(group) if "photo" in one]


async def test_in_a_group_whose_private_chat_is_closed_hears_so(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.bob, "/history", chat=group)
    said = await studio.words(group, "may not write to you yet")
    ((button,),) = said["reply_markup"]["inline_keyboard"]
    assert button["url"] == "https://t.me/nano_banana_bot?start=history"


async def test_an_anonymous_admin_has_no_history(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann], supergroup=True)
    studio.telegram.speak_as(group, studio.ann, group)
    await studio.start()
    studio.telegram.say(studio.ann, "/history", chat=group)
    await studio.words(group, "may not write to you yet")


async def test_a_picture_that_was_never_brought_is_uploaded_once(studio: Studio) -> None:
    """As the pictures of a cancelled task are."""
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    await drawn(studio, studio.ann, "a wolf")
    await is_at_rest(studio)
    run(
        studio,
        "UPDATE pictures SET message = NULL, body = json_set(body, '$.file_id', null,"
        " '$.message', null, '$.as_photo', null)",
    )
    first = await history(studio, studio.ann)
    assert first["caption"].startswith("a wolf")
    second = await turned(studio, studio.ann, first, "›")
    assert second["caption"].startswith("a fox")
    uploads = [one.method for one in studio.telegram.calls if one.files][2:]
    assert uploads == ["sendPhoto", "editMessageMedia"]
    known = "SELECT json_extract(body, '$.file_id') FROM pictures ORDER BY shelf DESC"
    shown = [(one["photo"][-1]["file_id"],) for one in (first, second)]
    await eventually(lambda: rows(studio, known) == shown)
    await turned(studio, studio.ann, second, "‹")
    assert len([one for one in studio.telegram.calls if one.files]) == 4


async def test_what_telegram_and_we_have_lost_is_said(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    await is_at_rest(studio)
    run(studio, "UPDATE pictures SET body = json_set(body, '$.file_id', 'AgACforgotten')")
    for _ in range(2):
        found = await history(studio, studio.ann)
        assert found["photo"]
    # What Telegram has forgotten is uploaded once more, and known from then on.
    assert len([one for one in studio.telegram.calls if one.files]) == 2
    run(studio, "UPDATE pictures SET body = json_set(body, '$.file_id', 'AgACforgotten')")
    for file in (studio.folder / "pictures" / "images").iterdir():
        file.unlink()
    studio.telegram.say(studio.ann, "/history")
    said = await studio.words(studio.chat(studio.ann), "no longer kept")
    assert buttons(said)[0] == "1/1"


async def test_a_picture_that_is_lost_does_not_stop_the_paging(studio: Studio) -> None:
    await studio.start()
    for name in ("a fox", "a wolf", "a bear"):
        await drawn(studio, studio.ann, name)
    await is_at_rest(studio)
    run(
        studio,
        "UPDATE pictures SET body = json_set(body, '$.file_id', 'AgACforgotten')"
        " WHERE words <> 'a fox'",
    )
    for file in (studio.folder / "pictures" / "images").iterdir():
        file.unlink()
    studio.telegram.say(studio.ann, "/history")
    first = await studio.words(studio.chat(studio.ann), "no longer kept")
    assert "a bear" not in first["text"]
    second = await turned(studio, studio.ann, first, "›")
    assert "a wolf" in second["text"]
    third = await turned(studio, studio.ann, second, "›")
    assert third["photo"]
    back = await turned(studio, studio.ann, third, "‹")
    assert "no longer kept" in back["caption"]


async def test_a_page_that_was_deleted_opens_anew(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    await drawn(studio, studio.ann, "a wolf")
    first = await history(studio, studio.ann)
    gone = "Bad Request: message to edit not found"
    studio.telegram.faults.add(
        TelegramFault(method="editMessageMedia", status=400, description=gone)
    )
    studio.telegram.press(studio.ann, first, "›")
    anew = await page(studio, studio.chat(studio.ann), after=first["message_id"])
    assert anew["caption"].startswith("a fox")


async def test_a_forged_button_shows_nobody_elses_pictures(studio: Studio) -> None:
    await studio.start()
    chat = await started(studio, studio.bob)
    await drawn(studio, studio.ann, "a secret")
    mine = await drawn(studio, studio.bob, "a fox")
    await is_at_rest(studio)
    (secret,) = rows(studio, "SELECT id FROM pictures WHERE words = 'a secret'")[0]
    opened = await history(studio, studio.bob)
    for data in (f"history:{secret}:a:-", f"history:{secret}:s:0123456789", "history:x", "show:x"):
        button = {"text": "forged", "callback_data": data}
        markup = {"reply_markup": {"inline_keyboard": [[button]]}}
        studio.telegram.world.rewrite(chat, opened["message_id"], ("reply_markup",), markup)
        await answered(studio, studio.bob, opened, "forged")
    await eventually(lambda: not studio.telegram.updates.pending)
    shown = chat.messages[opened["message_id"]]
    assert shown["photo"][-1]["file_id"] == mine["photo"][-1]["file_id"]


async def test_what_was_cancelled_too_late_is_found_in_the_history(studio: Studio) -> None:
    await studio.start()
    chat = await started(studio, studio.ann)
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.say(studio.ann, "/cancel")
    await studio.words(chat, "Cancelled one request")
    studio.generator.release()
    await is_at_rest(studio)
    assert [one for one in studio.from_bot(chat) if "photo" in one] == []
    opened = await history(studio, studio.ann)
    assert opened["caption"].startswith("a red fox")


async def test_in_a_busy_group_the_page_comes_once(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    await drawn(studio, studio.ann, "a fox")
    await is_at_rest(studio)
    studio.telegram.faults.add(
        TelegramFault(
            method="sendMessage",
            status=429,
            description="Too Many Requests: retry after 1",
            retry_after=1,
            chat_id=group.id,
        )
    )
    studio.telegram.say(studio.ann, "/history", chat=group)
    await studio.words(group, "📬")
    await eventually(lambda: not studio.telegram.updates.pending)
    assert (
        sum(
            "/1" in text
            for one in studio.from_bot(studio.chat(studio.ann))
            for text in buttons(one)
        )
        == 1
    )
