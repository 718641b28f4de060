"""Which messages ask something of us, and what they ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Message

from bot.origin import Origin
from bot.telegram.wishes import Attached, Wish, origin_of, wish_of
from tests.telegram.messages import (
    ANONYMOUS,
    AS_CHANNEL,
    BOB,
    BOBS_PICTURE,
    BOT,
    CHANNEL,
    FROM_ELSEWHERE,
    GROUP,
    MY_FILE,
    MY_PICTURE,
    MY_TEXT,
    PHOTO,
    TELEGRAM,
    TOPIC_OPENED,
    VIDEO,
    document,
    raw,
    sticker,
)

LARGE, FILE = Attached("large", 700), Attached("file", 900)


def wish(message: dict) -> Wish | None:
    return wish_of(Message.de_json(message, None), bot_id=BOT["id"], username=BOT["username"])


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (raw("a red fox"), Wish("a red fox")),
        (raw("a  red\n fox --ar 1:1"), Wish("a  red\n fox --ar 1:1")),
        (raw("@nano_banana_bot a fox"), Wish("a fox")),
        (raw("write to me@nano_banana_bot"), Wish("write to me@nano_banana_bot")),
        (raw("/imagine a fox"), Wish("a fox")),
        (raw("/imagine\na fox"), Wish("a fox")),
        (raw("/IMG a fox"), Wish("a fox")),
        (raw("/Imagine@Nano_Banana_Bot a fox"), Wish("a fox")),
        (raw("/imagine"), Wish("")),
        (raw("/imagine@other_bot a fox"), None),
        (raw("/imagined a fox"), None),
        (raw("/weather"), None),
        (raw("/ a fox"), Wish("/ a fox")),
        (raw("a fox /imagine"), Wish("a fox /imagine")),
        (raw("make it red", **PHOTO), Wish("make it red", (LARGE,))),
        (raw(**PHOTO), Wish("", (LARGE,))),
        (raw("/imagine red", **PHOTO), Wish("red", (LARGE,))),
        (raw("red", **document("file")), Wish("red", (FILE,))),
        (raw("red", **document("file", "application/pdf")), Wish("red", (Attached("file", 900, is_picture=False),))),
        (raw("red", **document("file", None)), Wish("red", (Attached("file", 900, is_picture=False),))),
        (raw("red", **VIDEO), Wish("red", (Attached("film", 800, is_picture=False),))),
        (raw(**sticker()), Wish("", (Attached("sticker", 30),))),
        (raw(**sticker(animated=True)), None),
        (raw(**sticker(video=True)), None),
        (raw(location={"longitude": 1.0, "latitude": 2.0}), None),
        (raw(**PHOTO, media_group_id="8"), Wish("", (LARGE,))),
        (raw("both", **PHOTO, media_group_id="8"), Wish("both", (LARGE,))),
        (raw("bluer", reply_to_message=MY_PICTURE), Wish("bluer", (LARGE,))),
        (raw("bluer", reply_to_message=MY_TEXT), Wish("bluer")),
        (raw("bluer", external_reply=FROM_ELSEWHERE), Wish("bluer", (LARGE,))),
        (raw("as here", reply_to_message=MY_FILE, **PHOTO), Wish("as here", (LARGE, FILE))),
    ],
)  # fmt: skip
def test_what_is_asked_in_private(message, asked):
    assert wish(message) == asked


@pytest.mark.parametrize(
    ("said", "fields", "asked"),
    [
        ("a nice day", {}, None),
        ("/imagine a fox", {}, Wish("a fox")),
        ("/img@nano_banana_bot a fox", {}, Wish("a fox")),
        ("/imagine@other_bot a fox", {}, None),
        ("/imagine@other_bot like @nano_banana_bot", {}, None),
        ("/weather", {}, None),
        ("@nano_banana_bot a fox", {}, Wish("a fox")),
        ("a fox, @Nano_Banana_Bot!", {}, Wish("a fox, !")),
        ("@nano_banana_bot", {}, Wish("")),
        ("mail me@nano_banana_bot", {}, None),
        ("@nano_banana_bots are many", {}, None),
        ("@nano_banana", {}, None),
        ("me yesterday", PHOTO, None),
        ("", PHOTO, None),
        ("/imagine red", PHOTO, Wish("red", (LARGE,))),
        ("@nano_banana_bot red", document("file"), Wish("red", (FILE,))),
        ("", sticker(), None),
        ("bluer", {"reply_to_message": MY_PICTURE}, Wish("bluer", (LARGE,))),
        ("bluer", {"reply_to_message": MY_FILE}, Wish("bluer", (FILE,))),
        ("as here", {"reply_to_message": MY_PICTURE, **document("file")}, Wish("as here", (LARGE, FILE))),
        ("", {"reply_to_message": MY_PICTURE, **sticker()}, None),
        ("thanks", {"reply_to_message": MY_TEXT}, None),
        ("/imagine red", {"reply_to_message": MY_TEXT}, Wish("red")),
        ("lovely", {"reply_to_message": BOBS_PICTURE}, None),
        ("/imagine red", {"reply_to_message": BOBS_PICTURE}, Wish("red", (LARGE,))),
        ("/imagine", {"reply_to_message": BOBS_PICTURE}, Wish("", (LARGE,))),
        ("@nano_banana_bot red", {"reply_to_message": BOBS_PICTURE}, Wish("red", (LARGE,))),
        ("lovely", {"external_reply": FROM_ELSEWHERE}, None),
        ("/img red", {"external_reply": FROM_ELSEWHERE}, Wish("red", (LARGE,))),
        ("/img red", {"reply_to_message": TOPIC_OPENED, "is_topic_message": True, "message_thread_id": 3}, Wish("red")),
        ("/img red", {"reply_to_message": raw("x", chat=GROUP, **document("file", "text/plain"))}, Wish("red")),
    ],
)  # fmt: skip
def test_what_is_asked_in_a_group(said, fields, asked):
    assert wish(raw(said, chat=GROUP, **fields)) == asked


@given(st.text())
def test_any_private_text_that_is_no_command_is_a_wish(text):
    asked = wish(raw(f"x{text}"))
    assert asked is not None
    assert asked.text.startswith("x")


@given(st.text())
def test_no_text_without_a_mention_or_command_is_for_us_in_a_group(text):
    said = text.replace("@", " ").lstrip("/")
    assert wish(raw(f"x{said}", chat=GROUP)) is None


@pytest.mark.parametrize(
    ("fields", "person", "topic", "language"),
    [
        ({}, 5, None, "en"),
        ({"sender": BOB}, 6, None, None),
        ({"message_thread_id": 3, "is_topic_message": True}, 5, 3, "en"),
        # A chain of replies, which is no topic.
        ({"message_thread_id": 3}, 5, None, "en"),
        # General has no number.
        ({"is_topic_message": True}, 5, None, "en"),
        ({"sender": ANONYMOUS, "sender_chat": GROUP}, -100, None, None),
        ({"sender": AS_CHANNEL, "sender_chat": CHANNEL}, -200, None, None),
        ({"sender": TELEGRAM, "sender_chat": CHANNEL, "is_automatic_forward": True}, -200, None, None),
        ({"sender": None}, -100, None, None),
    ],
)  # fmt: skip
def test_who_asks_and_where(fields, person, topic, language):
    message = Message.de_json(raw("/imagine a fox", chat=GROUP, **fields), None)
    assert origin_of(message) == Origin(
        chat=-100, message=10, person=person, topic=topic, language=language, private=False
    )


def test_a_private_chat_is_known_as_such():
    assert origin_of(Message.de_json(raw("a fox"), None)).private
