"""Why there is no picture, and the two ways on: the same once more, or other words."""

import pytest

from bot.sandbox.chats import Chat
from tests.conftest import Studio, photo
from tests.pressing import (
    Message,
    buttons,
    forge,
    jobs,
    labels,
    press,
    pressed,
    refuse,
    settled,
    toast,
)


async def failed(studio: Studio, text: str = "a red fox", times: int = 1) -> tuple[Chat, Message]:
    refuse(studio, times)
    await studio.start()
    studio.telegram.say(studio.ann, text)
    chat = studio.chat(studio.ann)
    told = await studio.words(chat, "safety filter")
    await studio.quiet(chat)
    return chat, told


async def test_a_failure_offers_to_try_again_to_say_it_differently_and_to_copy(
    studio: Studio,
) -> None:
    _chat, told = await failed(studio)
    assert labels(told) == ["🔁 Try again", "✏️ Edit the prompt", "📋 Copy the prompt"]
    assert buttons(told)[-1]["copy_text"] == {"text": "a red fox"}


async def test_a_prompt_that_is_too_long_to_be_copied_has_no_button_for_it(
    studio: Studio,
) -> None:
    _chat, told = await failed(studio, "fox " * 70)
    assert labels(told) == ["🔁 Try again", "✏️ Edit the prompt"]


async def test_trying_again_draws_the_same(studio: Studio) -> None:
    chat, told = await failed(studio, "a red fox --ar 16:9 --n 2", times=2)
    assert await pressed(studio, studio.ann, told, "Try again") == "Drawing again…"
    assert len(await settled(studio, chat, 2)) == 2
    assert [one.input["aspect_ratio"] for one in jobs(studio)] == ["16:9"] * 4


async def test_twenty_taps_on_try_again_are_one(studio: Studio) -> None:
    chat, told = await failed(studio)
    studio.generator.hold()
    for one in [press(studio, studio.ann, told, "Try again") for _ in range(20)]:
        await toast(studio, one)
    studio.generator.release()
    await settled(studio, chat, 1)
    assert len(jobs(studio)) == 2


async def test_other_words_keep_the_picture_and_the_options(studio: Studio) -> None:
    refuse(studio)
    await studio.start()
    chat = studio.chat(studio.ann)
    wish = "as a stamp --model 2 --size 2k --ar 3:2"
    studio.telegram.send_photo(studio.ann, photo(), caption=wish)
    told = await studio.words(chat, "safety filter")
    await pressed(studio, studio.ann, told, "Edit the prompt")
    question = await studio.words(chat, "new prompt")
    asked = studio.telegram.say(studio.ann, "as a coin", reply_to=question)
    picture = await studio.picture(chat, "as a coin")
    assert picture["reply_to_message"]["message_id"] == asked["message_id"]
    one, other = jobs(studio)
    assert (other.model, other.references) == (one.model, one.references)
    for name in ("aspect_ratio", "resolution"):
        assert one.input[name] == other.input[name]


async def test_the_old_prompt_is_the_hint_of_the_question(studio: Studio) -> None:
    chat, told = await failed(studio)
    await pressed(studio, studio.ann, told, "Edit the prompt")
    await studio.words(chat, "new prompt")
    (call,) = [one for one in studio.telegram.calls if "force_reply" in str(one.params)]
    assert '"input_field_placeholder": "a red fox"' in str(call.params["reply_markup"])


@pytest.mark.parametrize("action", ["retry", "reword"])
async def test_a_failure_in_private_is_for_its_person_alone(studio: Studio, action: str) -> None:
    _chat, told = await failed(studio)
    (mine,) = [one["callback_data"] for one in buttons(told) if action in str(one)]
    studio.telegram.say(studio.bob, "/start")
    theirs = await studio.words(studio.chat(studio.bob), "Hello Bob")
    assert (await forge(studio, studio.bob, theirs, mine))["show_alert"] is True
    assert len(jobs(studio)) == 1
