"""Inline mode, end to end: one's own pictures in any chat, and new ones drawn right there."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually
from tests.inlining import draw_here, drawn, filled, offered, started, told

BOTH_MODES = pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
ASK = "⏳ How is it going?"


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


def run(studio: Studio, sql: str) -> None:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        database.execute(sql)
        database.commit()


def newest(studio: Studio) -> str:
    return str(rows(studio, "SELECT id FROM pictures ORDER BY shelf DESC")[0][0])


async def is_at_rest(studio: Studio) -> None:
    """Wait until nothing is left to do for any task."""
    await eventually(lambda: rows(studio, "SELECT id FROM tasks WHERE due_at IS NOT NULL") == [])


def elsewhere(studio: Studio) -> Chat:
    """A group of Ann and Bob the bot is not in."""
    people = [studio.ann, studio.bob, studio.mei]
    return studio.telegram.world.add_group("Without the bot", members=people, bot="left")


def count_of(studio: Studio, method: str) -> int:
    return sum(call.method == method for call in studio.telegram.calls)


# --- pictures that are there -----------------------------------------------------------------


@BOTH_MODES
async def test_the_name_alone_shows_your_recent_and_favourite_pictures_to_send(
    studio: Studio, webhook: bool
) -> None:
    await studio.start(webhook=webhook)
    chat = elsewhere(studio)
    favourite = await drawn(studio, studio.ann, "a red fox")
    run(studio, f"INSERT INTO favourites VALUES ({studio.ann.id}, '{newest(studio)}', 0)")
    picture = await drawn(studio, studio.ann, "a wolf --file")
    await drawn(studio, studio.bob, "a secret")
    offer = await offered(studio, studio.ann, chat=chat)
    shown = [one.shown["title"] for one in offer.answer.results]
    assert shown == ["a wolf", "⭐ a red fox"]
    assert (offer.answer.next_offset, offer.answer.button) == ("", None)
    sent = studio.telegram.choose(studio.ann, offer.query, offer.ids[1], chat=chat)
    assert sent["photo"][-1]["file_id"] == favourite["photo"][-1]["file_id"]
    assert sent["caption"].startswith("a red fox\nNano Banana")
    assert sent["via_bot"]["username"] == "nano_banana_bot"
    kind = "document" if "document" in picture else "photo"
    assert kind in studio.telegram.choose(studio.ann, offer.query, offer.ids[0], chat=chat)
    await is_at_rest(studio)
    assert len(studio.generator.jobs) == 3


async def test_a_picture_that_came_as_a_file_is_offered_as_a_file(studio: Studio) -> None:
    studio.telegram.faults.add(
        TelegramFault(
            method="sendPhoto", status=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"
        )
    )
    await studio.start()
    picture = await drawn(studio, studio.ann, "a long wall")
    offer = await offered(studio, studio.ann)
    (result,) = offer.answer.results
    assert result.shown["document_file_id"] == picture["document"]["file_id"]
    assert result.shown["title"] == "a long wall"


async def test_who_has_no_pictures_is_led_to_the_private_chat(studio: Studio) -> None:
    await studio.start()
    offer = await offered(studio, studio.ann)
    assert offer.ids == []
    assert offer.answer.button == {
        "text": "🎨 Draw your first picture",
        "start_parameter": "inline",
    }


async def test_answers_are_personal_and_never_stale(studio: Studio) -> None:
    await studio.start()
    await offered(studio, studio.ann)
    await drawn(studio, studio.ann, "a red fox")
    assert len((await offered(studio, studio.ann)).ids) == 1
    assert (await offered(studio, studio.bob)).ids == []
    calls = [one for one in studio.telegram.calls if one.method == "answerInlineQuery"]
    assert {one.params["is_personal"] for one in calls} == {"true"}
    assert {one.params["cache_time"] for one in calls} == {"0"}


async def test_words_find_your_pictures_behind_the_offer_to_draw(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a Red fox in the snow")
    await drawn(studio, studio.ann, "雪地里的狼")
    found = await offered(studio, studio.ann, "RED snow")
    assert found.ids[0] == "draw"
    assert [one.shown["title"] for one in found.answer.results[1:]] == ["a Red fox in the snow"]
    found = await offered(studio, studio.ann, "雪地 --n 2")
    assert [one.shown["title"] for one in found.answer.results[1:]] == ["雪地里的狼"]
    assert (await offered(studio, studio.ann, "a whale")).ids == ["draw"]
    assert (await offered(studio, studio.bob, "snow")).ids == ["draw"]


async def test_many_pictures_are_paged(studio: Studio) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    run(
        studio,
        "INSERT INTO pictures (id, task, number, state, chat, message, person, shelf, words, body)"
        " WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 119)"
        " SELECT printf('%016x', n), task, number, state, chat, message, person, shelf - n, words,"
        " json_set(body, '$.id', printf('%016x', n)) FROM pictures, n",
    )
    for text, offer in (("", 0), ("fox", 1)):
        seen, offset = [], ""
        while True:
            page = await offered(studio, studio.ann, text, offset=offset)
            assert len(page.ids) <= 50
            seen += page.ids
            offset = page.answer.next_offset
            if not offset:
                break
        assert len(seen) == len(set(seen)) == 120 + offer
    end = await offered(studio, studio.ann, "fox", offset="9" * 60)
    assert (end.ids, end.answer.next_offset) == ([], "")


@pytest.mark.parametrize("where", ["private", "group"])
async def test_a_shared_number_is_exactly_that_picture_for_whoever_may_see_it(
    studio: Studio, where: str
) -> None:
    await studio.start()
    if where == "group":
        group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
        studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
        await studio.picture(group, "a red fox")
    else:
        await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    picture = newest(studio)
    await drawn(studio, studio.ann, "another")
    assert (await offered(studio, studio.ann, f"#{picture}")).ids == [picture]
    bobs = await offered(studio, studio.bob, f"#{picture}")
    assert bobs.ids == ([picture] if where == "group" else [])
    assert bool(bobs.answer.button) is (where == "private")
    unknown = await offered(studio, studio.ann, "#0123456789abcdef")
    assert (unknown.ids, bool(unknown.answer.button)) == ([], True)


async def test_a_picture_telegram_has_forgotten_does_not_hide_the_offer_to_draw(
    studio: Studio,
) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await is_at_rest(studio)
    run(studio, "UPDATE pictures SET body = json_set(body, '$.file_id', 'AgACforgotten')")
    assert (await offered(studio, studio.ann, "fox")).ids == ["draw"]
    assert (await offered(studio, studio.ann)).ids == []


# --- drawing in another chat -----------------------------------------------------------------


@BOTH_MODES
async def test_draw_it_here_is_a_placeholder_that_becomes_the_picture(
    studio: Studio, webhook: bool
) -> None:
    await studio.start(webhook=webhook)
    chat, private = elsewhere(studio), await started(studio, studio.ann)
    studio.generator.hold()
    offer = await offered(studio, studio.ann, "a red fox --ar 16:9", chat=chat)
    shown = offer.shown("draw")
    assert shown["title"] == "🎨 Draw it here: a red fox"
    assert shown["description"] == "Nano Banana · 16:9"
    placeholder = studio.telegram.choose(studio.ann, offer.query, "draw", chat=chat)
    assert "Drawing…" in placeholder["text"]
    await eventually(lambda: studio.generator.jobs)
    studio.generator.release()
    there = await filled(studio, placeholder, "photo")
    picture = await studio.picture(private, "a red fox")
    assert there["photo"][-1]["file_id"] == picture["photo"][-1]["file_id"]
    assert there["caption"] == picture["caption"]
    assert "text" not in there
    assert "reply_to_message" not in picture
    await is_at_rest(studio)
    assert [job.input["aspect_ratio"] for job in studio.generator.jobs.values()] == ["16:9"]
    # The placeholder was the card: nothing else was said in private.
    assert [one.get("caption") for one in studio.from_bot(private)[1:]] == [picture["caption"]]
    assert (await offered(studio, studio.ann)).ids == [newest(studio)]


async def test_a_choice_told_twice_is_one_task(studio: Studio) -> None:
    await studio.start()
    await started(studio, studio.ann)
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await filled(studio, placeholder, "photo")
    inline_id = next(iter(studio.telegram.world.queries.sent))
    again = {"result_id": "draw", "from": studio.ann.user, "query": "a red fox"}
    again |= {"inline_message_id": inline_id}
    studio.telegram.world.tell_bot("chosen_inline_result", studio.ann.id, again)
    await eventually(lambda: not studio.telegram.updates.pending)
    await is_at_rest(studio)
    assert rows(studio, "SELECT count(*) FROM tasks") == [(1,)]
    assert len(studio.generator.jobs) == 1


async def test_of_several_one_fills_the_placeholder_and_all_come_in_private(
    studio: Studio,
) -> None:
    await studio.start()
    private = await started(studio, studio.ann)
    chat = elsewhere(studio)
    offer = await offered(studio, studio.ann, "a red fox --n 3", chat=chat)
    assert "the other 2 pictures come to you" in offer.shown("draw")["description"]
    placeholder = studio.telegram.choose(studio.ann, offer.query, "draw", chat=chat)
    there = await filled(studio, placeholder, "photo")
    album = [one for one in studio.from_bot(private) if "photo" in one]
    assert len(album) == 3
    assert there["photo"][-1]["file_id"] == album[0]["photo"][-1]["file_id"]


async def test_what_came_as_a_file_fills_the_placeholder_as_a_file(studio: Studio) -> None:
    studio.telegram.faults.add(
        TelegramFault(
            method="sendPhoto", status=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"
        )
    )
    await studio.start()
    await started(studio, studio.ann)
    placeholder = await draw_here(studio, studio.ann, "a long wall", chat=elsewhere(studio))
    await filled(studio, placeholder, "document")


@pytest.mark.parametrize(
    ("said", "why"),
    [("a fox --ar 16:99", "--ar cannot be 16:99"), ("--ar 1:1", "What would you like to see")],
)
async def test_a_mistake_is_shown_instead_of_an_offer(studio: Studio, said: str, why: str) -> None:
    await studio.start()
    offer = await offered(studio, studio.ann, said)
    assert offer.ids == ["wrong"]
    assert why in offer.shown("wrong")["description"]
    studio.telegram.choose(studio.ann, offer.query, "wrong", chat=elsewhere(studio))
    await eventually(lambda: not studio.telegram.updates.pending)
    assert not studio.generator.jobs


async def test_what_has_become_a_mistake_meanwhile_is_said_in_the_placeholder(
    studio: Studio,
) -> None:
    await studio.start()
    chat = elsewhere(studio)
    offer = await offered(studio, studio.ann, "a red fox", chat=chat)
    studio.telegram.world.queries.inline[offer.query].text = "a red fox --model edit"
    placeholder = studio.telegram.choose(studio.ann, offer.query, "draw", chat=chat)
    shown = await told(studio, placeholder, "works on a picture")
    assert "reply_markup" not in shown


async def test_a_failure_is_told_in_the_placeholder_in_its_persons_words(studio: Studio) -> None:
    refused = {"code": "422", "text": "CONTENT_POLICY_BLOCKED: flagged as sensitive."}
    studio.generator.faults.add(Fault(where="outcome", kind="fail", **refused))
    await studio.start()
    private = await started(studio, studio.mei)
    placeholder = await draw_here(studio, studio.mei, "狐狸", chat=elsewhere(studio))
    shown = await told(studio, placeholder, "安全")
    assert "狐狸" in shown["text"]
    await studio.words(private, "安全")


async def test_a_failure_needs_no_private_chat_to_be_told(studio: Studio) -> None:
    refused = {"code": "422", "text": "CONTENT_POLICY_BLOCKED: flagged as sensitive."}
    studio.generator.faults.add(Fault(where="outcome", kind="fail", **refused))
    await studio.start()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await told(studio, placeholder, "safety filter")
    await is_at_rest(studio)
    assert rows(studio, "SELECT reason FROM tasks") == [("filtered",)]
    await started(studio, studio.ann)
    assert len(studio.from_bot(studio.chat(studio.ann))) == 1


@pytest.mark.parametrize("way", ["link", "offer"])
async def test_with_a_closed_private_chat_the_picture_waits_there_and_the_placeholder_says_so(
    studio: Studio, way: str
) -> None:
    await studio.start()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    shown = await told(studio, placeholder, "ready and waits")
    ((button,),) = shown["reply_markup"]["inline_keyboard"]
    (task,) = rows(studio, "SELECT id FROM tasks")[0]
    assert button["url"] == f"https://t.me/nano_banana_bot?start=show_{task}"
    private = studio.chat(studio.ann)
    if way == "link":
        studio.telegram.say(studio.ann, f"/start show_{task}")
    else:
        studio.telegram.say(studio.ann, "/start")
        offer = await studio.words(private, "A picture is waiting")
        studio.telegram.press(studio.ann, offer, "📥 Show me")
    there = await filled(studio, placeholder, "photo")
    await is_at_rest(studio)
    (picture,) = [one for one in studio.from_bot(private) if "photo" in one]
    assert there["photo"][-1]["file_id"] == picture["photo"][-1]["file_id"]
    assert "reply_markup" not in there


async def test_the_link_in_a_placeholder_is_its_persons_only(studio: Studio) -> None:
    await studio.start()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await told(studio, placeholder, "ready and waits")
    (task,) = rows(studio, "SELECT id FROM tasks")[0]
    studio.telegram.say(studio.bob, f"/start show_{task}")
    await studio.words(studio.chat(studio.bob), "no pictures of yours")


async def test_a_press_on_the_placeholder_says_how_it_goes(studio: Studio) -> None:
    await studio.start()
    await started(studio, studio.ann)
    chat = elsewhere(studio)
    studio.generator.hold()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=chat)
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.press(studio.bob, placeholder, ASK)
    answers = studio.telegram.callback_answers
    await studio.telegram.wait_until(lambda: answers)
    assert answers[0]["text"].startswith("🎨 I am drawing it, for ")
    studio.generator.release()
    await filled(studio, placeholder, "photo")


async def test_without_feedback_the_button_does_not_leave_anyone_waiting(studio: Studio) -> None:
    studio.telegram.inline_feedback = False
    await studio.start()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    studio.telegram.press(studio.ann, placeholder, ASK)
    await studio.telegram.wait_until(lambda: studio.telegram.callback_answers)
    assert studio.telegram.callback_answers[0]["text"].startswith("I have not begun yet")


async def test_what_takes_long_is_said_in_the_placeholder(studio: Studio) -> None:
    await studio.start(task_slow_seconds=0.1)
    await started(studio, studio.ann)
    studio.generator.hold()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    shown = await told(studio, placeholder, "longer than usual")
    assert shown["reply_markup"]
    studio.generator.release()
    await filled(studio, placeholder, "photo")


async def test_what_is_cancelled_is_said_in_the_placeholder(studio: Studio) -> None:
    await studio.start()
    await started(studio, studio.ann)
    studio.generator.hold()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.say(studio.ann, "/cancel")
    studio.generator.release()
    shown = await told(studio, placeholder, "✖")
    assert "reply_markup" not in shown
    await is_at_rest(studio)
    assert rows(studio, "SELECT reason FROM tasks") == [("cancelled",)]


# --- promises --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "description": "Bad Gateway"},
        {"status": 429, "description": "Too Many Requests: retry after 1"},
    ],
)
async def test_filling_is_tried_again_and_brings_nothing_twice(
    studio: Studio, fault: dict[str, Any]
) -> None:
    studio.telegram.faults.add(TelegramFault(method="editMessageMedia", times=2, **fault))
    await studio.start()
    private = await started(studio, studio.ann)
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await filled(studio, placeholder, "photo")
    await is_at_rest(studio)
    assert len([one for one in studio.from_bot(private) if "photo" in one]) == 1
    assert rows(studio, "SELECT state FROM tasks") == [("delivered",)]


async def test_a_placeholder_is_filled_after_a_restart(studio: Studio) -> None:
    await studio.start()
    private = await started(studio, studio.ann)
    studio.telegram.faults.add(
        TelegramFault(method="editMessageMedia", status=502, description="Bad Gateway", times=99)
    )
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await studio.picture(private, "a red fox")
    await eventually(lambda: count_of(studio, "editMessageMedia"))
    await studio.stop()
    studio.telegram.faults.clear()
    await studio.start()
    await filled(studio, placeholder, "photo")
    assert len([one for one in studio.from_bot(private) if "photo" in one]) == 1


async def test_a_placeholder_that_was_deleted_stops_nothing(studio: Studio) -> None:
    await studio.start()
    private = await started(studio, studio.ann)
    studio.generator.hold()
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await eventually(lambda: studio.generator.jobs)
    studio.telegram.delete(placeholder)
    studio.generator.release()
    await studio.picture(private, "a red fox")
    await is_at_rest(studio)
    assert count_of(studio, "editMessageMedia") == 1


async def test_an_edit_that_took_effect_unanswered_is_done(studio: Studio) -> None:
    """The same change again is refused as no change, and that is success."""
    await studio.start()
    await started(studio, studio.ann)
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await filled(studio, placeholder, "photo")
    await is_at_rest(studio)
    run(studio, "UPDATE tasks SET due_at = 0, body = json_set(body, '$.filled', null)")
    await studio.stop()
    await studio.start()
    await eventually(lambda: count_of(studio, "editMessageMedia") == 2)
    await is_at_rest(studio)
    assert count_of(studio, "editMessageText") == 0


async def test_a_message_sent_through_us_asks_nothing_of_us(studio: Studio) -> None:
    """Also where we are: the placeholder itself comes to us as a message."""
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    await started(studio, studio.ann)
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=group)
    await filled(studio, placeholder, "photo")
    await is_at_rest(studio)
    assert studio.from_bot(group) == []
    assert len(studio.generator.jobs) == 1


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("#", ""),
        ("#0123", ""),
        ("#0123456789ABCDEF", ""),
        ("--", ""),
        ("\u0000\u202e'; DROP TABLE tasks; --x", ""),
        ('%_"', "-1"),
        ("fox", "١٢"),
        ("", "s-1"),
        ("", "r99999999999"),
        ("x" * 256, "nonsense"),
    ],
)
async def test_odd_questions_are_answered_too(studio: Studio, text: str, offset: str) -> None:
    await studio.start()
    await drawn(studio, studio.ann, "a red fox")
    await offered(studio, studio.ann, text, offset=offset)
    assert rows(studio, "SELECT count(*) FROM tasks") == [(1,)]
