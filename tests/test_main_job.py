"""The main job, end to end: from a message to a picture, in both modes and every kind of chat."""

from typing import Any

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat
from bot.sandbox.jobs import Fault
from bot.sandbox.painter import prompt_sha, read_mark
from tests.conftest import Studio, photo
from tests.pressing import settled

BOTH_MODES = pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])


def assert_is_of(studio: Studio, message: dict[str, Any], prompt: str) -> None:
    """The picture in this message was painted from this prompt."""
    file = message["photo"][-1] if "photo" in message else message["document"]
    assert read_mark(studio.telegram.file_bytes(file["file_id"])).prompt_sha == prompt_sha(prompt)


async def assert_only(studio: Studio, chat: Chat, message: dict[str, Any]) -> None:
    """One job was made, and this message is all the bot left in the chat."""
    await studio.quiet(chat)
    assert [one["message_id"] for one in studio.from_bot(chat)] == [message["message_id"]]
    assert len(studio.generator.jobs) == 1


@BOTH_MODES
async def test_private_text_becomes_a_picture(studio: Studio, webhook: bool) -> None:
    await studio.start(webhook=webhook)
    asked = studio.telegram.say(studio.ann, "a red fox --ar 16:9")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "a red fox")
    await assert_only(studio, chat, picture)
    assert_is_of(studio, picture, "a red fox")
    assert picture["reply_to_message"]["message_id"] == asked["message_id"]
    (job,) = studio.generator.jobs.values()
    assert job.input["aspect_ratio"] == "16:9"


@BOTH_MODES
async def test_a_photo_with_a_caption_is_edited(studio: Studio, webhook: bool) -> None:
    await studio.start(webhook=webhook)
    studio.telegram.send_photo(studio.ann, photo(), caption="make it a watercolor")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "make it a watercolor")
    await assert_only(studio, chat, picture)
    (job,) = studio.generator.jobs.values()
    assert job.model == "google/nano-banana-edit"
    assert len(job.references) == 1


@BOTH_MODES
async def test_an_image_file_with_a_caption_is_edited(studio: Studio, webhook: bool) -> None:
    await studio.start(webhook=webhook)
    studio.telegram.send_document(
        studio.ann, photo(kind="BMP"), filename="me.bmp", mime_type="image/bmp", caption="older"
    )
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "older")
    await assert_only(studio, chat, picture)
    (job,) = studio.generator.jobs.values()
    assert job.references[0].startswith(b"\xff\xd8\xff")


@BOTH_MODES
@pytest.mark.parametrize("command", ["/imagine", "/img", "/imagine@nano_banana_bot"])
async def test_a_command_in_a_group_is_answered_there(
    studio: Studio, webhook: bool, command: str
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start(webhook=webhook)
    asked = studio.telegram.say(studio.bob, f"{command} a blue whale", chat=group)
    picture = await studio.picture(group, "a blue whale")
    await assert_only(studio, group, picture)
    assert picture["reply_to_message"]["message_id"] == asked["message_id"]


@BOTH_MODES
async def test_a_forum_topic_gets_its_own_picture(studio: Studio, webhook: bool) -> None:
    group = studio.telegram.world.add_group("Forum", members=[studio.ann], forum=True)
    topic = studio.telegram.world.add_topic(group, "Foxes")
    await studio.start(webhook=webhook)
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group, topic=topic)
    picture = await studio.picture(group, "a red fox")
    assert picture["message_thread_id"] == topic.id
    await studio.quiet(group)
    studio.telegram.say(studio.ann, "/imagine a green frog", chat=group)
    in_general = await studio.picture(group, "a green frog")
    assert "message_thread_id" not in in_general or not in_general.get("is_topic_message")


@BOTH_MODES
async def test_a_reply_to_anyones_picture_edits_it(studio: Studio, webhook: bool) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start(webhook=webhook)
    theirs = studio.telegram.send_photo(studio.bob, photo(colour="navy"), chat=group)
    studio.telegram.say(studio.ann, "/imagine add a moon", chat=group, reply_to=theirs)
    picture = await studio.picture(group, "add a moon")
    await assert_only(studio, group, picture)
    (job,) = studio.generator.jobs.values()
    assert len(job.references) == 1


