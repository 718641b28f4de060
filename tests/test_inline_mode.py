"""Inline mode, end to end: one's own pictures in any chat."""

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from tests.conftest import Studio
from tests.inlining import (
    BOTH_MODES,
    draw_here,
    drawn,
    elsewhere,
    filled,
    is_at_rest,
    newest,
    offered,
    rows,
    run,
    started,
)

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
