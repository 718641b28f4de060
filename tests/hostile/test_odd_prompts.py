"""Prompts made to break something: a picture with a valid caption, or one clear line."""

from typing import Any

import pytest

from tests.conftest import Studio
from tests.hostile.knocking import assert_it_still_draws

MARKUP = "<b>bold</b> *stars* _lines_ [a](tg://user?id=1) `code` ||spoiler|| <script>&amp;</script>"
DRAWN = {
    "markup": MARKUP,
    "an unclosed tag": "<a href='x'>fox <b",
    "a format string": "{prompt} {0} {task.id} %s %n %(x)s ${HOME} {{}}",
    "a template": "{{7*7}} <%= 1 %> $(reboot) `reboot`; DROP TABLE tasks; --",
    "right to left": "\u202eevil\u202c \u2066fox\u2069 \u200fשועל",
    "zero width": "f\u200bo\u200dx\ufeff\u2060 with\u00ad nothing between",
    "emoji": "🦊" * 300,
    "families": "👨‍👩‍👧‍👦" * 200,
    "combining": "Z" + "\u0301" * 3_000,
    "controls": "a\x01red\x07\x1b[31m fox\x7f",
    "lines": "a fox\n" * 700,
    "one long word": "x" * 4_000,
    "other planes": "\U00020000\U0001f98a\U0010fffd" * 100,
    "no characters": "fox \ufdd0\uffff\U0001fffe",
    "a path": "../../../etc/passwd\\..\\con.txt",
    "mentions": "@everyone @nano_banana_bot /start #fox https://evil.example/?q=1 tg://resolve",
}


def shown(message: dict[str, Any]) -> str:
    return message.get("caption") or message.get("text") or ""


async def answered(studio: Studio, prompt: str) -> dict[str, Any]:
    """The one message the bot leaves in the chat."""
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, prompt)
    message = await studio.telegram.wait_for(
        lambda one: one["from"]["is_bot"] and "🎨" not in one.get("text", ""), chat=chat
    )
    await studio.quiet(chat)
    assert [one["message_id"] for one in studio.from_bot(chat)] == [message["message_id"]]
    return message


@pytest.mark.parametrize("prompt", DRAWN.values(), ids=DRAWN)
async def test_an_odd_prompt_is_drawn_and_shown_as_it_is(studio: Studio, prompt: str) -> None:
    await studio.start()
    message = await answered(studio, prompt)
    assert "photo" in message
    caption = message["caption"]
    assert 0 < len(caption.encode("utf-16-le")) // 2 <= 1024
    assert caption.splitlines()[0].strip()
    # What looks like markup is just text: nothing the caller did not write is made of it.
    assert not [
        one for one in message.get("caption_entities", []) if one["type"] in ("bold", "text_link")
    ]
    (job,) = studio.generator.jobs.values()
    assert "\x1b" not in job.input["prompt"]


EMPTY = {
    "spaces": " \n\t ",
    "zero width only": "\u200b\u200d\ufeff",
    "directions only": "\u202e\u202c",
    "controls only": "\x01\x02",
    "an empty flag": "--ar",
    "quotes": '""',
}


@pytest.mark.parametrize("prompt", EMPTY.values(), ids=EMPTY)
async def test_a_prompt_with_nothing_in_it_gets_words_or_a_picture(
    studio: Studio, prompt: str
) -> None:
    await studio.start()
    assert shown(await answered(studio, f"/imagine {prompt}")).strip()
    await assert_it_still_draws(studio)


async def test_a_prompt_of_twenty_thousand_characters_is_one_clear_line(studio: Studio) -> None:
    """Telegram itself cuts at 4096; whoever comes by another way is told the limit."""
    await studio.start()
    message = await answered(studio, "a fox " * 3_500)
    assert "photo" in message or "shorten" in message["text"]
    await assert_it_still_draws(studio)
