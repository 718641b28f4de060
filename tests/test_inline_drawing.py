"""Inline mode, end to end: new pictures drawn in any chat, in a placeholder that becomes them."""

from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually
from tests.inlining import (
    ASK,
    BOTH_MODES,
    count_of,
    draw_here,
    elsewhere,
    filled,
    is_at_rest,
    newest,
    offered,
    rows,
    run,
    started,
    told,
)

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
    before = count_of(studio, "editMessageText")
    run(studio, "UPDATE tasks SET due_at = 0, body = json_set(body, '$.filled', null)")
    await studio.stop()
    await studio.start()
    await eventually(lambda: count_of(studio, "editMessageMedia") == 2)
    await is_at_rest(studio)
    assert count_of(studio, "editMessageText") == before
