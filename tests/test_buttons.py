"""The buttons under a result, end to end: they draw, ask, show and remember, for ever."""

import sqlite3
from pathlib import Path

import pytest

from bot.sandbox.chats import Chat
from bot.telegram.keyboards import Action
from tests.conftest import Studio, eventually, photo
from tests.grouping import heard
from tests.inlining import is_at_rest
from tests.pressing import (
    Message,
    buttons,
    data,
    forge,
    jobs,
    labels,
    now,
    press,
    pressed,
    prompts,
    settled,
    toast,
)

ALL = (
    *("🔁 Again", "🎲 Variations ×4", "✏️ Edit", "⬆️ 4K", "📐 Ratio"),
    *("📄 Original", "⭐ Favourite", "ℹ️ Details", "↗ Share", "🗑 Delete"),
)


async def fox(studio: Studio, text: str = "a red fox", **settings) -> tuple[Chat, Message]:
    """Ann has her picture, in private."""
    await studio.start(**settings)
    studio.telegram.say(studio.ann, text)
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat)
    await studio.quiet(chat)
    return chat, picture


async def group_fox(studio: Studio) -> tuple[Chat, Message]:
    """Ann has her picture, in a group with Bob, who has never written to the bot."""
    group = studio.telegram.world.add_group("Friends", members=[studio.mei, studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    picture = await studio.picture(group)
    await studio.quiet(group)
    return group, picture


async def test_under_every_result_stand_its_buttons(studio: Studio) -> None:
    _chat, picture = await fox(studio)
    assert tuple(labels(picture)) == ALL
    (share,) = [one for one in buttons(picture) if "switch_inline_query" in one]
    assert share["switch_inline_query"] == "#" + data(picture, "Again").partition(":")[2]


async def test_without_inline_mode_there_is_nothing_to_share_with(studio: Studio) -> None:
    studio.telegram.world.bot["supports_inline_queries"] = False
    _chat, picture = await fox(studio)
    assert labels(picture) == [one for one in ALL if one != "↗ Share"]


async def test_again_draws_the_same_order_from_the_same_originals(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.send_photo(
        studio.ann, photo(), caption="a stamp --ar 16:9 --model 2 --size 2k --no text"
    )
    first = await studio.picture(chat)
    assert await pressed(studio, studio.ann, first, "Again") == "Drawing again…"
    _, second = await settled(studio, chat, 2)
    assert second["reply_to_message"]["message_id"] == first["message_id"]
    one, other = jobs(studio)
    assert (one.model, one.references) == (other.model, other.references)
    assert {**one.input, "image_input": None} == {**other.input, "image_input": None}


async def test_twenty_fast_taps_make_one_task(studio: Studio) -> None:
    chat, picture = await fox(studio)
    studio.generator.hold()
    taps = [press(studio, studio.ann, picture, "Again") for _ in range(20)]
    said = {(await toast(studio, one))["text"] for one in taps}
    assert said == {"Drawing again…"}
    studio.generator.release()
    await settled(studio, chat, 2)
    assert len(jobs(studio)) == 2


async def test_buttons_work_after_a_restart_of_the_bot(studio: Studio) -> None:
    chat, picture = await fox(studio)
    await studio.stop()
    await studio.start()
    assert await pressed(studio, studio.ann, picture, "Again") == "Drawing again…"
    assert len(await settled(studio, chat, 2)) == 2


async def test_a_press_made_while_the_bot_is_down_counts(studio: Studio) -> None:
    chat, picture = await fox(studio, webhook=False)
    await studio.stop()
    press(studio, studio.ann, picture, "Again")
    await studio.start(webhook=False)
    assert len(await settled(studio, chat, 2)) == 2


async def test_variations_are_four_pictures_from_this_one(studio: Studio) -> None:
    chat, picture = await fox(studio)
    assert await pressed(studio, studio.ann, picture, "Variations") == "Drawing variations…"
    pictures = await settled(studio, chat, 5)
    assert len({one.get("media_group_id") for one in pictures[1:]}) == 1
    original, *others = jobs(studio)
    assert {one.model for one in others} == {"google/nano-banana-edit"}
    assert all(len(one.references) == 1 for one in others)
    assert all("variation" in text and "a red fox" in text for text in prompts(studio)[1:])
    assert not original.references


async def test_4k_redraws_this_picture_as_a_file_by_the_cheapest_that_can(studio: Studio) -> None:
    chat, picture = await fox(studio)
    await pressed(studio, studio.ann, picture, "4K")
    _, large = await settled(studio, chat, 2)
    assert "document" in large
    job = jobs(studio)[1]
    assert (job.model, job.input["resolution"]) == ("nano-banana-2-1", "4K")
    assert len(job.references) == 1
    assert "Keep everything" in job.input["prompt"]
    assert large["caption"].startswith("a red fox\n")


async def test_ratio_shows_the_shapes_and_redraws_in_the_one_that_is_picked(
    studio: Studio,
) -> None:
    chat, picture = await fox(studio, "a red fox --ar 16:9")
    await pressed(studio, studio.ann, picture, "Ratio")
    await studio.telegram.wait_until(lambda: "9:16" in labels(now(studio, picture)))
    shapes = labels(now(studio, picture))
    assert "16:9" not in shapes
    assert shapes[-1] == "‹ Back"
    await pressed(studio, studio.ann, picture, "Back")
    await studio.telegram.wait_until(lambda: tuple(labels(now(studio, picture))) == ALL)
    await pressed(studio, studio.ann, picture, "Ratio")
    await studio.telegram.wait_until(lambda: "9:16" in labels(now(studio, picture)))
    assert await pressed(studio, studio.ann, picture, "9:16") == "Drawing it in 9:16…"
    await settled(studio, chat, 2)
    assert tuple(labels(now(studio, picture))) == ALL
    job = jobs(studio)[1]
    assert (job.input["aspect_ratio"], len(job.references)) == ("9:16", 1)


async def test_a_shape_no_model_has_is_no_button_of_ours(studio: Studio) -> None:
    _chat, picture = await fox(studio)
    shape = data(picture, "Again").replace("again", "shape") + ":7:5"
    answer = await forge(studio, studio.ann, picture, shape)
    assert "7:5" in answer["text"]
    assert len(jobs(studio)) == 1


async def test_edit_asks_and_the_answer_changes_this_picture(studio: Studio) -> None:
    chat, picture = await fox(studio, "a red fox --model 2 --size 2k")
    await pressed(studio, studio.ann, picture, "✏️ Edit")
    question = await studio.words(chat, "What shall I change")
    assert question["reply_to_message"]["message_id"] == picture["message_id"]
    studio.telegram.say(studio.ann, "make it blue", reply_to=question)
    await studio.picture(chat, "make it blue")
    job = jobs(studio)[1]
    assert (job.model, job.input["resolution"], len(job.references)) == ("nano-banana-2", "2K", 1)


async def test_a_double_tap_on_edit_asks_once(studio: Studio) -> None:
    chat, picture = await fox(studio)
    for _ in range(2):
        await pressed(studio, studio.ann, picture, "✏️ Edit")
    await studio.quiet(chat)
    asked = [one for one in studio.from_bot(chat) if "What shall I change" in one.get("text", "")]
    assert len(asked) == 1


async def test_in_private_the_question_opens_the_keyboard_though_it_answers_our_own_picture(
    studio: Studio,
) -> None:
    chat, picture = await fox(studio)
    await pressed(studio, studio.ann, picture, "✏️ Edit")
    await studio.words(chat, "What shall I change")
    (call,) = [one for one in studio.telegram.calls if "force_reply" in str(one.params)]
    # A selective one is for whoever wrote what it answers, and that was us.
    assert '"selective": true' not in str(call.params["reply_markup"])


async def test_in_a_group_the_question_is_for_who_pressed_and_any_answer_counts(
    studio: Studio,
) -> None:
    group, picture = await group_fox(studio)
    await pressed(studio, studio.bob, picture, "✏️ Edit")
    question = await studio.words(group, "What shall I change")
    (mention,) = question["entities"]
    assert (mention["type"], mention["user"]["id"]) == ("text_mention", studio.bob.id)
    assert question["text"].startswith("Bob: ")
    (call,) = [one for one in studio.telegram.calls if "force_reply" in str(one.params)]
    assert '"selective": true' in str(call.params["reply_markup"])
    asked = studio.telegram.say(studio.bob, "add a hat", chat=group, reply_to=question)
    changed = await studio.picture(group, "add a hat")
    assert changed["reply_to_message"]["message_id"] == asked["message_id"]
    assert len(jobs(studio)[1].references) == 1


async def test_the_original_comes_byte_for_byte(studio: Studio) -> None:
    chat, picture = await fox(studio)
    await pressed(studio, studio.ann, picture, "Original")
    file = await studio.telegram.wait_for(lambda message: "document" in message, chat=chat)
    (stored,) = (studio.folder / "pictures" / "images").iterdir()
    assert studio.telegram.file_bytes(file["document"]["file_id"]) == stored.read_bytes()
    assert file["document"]["file_name"].startswith("nano-banana-")
    assert file["reply_to_message"]["message_id"] == picture["message_id"]


def forget_files(studio: Studio) -> None:
    for file in (studio.folder / "pictures" / "images").iterdir():
        file.unlink()


async def test_an_original_that_is_no_longer_kept_comes_from_telegram_if_it_was_a_file(
    studio: Studio,
) -> None:
    chat, picture = await fox(studio, "a red fox --file")
    content = studio.telegram.file_bytes(picture["document"]["file_id"])
    forget_files(studio)
    await pressed(studio, studio.ann, picture, "Original")
    _, file = await settled(studio, chat, 2)
    assert studio.telegram.file_bytes(file["document"]["file_id"]) == content


async def test_an_original_that_is_gone_is_said_to_be_with_the_time_it_is_kept(
    studio: Studio,
) -> None:
    _chat, picture = await fox(studio, file_retention_hours=36)
    forget_files(studio)
    answer = await toast(studio, press(studio, studio.ann, picture, "Original"))
    assert "36 hours" in answer["text"]
    assert answer["show_alert"] is True


async def test_a_favourite_goes_on_and_off_for_each_person(studio: Studio) -> None:
    _group, picture = await group_fox(studio)
    assert "Added" in await pressed(studio, studio.ann, picture, "Favourite")
    assert "Added" in await pressed(studio, studio.bob, picture, "Favourite")
    assert "Taken out" in await pressed(studio, studio.ann, picture, "Favourite")
    assert _rows(studio.folder, "SELECT person FROM favourites") == [(studio.bob.id,)]


async def test_details_tell_the_whole_prompt_and_how_it_was_made(studio: Studio) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    chat, picture = await fox(studio, f"{words} --model 2 --size 2k --ar 16:9")
    await pressed(studio, studio.ann, picture, "Details")
    details = await studio.words(chat, "Model: Nano Banana 2")
    assert details["text"].endswith(words)
    for fact in ("Ratio: 16:9", "Size: 2K", "Cost: 12 credits", "Asked for: 20", "Task: "):
        assert fact in details["text"]
    assert [one["type"] for one in details["entities"]] == ["expandable_blockquote"]


async def test_in_a_group_details_go_to_who_asks_alone(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    studio.telegram.say(studio.ann, "/start")
    await studio.words(studio.chat(studio.ann), "Hello Ann")
    assert "in private" in await pressed(studio, studio.ann, picture, "Details")
    details = await studio.words(studio.chat(studio.ann), "Model: ")
    assert details["text"].endswith("a red fox")
    answer = await toast(studio, press(studio, studio.bob, picture, "Details"))
    assert "Model: " in answer["text"]
    assert answer["show_alert"] is True
    assert studio.from_bot(group) == [now(studio, picture)]


async def test_others_in_a_group_draw_on_at_their_own_account(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    for label in ("Again", "4K", "Variations"):
        await pressed(studio, studio.bob, picture, label)
    await settled(studio, group, 7)
    people = _rows(studio.folder, "SELECT person FROM tasks ORDER BY created_at")
    assert people == [(studio.ann.id,)] + [(studio.bob.id,)] * 3


async def test_two_people_who_press_again_get_a_picture_each(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    for person in (studio.ann, studio.bob):
        press(studio, person, picture, "Again")
    await settled(studio, group, 3)
    assert len(jobs(studio)) == 3


async def test_a_picture_of_a_private_chat_is_for_its_person_alone(studio: Studio) -> None:
    _chat, picture = await fox(studio)
    studio.telegram.say(studio.bob, "/start")
    theirs = await studio.words(studio.chat(studio.bob), "Hello Bob")
    for label in ("Again", "Original", "Favourite", "Details", "Delete"):
        answer = await forge(studio, studio.bob, theirs, data(picture, label))
        assert (answer["text"], answer["show_alert"]) == ("This picture is somebody else's.", True)
    assert len(jobs(studio)) == 1


async def test_a_picture_of_one_group_is_not_for_another(studio: Studio) -> None:
    _group, picture = await group_fox(studio)
    other = studio.telegram.world.add_group("Others", members=[studio.bob])
    theirs = studio.telegram.say(studio.bob, "hello", chat=other)
    answer = await forge(studio, studio.bob, theirs, data(picture, "Again"))
    assert answer["text"] == "This picture is somebody else's."


async def test_a_picture_that_is_no_longer_known_is_said_to_be(studio: Studio) -> None:
    _chat, picture = await fox(studio)
    with sqlite3.connect(studio.folder / "bot.db") as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM tasks")
    database.close()
    for label in ("Again", "Details", "Ratio"):
        answer = await toast(studio, press(studio, studio.ann, picture, label))
        assert "no longer know this picture" in answer["text"]
        assert answer["show_alert"] is True


async def test_in_another_chat_the_buttons_say_where_they_work(studio: Studio) -> None:
    _chat, picture = await fox(studio)
    answer = await forge(studio, studio.ann, None, data(picture, "Again"))
    assert "where the picture was drawn" in answer["text"]


@pytest.mark.parametrize("tail", ["", ":", ":x", ":0123456789ABCDEF", ":12", ":1:2:3"])
async def test_what_is_no_button_of_ours_does_nothing(studio: Studio, tail: str) -> None:
    _chat, picture = await fox(studio)
    for action in Action:
        assert (await forge(studio, studio.ann, picture, f"{action}{tail}"))["text"] == ""
    assert len(jobs(studio)) == 1


async def test_no_forged_press_changes_a_message_that_has_no_such_button(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    studio.telegram.say(studio.ann, "/imagine a {red,blue} fox", chat=group)
    offer = await studio.words(group, "Shall I draw them?")
    for message in (picture, offer):
        for forged in ("help:asking", f"bring:{group.id}", "history:-", "my:keep", "set:p"):
            await forge(studio, studio.bob, message, forged)
        assert now(studio, message) == message


async def test_after_a_group_has_moved_its_buttons_go_on_in_the_new_one(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    moved = studio.telegram.migrate(group)
    said = studio.telegram.say(studio.bob, "hello", chat=moved)
    # A press may overtake the message that tells of the move.
    await heard(studio)
    answer = await forge(studio, studio.bob, said, data(picture, "Again"))
    assert answer["text"] == "Drawing again…"
    again = await studio.picture(moved, "a red fox")
    assert again["reply_to_message"]["message_id"] == said["message_id"]


async def test_in_a_forum_what_is_drawn_stays_in_its_topic(studio: Studio) -> None:
    forum = studio.telegram.world.add_group("Club", members=[studio.ann, studio.bob], forum=True)
    topic = studio.telegram.world.add_topic(forum, "Foxes")
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=forum, topic=topic)
    picture = await studio.picture(forum)
    for label in ("Again", "Original", "✏️ Edit"):
        await pressed(studio, studio.bob, picture, label)
    await settled(studio, forum, 3)
    await studio.words(forum, "What shall I change")
    assert {one.get("message_thread_id") for one in studio.from_bot(forum)} == {topic.id}


async def test_a_chain_of_edits_by_two_people_goes_to_each_of_them(studio: Studio) -> None:
    group, picture = await group_fox(studio)
    people = (studio.bob, studio.ann, studio.bob)
    for person, change in zip(people, ("add a hat", "make it blue", "in the snow"), strict=True):
        asked = studio.telegram.say(person, change, chat=group, reply_to=picture)
        picture = await studio.picture(group, change)
        await studio.noted(picture)
        assert picture["reply_to_message"]["message_id"] == asked["message_id"]
        assert picture["reply_to_message"]["from"]["id"] == person.id
    assert [len(one.references) for one in jobs(studio)] == [0, 1, 1, 1]
    tasks = _rows(
        studio.folder,
        "SELECT person, json_extract(body, '$.parent') FROM tasks ORDER BY created_at",
    )
    drawn = _rows(
        studio.folder,
        "SELECT pictures.id FROM pictures JOIN tasks ON task = tasks.id ORDER BY created_at",
    )
    expected = [None, *(row[0] for row in drawn[:3])]
    assert [row[0] for row in tasks] == [studio.ann.id, *(one.id for one in people)]
    assert [row[1] for row in tasks] == expected


async def test_mei_reads_her_buttons_and_toasts_in_chinese(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.mei, "一只狐狸")
    picture = await studio.picture(studio.chat(studio.mei))
    assert labels(picture)[0] == "🔁 再画一次"
    assert await pressed(studio, studio.mei, picture, "再画一次") == "正在重画……"


def _rows(folder: Path, sql: str) -> list[tuple]:
    database = sqlite3.connect(folder / "bot.db")
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


async def test_the_longest_prompt_is_told_once_however_long_the_chat_takes_for_it(
    studio: Studio,
) -> None:
    chat, picture = await fox(studio)
    await is_at_rest(studio)
    said = " ".join(f"fox{number}" for number in range(3_000))
    with sqlite3.connect(studio.folder / "bot.db") as database:
        database.execute("UPDATE tasks SET body = json_set(body, '$.order.prompt', ?)", [said])
    database.close()
    await pressed(studio, studio.ann, picture, "Details")
    await studio.words(chat, "fox2999")
    await eventually(lambda: not studio.telegram.updates.pending)
    parts = [one["text"] for one in studio.from_bot(chat) if "text" in one]
    assert "".join(" ".join(parts).partition("fox0")[1:]).split() == said.split()
