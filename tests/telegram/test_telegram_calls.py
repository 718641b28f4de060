"""Each call to Telegram is told to the log by its method, and never by its address."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, RetryAfter

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.faults import Fault
from bot.telegram import application
from bot.telegram.calls import result_of, wait_in
from bot.telegram.examination import call
from bot.telegram.limiter import ChatLimiter
from tests.conftest import TOKEN, Studio, photo


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "ok"),
        (400, "refused"),
        (401, "unknown bot"),
        (403, "forbidden"),
        (404, "refused"),
        (409, "conflict"),
        (429, "flood wait"),
        (500, "server error"),
        (502, "server error"),
    ],
)
def test_what_came_of_a_call_is_told_in_a_word(status: int, result: str) -> None:
    assert result_of(status) == result


@given(
    st.binary()
    | st.recursive(st.none() | st.text(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_an_answer_nobody_can_read_names_no_wait(payload: bytes) -> None:
    assert wait_in(429, payload) == 0.0


def test_a_wait_is_read_from_a_flood_wait_only() -> None:
    payload = b'{"ok":false,"parameters":{"retry_after":17}}'
    assert (wait_in(429, payload), wait_in(400, payload)) == (17.0, 0.0)


async def test_every_call_is_told_with_what_came_of_it(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    telegram: BotApiServer = studio.telegram
    caplog.set_level(logging.DEBUG, "bot.telegram.calls")
    bot = application.build(token=TOKEN, api_url=telegram.url, limiter=ChatLimiter()).bot
    async with bot:
        telegram.faults.add(Fault(method="getMe", status=429, description="flood", retry_after=3))
        with pytest.raises(RetryAfter):
            await bot.get_me()
        telegram.faults.add(Fault(method="getMe", close=True))
        with pytest.raises(NetworkError):
            await bot.get_me()
        telegram.faults.add(Fault(method="getMe", status=502, body="<html>"))
        await call(bot)
        sent = telegram.send_photo(studio.ann, photo())
        file = await bot.get_file(sent["photo"][-1]["file_id"])
        await file.download_as_bytearray()
    told = [
        (one.method, one.result, one.wait) for one in caplog.records if one.msg == "telegram call"
    ]
    assert told == [
        ("getMe", "ok", 0.0),
        ("getMe", "flood wait", 3.0),
        ("getMe", "no answer", 0.0),
        ("getMe", "server error", 0.0),
        ("getFile", "ok", 0.0),
        ("file", "ok", 0.0),
    ]
    assert TOKEN not in str([vars(one) for one in caplog.records])
