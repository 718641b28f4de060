"""Results as large as Nano Banana's largest, through the whole bot: byte for byte, to all places."""

from pathlib import Path

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.storage.incoming import HELD_MAX
from tests.buckets import Bucket
from tests.conftest import Studio
from tests.large import let_draw, noise, open_files


async def draw(studio: Studio, content: bytes) -> dict:
    """Let the generator give this as its result; returns the message with it."""
    await let_draw(studio.generator, content)
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    message = await studio.picture(chat)
    await studio.quiet(chat)
    return message


def stored(studio: Studio) -> list[Path]:
    return [one for one in (studio.folder / "pictures").rglob("*") if one.is_file()]


async def test_a_result_of_twelve_megabytes_arrives_byte_for_byte(studio: Studio) -> None:
    await studio.start()
    content = noise(2048)
    assert len(content) > 12_000_000
    message = await draw(studio, content)
    assert studio.telegram.file_bytes(message["document"]["file_id"]) == content
    assert [one.read_bytes() == content for one in stored(studio)] == [True]
    assert not [one for one in open_files() if str(studio.folder / "pictures") in one]


@pytest.mark.parametrize("side", [1750, 640])
async def test_a_photo_telegram_refuses_arrives_whole_as_a_file(studio: Studio, side: int) -> None:
    await studio.start()
    content = noise(side)
    assert (len(content) > HELD_MAX) is (side == 1750)
    refused = {"status": 400, "description": "Bad Request: IMAGE_PROCESS_FAILED"}
    studio.telegram.faults.add(TelegramFault(method="sendPhoto", **refused))
    message = await draw(studio, content)
    assert studio.telegram.file_bytes(message["document"]["file_id"]) == content
    sent = [one.method for one in studio.telegram.calls if one.files]
    assert sent == ["sendPhoto", "sendDocument"]


async def test_a_large_result_in_a_bucket_arrives_byte_for_byte(
    studio: Studio, bucket: Bucket
) -> None:
    await studio.start(**bucket.settings)
    content = noise(2048)
    message = await draw(studio, content)
    assert studio.telegram.file_bytes(message["document"]["file_id"]) == content
    assert len(bucket.files()) == 1
    assert not (studio.folder / "pictures").exists()
