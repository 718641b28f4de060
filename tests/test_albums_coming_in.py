"""Albums, end to end: many messages are one wish, whatever comes between them."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from bot.clock import now
from bot.sandbox.chats import Chat
from tests.conftest import Studio, eventually, photo

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white", "gray", "brown")
ALBUM = "13800000000000777"


@pytest.fixture(autouse=True)
def _parts_may_be_late(studio: Studio) -> None:
    """So long a machine that does much else may take between two parts."""
    studio.album_pause = timedelta(seconds=1.5)


def pictures(count: int) -> list[bytes]:
    return [photo(colour=colour) for colour in COLOURS[:count]]


def colours(contents: list[bytes]) -> list[str]:
    """The names of the colours of these pictures."""
    named = {Image.new("RGB", (1, 1), name).getpixel((0, 0)): name for name in COLOURS}

    def nearest(content: bytes) -> str:
        with Image.open(io.BytesIO(content)) as image:
            seen = image.convert("RGB").getpixel((20, 20))
        apart = {one: sum(abs(a - b) for a, b in zip(one, seen, strict=True)) for one in named}
        return named[min(apart, key=apart.get)]

    return [nearest(one) for one in contents]


def references(studio: Studio) -> list[str]:
    (job,) = studio.generator.jobs.values()
    return colours(job.references)


async def assert_only(studio: Studio, chat: Chat, message: dict[str, Any]) -> None:
    await studio.quiet(chat)
    assert [one["message_id"] for one in studio.from_bot(chat)] == [message["message_id"]]
    assert len(studio.generator.jobs) == 1


class Leap:
    """The clock on the wall, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


async def test_an_album_with_a_caption_is_one_task_with_all_its_pictures(studio: Studio) -> None:
    await studio.start()
    sent = studio.telegram.send_album(studio.ann, pictures(4), caption="all on one stamp")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "all on one stamp")
    await assert_only(studio, chat, picture)
    assert references(studio) == list(COLOURS[:4])
    assert picture["reply_to_message"]["message_id"] == sent[0]["message_id"]


async def test_an_album_of_ten_is_one_task_though_the_bot_is_stopped_in_the_middle(
    studio: Studio,
) -> None:
    studio.album_pause, clock = timedelta(seconds=60), Leap()
    studio.clock = clock
    chat, contents = studio.chat(studio.ann), pictures(10)
    await studio.start(webhook=False)
    for number, content in enumerate(contents):
        if number == 5:
            await eventually(lambda: not studio.telegram.updates.pending)
            await studio.stop()
        caption = "one big family" if number == 7 else ""
        message = studio.telegram.send_photo(studio.ann, content, caption=caption, album=ALBUM)
        if number == 7:
            asked = message
    await studio.start(webhook=False)
    studio.telegram.say(studio.ann, "/help")
    await studio.words(chat, "--ar 16:9")
    assert not studio.generator.jobs
    await studio.stop()
    clock.ahead = timedelta(seconds=61)
    await studio.start(webhook=False)
    picture = await studio.picture(chat, "one big family")
    assert picture["reply_to_message"]["message_id"] == asked["message_id"]
    assert references(studio) == list(COLOURS)


async def test_an_album_without_a_caption_is_asked_about_once(studio: Studio) -> None:
    await studio.start()
    sent = studio.telegram.send_album(studio.ann, pictures(3))
    chat = studio.chat(studio.ann)
    question = await studio.words(chat, "these 3 pictures")
    assert question["reply_to_message"]["message_id"] == sent[0]["message_id"]
    studio.telegram.say(studio.ann, "put them on a shelf", reply_to=question)
    await studio.picture(chat, "put them on a shelf")
    assert references(studio) == list(COLOURS[:3])


async def test_a_late_sibling_with_the_caption_answers_the_question(studio: Studio) -> None:
    await studio.start()
    for content in pictures(2):
        studio.telegram.send_photo(studio.ann, content, album=ALBUM)
    chat = studio.chat(studio.ann)
    await studio.words(chat, "pick a style")
    late = photo(colour="yellow")
    studio.telegram.send_photo(studio.ann, late, caption="as one poster", album=ALBUM)
    picture = await studio.picture(chat, "as one poster")
    await assert_only(studio, chat, picture)
    assert references(studio) == list(COLOURS[:3])


async def test_an_album_in_a_group_counts_only_when_it_is_addressed(studio: Studio) -> None:
    studio.telegram.privacy_mode = False
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.send_album(studio.bob, pictures(2), caption="my holidays", chat=group)
    studio.telegram.send_album(studio.bob, pictures(3), caption="/imagine a zoo", chat=group)
    picture = await studio.picture(group, "a zoo")
    await assert_only(studio, group, picture)
    assert references(studio) == list(COLOURS[:3])


async def test_a_captioned_album_in_reply_to_our_picture_goes_on_from_it(studio: Studio) -> None:
    studio.telegram.privacy_mode = False
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a table", chat=group)
    ours = await studio.picture(group, "a table")
    await studio.noted(ours)
    studio.telegram.send_album(
        studio.bob, pictures(2), caption="put these on it", chat=group, reply_to=ours
    )
    await studio.picture(group, "put these on it")
    job = list(studio.generator.jobs.values())[-1]
    assert len(job.references) == 3
    assert colours(job.references[1:]) == list(COLOURS[:2])


async def test_a_reply_to_one_item_of_an_album_uses_that_item(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    sent = studio.telegram.send_album(studio.bob, pictures(3), chat=group)
    studio.telegram.say(studio.ann, "/imagine as a stamp", chat=group, reply_to=sent[1])
    await studio.picture(group, "as a stamp")
    assert references(studio) == [COLOURS[1]]


async def test_what_cannot_be_used_in_an_album_is_named_and_nothing_is_paid(
    studio: Studio,
) -> None:
    await studio.start()
    files = [
        ("a.png", "image/png", photo(kind="PNG")),
        ("notes.pdf", "application/pdf", b"%PDF-1.7"),
    ]
    studio.telegram.send_documents(studio.ann, files, caption="as a stamp")
    told = await studio.words(studio.chat(studio.ann), "notes.pdf: not a picture")
    assert "a.png" not in told["text"]
    assert not studio.generator.jobs


async def test_a_sibling_that_comes_when_the_task_has_begun_is_told_so_once(
    studio: Studio,
) -> None:
    await studio.start()
    for number, content in enumerate(pictures(2)):
        caption = "" if number else "as a stamp"
        studio.telegram.send_photo(studio.ann, content, caption=caption, album=ALBUM)
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "as a stamp")
    for colour in ("blue", "green"):
        studio.telegram.send_photo(studio.ann, photo(colour=colour), album=ALBUM)
    await studio.words(chat, "came too late")
    studio.telegram.say(studio.ann, "/help")
    await studio.words(chat, "--ar 16:9")
    late = [one for one in studio.from_bot(chat) if "too late" in one.get("text", "")]
    assert len(late) == 1
    assert references(studio) == list(COLOURS[:2])
