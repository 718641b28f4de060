"""Updates nobody asked for, or that no Telegram ever sent: they are put away and stop nobody."""

import json
from typing import Any

import pytest

from tests.conftest import Studio, eventually
from tests.hostile.knocking import assert_it_still_draws, update

ANN = {"id": 5, "is_bot": False, "first_name": "Ann"}
CHAT = {"id": 5, "type": "private", "first_name": "Ann"}
MESSAGE: dict[str, Any] = {"message_id": 1, "date": 1, "chat": CHAT, "from": ANN, "text": "a fox"}


def nested(depth: int) -> dict[str, Any]:
    message = dict(MESSAGE)
    for _ in range(depth):
        message = {**MESSAGE, "reply_to_message": message}
    return message


def pressed(**what: Any) -> dict[str, Any]:
    return {"callback_query": {"id": "1", "from": ANN, "chat_instance": "1", **what}}


def said(**what: Any) -> dict[str, Any]:
    return {"message": MESSAGE | what}


FOREIGN: dict[str, Any] = {
    "data that is not ours": pressed(data="evil:../../x"),
    "data of many bytes": pressed(data="\x00" * 9_999),
    "a game": pressed(game_short_name="x"),
    "an inline query": {"inline_query": {"id": "1", "from": ANN, "query": "<b>", "offset": ""}},
    "a payment": {
        "pre_checkout_query": {
            "id": "1",
            "from": ANN,
            "currency": "XTR",
            "total_amount": 1,
            "invoice_payload": "x",
        }
    },
    "a poll": {"poll": {"id": "1"}},
    "a kind of the future": {"telepathy": {"from": ANN, "thought": ["fox"]}},
    "no kind": {},
    "many kinds": {"message": MESSAGE, "edited_message": MESSAGE, "inline_query": {}},
}
BROKEN: dict[str, Any] = {
    "a message that is a word": {"message": "fox"},
    "a message that is a list": {"message": [MESSAGE]},
    "a message without a chat": {"message": {"message_id": 1, "date": 1, "text": "x"}},
    "a date that is a word": said(date="now"),
    "a text that is a number": said(text=7),
    "an id beyond numbers": said(chat={**CHAT, "id": 10**300}),
    "a photo that is nothing": said(text=None, photo=[None], caption="x"),
    "entities out of reach": said(entities=[{"type": "bot_command", "offset": 99, "length": -9}]),
    "replies as deep as a well": {"message": nested(200)},
}


# What the library stumbles over while it reads them, or while it looks for a handler.
POISON: dict[str, Any] = {
    "a date beyond time": said(date=10**18),
    "an id that is an object": said(chat={**CHAT, "id": {"a": 1}}),
    "an id that is half a letter": {"message": {"chat": {"id": "\ud800"}}},
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
async def test_an_update_we_have_no_use_for_does_no_harm(studio: Studio, content: Any) -> None:
    await studio.start()
    assert await update(studio, {"update_id": 1, **content}) == 200
    await assert_it_still_draws(studio)


@pytest.mark.parametrize(
    "content",
    [pytest.param(one, id=name) for name, one in {**BROKEN, **POISON}.items()],
)
async def test_an_update_no_telegram_sent_is_put_aside(
    studio: Studio, content: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await studio.start()
    assert await update(studio, {"update_id": 1, **content}) == 200
    await assert_it_still_draws(studio)
    assert "Task exception was never retrieved" not in caplog.text


async def test_a_forged_button_gives_nobody_anothers_pictures(studio: Studio) -> None:
    await studio.start()
    for number, data in enumerate(("bring", "bring:5", "offer", "waiting:1", "retry:1", "\u202e")):
        query = {"id": str(number), "from": ANN, "chat_instance": "1", "data": data}
        assert await update(studio, {"update_id": 10 + number, "callback_query": query}) == 200
    await assert_it_still_draws(studio)
    assert len(studio.generator.jobs) == 1


async def test_an_update_that_comes_a_hundred_times_is_handled_once(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "a red fox")
    spoken = {"message_id": 4_001, "chat": {**CHAT, "id": chat.id}, "from": studio.ann.user}
    told = {"update_id": 1, "message": MESSAGE | spoken}
    body = json.dumps(told).encode()
    assert {await update(studio, body) for _ in range(100)} == {200}
    await eventually(lambda: len(studio.generator.jobs) == 2)
    await assert_it_still_draws(studio)
    assert len(studio.generator.jobs) == 3
