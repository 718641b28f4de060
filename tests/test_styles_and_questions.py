"""Pictures without a word, and styles: what people see and press, end to end."""

from typing import Any

import pytest

from bot.presets import PRESETS
from bot.sandbox.chats import Chat
from tests.conftest import Studio, eventually, photo


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for row in message["reply_markup"]["inline_keyboard"] for one in row]


def answers(studio: Studio) -> list[str]:
    return [one.get("text", "") for one in studio.telegram.callback_answers]


def only_job(studio: Studio) -> Any:
    (job,) = studio.generator.jobs.values()
    return job


async def asked_about(studio: Studio, **where: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question about a picture, and the buttons under it."""
    caption = "/imagine" if where else ""
    studio.telegram.send_photo(studio.ann, photo(), caption=caption, **where)
    chat = where.get("chat") or studio.chat(studio.ann)
    question = await studio.words(chat, "What shall I do")
    return question, await studio.words(chat, "pick a style")


def left(studio: Studio, chat: Chat) -> list[str]:
    """What the bot has left in the chat: kinds of pictures, and words."""
    return ["photo" if "photo" in one else one["text"] for one in studio.from_bot(chat)]


async def test_a_picture_without_a_word_gets_a_question_and_a_button_for_each_style(
    studio: Studio,
) -> None:
    await studio.start()
    question, styles = await asked_about(studio)
    assert "reply_markup" not in question
    assert [one["text"] for one in buttons(styles)] == [one.label("en") for one in PRESETS.values()]
    studio.telegram.send_photo(studio.mei, photo())
    chinese = await studio.words(studio.chat(studio.mei), "选一种风格")
    assert buttons(chinese)[0]["text"] == "🎨 水彩"


async def test_a_press_on_a_style_draws_and_cleans_up(studio: Studio) -> None:
    await studio.start()
    _question, styles = await asked_about(studio)
    studio.telegram.press(studio.ann, styles, "🌸 Anime")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "anime")
    await studio.quiet(chat)
    assert left(studio, chat) == ["photo"]
    job = only_job(studio)
    assert "anime" in job.input["prompt"]
    assert len(job.references) == 1


async def test_an_answer_in_words_cleans_up_too(studio: Studio) -> None:
    await studio.start()
    question, _styles = await asked_about(studio)
    studio.telegram.say(studio.ann, "make it green", reply_to=question)
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "make it green")
    await studio.quiet(chat)
    assert left(studio, chat) == ["photo"]


async def test_in_private_plain_words_answer_the_last_question_also_after_a_restart(
    studio: Studio,
) -> None:
    await studio.start()
    await asked_about(studio)
    await studio.stop()
    await studio.start()
    studio.telegram.say(studio.ann, "make it green")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "make it green")
    await studio.quiet(chat)
    assert left(studio, chat) == ["photo"]
    assert len(only_job(studio).references) == 1


async def test_what_is_said_after_the_answer_is_a_wish_of_its_own(studio: Studio) -> None:
    await studio.start()
    await asked_about(studio)
    chat = studio.chat(studio.ann)
    for text in ("make it green", "a red fox"):
        studio.telegram.say(studio.ann, text)
        await studio.picture(chat, text)
    assert [len(job.references) for job in studio.generator.jobs.values()] == [1, 0]


async def test_plain_words_say_what_to_change_once(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    picture = await studio.picture(chat, "a red fox")
    await studio.press(studio.ann, picture, "✏️ Edit")
    await studio.words(chat, "What shall I change")
    for text in ("give it a hat", "a blue whale"):
        studio.telegram.say(studio.ann, text)
        await studio.picture(chat, text)
    assert [len(job.references) for job in studio.generator.jobs.values()] == [0, 1, 0]


async def test_whoever_asks_for_something_else_meanwhile_has_answered_nothing(
    studio: Studio,
) -> None:
    await studio.start()
    _question, styles = await asked_about(studio)
    chat = studio.chat(studio.ann)
    for text in ("/imagine a blue whale", "a red fox"):
        studio.telegram.say(studio.ann, text)
        await studio.picture(chat, text.removeprefix("/imagine "))
    assert [len(job.references) for job in studio.generator.jobs.values()] == [0, 0]
    # Its buttons are there all the same.
    studio.telegram.press(studio.ann, styles, "🌸 Anime")
    await studio.picture(chat, "anime")


async def test_in_a_group_plain_words_answer_nothing(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    await asked_about(studio, chat=group)
    studio.telegram.say(studio.ann, "make it green", chat=group)
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    await studio.picture(group, "a red fox")
    assert len(only_job(studio).references) == 0


async def test_a_mistake_in_the_answer_leaves_the_question_open(studio: Studio) -> None:
    await studio.start()
    question, _styles = await asked_about(studio)
    studio.telegram.say(studio.ann, "green --ar 7:8", reply_to=question)
    chat = studio.chat(studio.ann)
    await studio.words(chat, "--ar cannot be 7:8")
    studio.telegram.say(studio.ann, "green --ar 4:3", reply_to=question)
    await studio.picture(chat, "green")
    assert len(only_job(studio).references) == 1


async def test_a_style_pressed_twice_is_one_task_also_after_a_restart(studio: Studio) -> None:
    await studio.start()
    _question, styles = await asked_about(studio)
    await studio.stop()
    await studio.start()
    studio.telegram.press(studio.ann, styles, "🌸 Anime")
    studio.telegram.press(studio.ann, styles, "🎨 Watercolour")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "anime")
    await eventually(lambda: len(answers(studio)) == 2)
    assert answers(studio)[1] == "This has been answered already."
    assert len(studio.generator.jobs) == 1


async def test_in_a_group_whoever_presses_or_answers_has_their_own_task(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.mei])
    await studio.start()
    question, styles = await asked_about(studio, chat=group)
    studio.telegram.press(studio.mei, styles, "🌸 Anime")
    picture = await studio.picture(group, "anime")
    assert picture["reply_to_message"]["message_id"] == question["reply_to_message"]["message_id"]
    await studio.quiet(group)
    assert left(studio, group) == ["photo"]
    assert len(only_job(studio).references) == 1


async def test_in_a_group_a_plain_reply_answers_the_question(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    question, _styles = await asked_about(studio, chat=group)
    studio.telegram.say(studio.ann, "make it green", chat=group, reply_to=question)
    await studio.picture(group, "make it green")


async def test_styles_are_listed_and_each_button_asks_what_to_draw_in_it(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    for command in ("/presets", "/styles"):
        studio.telegram.say(studio.ann, command)
    listed = await studio.words(chat, "--style watercolor")
    for preset in PRESETS.values():
        assert f"{preset.label('en')}: --style {preset.key}" in listed["text"]
    studio.telegram.press(studio.ann, listed, "✂️ Sticker")
    question = await studio.words(chat, "✂️ Sticker: what would you like to see?")
    studio.telegram.say(studio.ann, "a happy fox", reply_to=question)
    await studio.picture(chat, "a happy fox")
    assert "die-cut sticker" in only_job(studio).input["prompt"]
    assert only_job(studio).input["aspect_ratio"] == "1:1"
    await eventually(lambda: question["text"] not in left(studio, chat))


async def test_a_style_that_changes_pictures_asks_for_one(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "/styles")
    listed = await studio.words(chat, "--style restore")
    studio.telegram.press(studio.ann, listed, "🪄 Restore")
    question = await studio.words(chat, "please answer here with the picture")
    studio.telegram.say(studio.ann, "my grandmother", reply_to=question)
    await studio.words(chat, "--style restore works on a picture")
    studio.telegram.send_photo(studio.ann, photo(), reply_to=question)
    await studio.picture(chat, "restore")
    assert "Restore this photograph" in only_job(studio).input["prompt"]


async def test_the_picture_of_a_style_goes_along_as_the_last_one(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a castle --style pixel")
    await studio.picture(studio.chat(studio.ann), "a castle")
    job = only_job(studio)
    assert job.model == "google/nano-banana-edit"
    assert job.input["aspect_ratio"] == "1:1"
    assert len(job.references) == 1


async def test_the_operator_may_bring_styles_of_their_own(studio: Studio) -> None:
    file = studio.folder / "own.toml"
    file.write_text('[oil]\nlabels = { en = "Oil" }\ntemplate = "An oil painting. {prompt}"\n')
    await studio.start(presets_file=file)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "/styles")
    listed = await studio.words(chat, "--style oil")
    assert len(buttons(listed)) == 1
    studio.telegram.say(studio.ann, "a boat --style anime")
    await studio.words(chat, "--style cannot be anime. Accepted: oil")
    studio.telegram.say(studio.ann, "a boat --style oil")
    await studio.picture(chat, "a boat")
    assert only_job(studio).input["prompt"] == "An oil painting. a boat"


@pytest.mark.parametrize(
    "data", ["style:0123456789abcdef:anime", "style:x:anime", "draw-in:nothing", "draw-in:"]
)
async def test_a_button_that_is_not_ours_keeps_nobody_waiting(studio: Studio, data: str) -> None:
    await studio.start()
    _question, styles = await asked_about(studio)
    chat = studio.chat(studio.ann)
    chat.messages[styles["message_id"]]["reply_markup"]["inline_keyboard"][0][0][
        "callback_data"
    ] = data
    studio.telegram.press(studio.ann, styles, data)
    await eventually(lambda: answers(studio))
    assert answers(studio)[0]
    assert not studio.generator.jobs
