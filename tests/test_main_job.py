"""The main job, end to end: from a message to a picture, in both modes and every kind of chat."""

import pytest

from bot.sandbox.painter import read_mark
from tests.conftest import Studio, photo

BOTH_MODES = pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])


@BOTH_MODES
async def test_private_text_becomes_a_picture(studio: Studio, webhook: bool) -> None:
    await studio.start(webhook=webhook)
    asked = studio.telegram.say(studio.ann, "a red fox --ar 16:9")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "a red fox")
    await studio.quiet(chat)
    assert picture["reply_to_message"]["message_id"] == asked["message_id"]
    assert len(studio.from_bot(chat)) == 1
    assert len(studio.generator.jobs) == 1