async def test_a_photo_captioned_with_the_command_works_in_a_group(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    studio.telegram.send_photo(studio.ann, photo(), chat=group, caption="/imagine as a stamp")
    await assert_only(studio, group, await studio.picture(group, "as a stamp"))


async def test_several_pictures_come_as_one_album(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --n 4")
    chat = studio.chat(studio.ann)
    album = await settled(studio, chat, 4)
    assert len({message["media_group_id"] for message in album}) == 1
    marks = {
        read_mark(studio.telegram.file_bytes(one["photo"][-1]["file_id"])).job_id for one in album
    }
    assert marks == set(studio.generator.jobs)
    assert len(marks) == 4


async def test_what_is_too_odd_for_a_photo_comes_as_a_file(studio: Studio) -> None:
    studio.telegram.faults.add(
        TelegramFault(
            method="sendPhoto", status=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"
        )
    )
    await studio.start()
    studio.telegram.say(studio.ann, "a very long wall")
    picture = await studio.picture(studio.chat(studio.ann), "a very long wall")
    assert "document" in picture
    assert_is_of(studio, picture, "a very long wall")


async def test_a_partial_failure_is_told_under_the_pictures(studio: Studio) -> None:
    studio.generator.faults.add(
        Fault(
            where="outcome",
            kind="fail",
            code="422",
            text="CONTENT_POLICY_BLOCKED: flagged as sensitive.",
        )
    )
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --n 3")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "2 of 3 done")
    await studio.quiet(chat)
    assert len([one for one in studio.from_bot(chat) if "photo" in one]) == 2
    assert "CONTENT_POLICY" not in picture["caption"]


async def test_people_hear_in_their_language(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.mei, "/start")
    await studio.words(studio.chat(studio.mei), "你好，Mei")
    studio.telegram.say(studio.ann, "/help")
    await studio.words(studio.chat(studio.ann), "--ar 16:9")


async def test_groups_hear_nothing_unless_they_ask(studio: Studio) -> None:
    studio.telegram.privacy_mode = False
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "what a nice day", chat=group)
    studio.telegram.say(studio.ann, "/weather", chat=group)
    studio.telegram.say(studio.ann, "/imagine@other_bot a cat", chat=group)
    studio.telegram.send_photo(studio.bob, photo(), chat=group, caption="me yesterday")
    studio.telegram.say(studio.ann, "/imagine a dog", chat=group)
    picture = await studio.picture(group, "a dog")
    await assert_only(studio, group, picture)


async def test_an_edited_message_starts_nothing(studio: Studio) -> None:
    await studio.start()
    asked = studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat)
    studio.telegram.edit(asked, "a blue fox")
    studio.telegram.say(studio.bob, "a green frog")
    await studio.picture(studio.chat(studio.bob))
    await studio.quiet(chat)
    assert [one["message_id"] for one in studio.from_bot(chat)] == [picture["message_id"]]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("a fox --ar 16:99", "--ar cannot be 16:99"),
        ("a fox --rato 1:1", "Did you mean --ratio"),
        ("a fox --model pro --n 11", "--n cannot be 11"),
        ("a fox --model pro --ar 1:8", "does not go with Nano Banana Pro"),
        ("a fox --model edit", "works on a picture"),
    ],
)
async def test_a_wrong_flag_gets_one_line_and_no_job(
    studio: Studio, said: str, answer: str
) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, said)
    message = await studio.words(studio.chat(studio.ann), answer)
    assert "\n" not in message["text"]
    assert not studio.generator.jobs


async def test_an_empty_imagine_gets_help(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine", chat=group)
    await studio.words(group, "/imagine a red fox")


async def test_what_is_no_picture_is_told_at_once(studio: Studio) -> None:
    await studio.start()
    studio.telegram.send_document(
        studio.ann, b"%PDF-1.7", filename="a.pdf", mime_type="application/pdf", caption="nicer"
    )
    await studio.words(studio.chat(studio.ann), "JPEG, PNG or WebP")
    studio.telegram.send_document(
        studio.bob, b"<html>", filename="a.png", mime_type="image/png", caption="nicer"
    )
    await studio.words(studio.chat(studio.bob), "JPEG, PNG or WebP")
    assert not studio.generator.jobs


async def test_a_picture_without_a_word_is_asked_about(studio: Studio) -> None:
    await studio.start()
    asked = studio.telegram.send_photo(studio.ann, photo())
    chat = studio.chat(studio.ann)
    question = await studio.words(chat, "What shall I do")
    assert question["reply_to_message"]["message_id"] == asked["message_id"]
    (call,) = [one for one in studio.telegram.calls if "force_reply" in str(one.params)]
    assert call.method == "sendMessage"
    studio.telegram.say(studio.ann, "make it green", reply_to=question)
    await studio.picture(chat, "make it green")
    (job,) = studio.generator.jobs.values()
    assert len(job.references) == 1
