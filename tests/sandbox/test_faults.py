"""Trouble on order: refusals, HTML pages, dropped connections and delays."""

import pytest
from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.sandbox.bot_api import Fault

HTML = "<html><h1>502 Bad Gateway</h1></html>"


def texts(telegram):
    return [message["text"] for message in telegram.messages()]


async def test_a_limit_is_told_and_lifted(bot, telegram, ann, started, http, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    limit = Fault(
        method="sendMessage", times=2, status=429, retry_after=3,
        description="Too Many Requests: retry after 3",
    )  # fmt: skip
    telegram.faults.add(limit)
    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(ann.id, "one")
    assert refusal.value.retry_after.total_seconds() == 3
    await bot.get_me()
    params = {"chat_id": ann.id, "text": "x"}
    async with http.post(f"{telegram.url}/bot123456:secret/sendmessage", data=params) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    await bot.send_message(ann.id, "two")
    assert texts(telegram) == ["/start", "two"]


async def test_a_lost_answer_does_not_undo_the_call(bot, telegram, ann, started):
    telegram.faults.add(Fault(method="sendMessage", close=True, before=True))
    telegram.faults.add(Fault(method="sendMessage", close=True, before=False))
    for text in ("never", "sent"):
        with pytest.raises(NetworkError, match="ServerDisconnectedError"):
            await bot.send_message(ann.id, text)
    assert texts(telegram) == ["/start", "sent"]
    assert [call.status for call in telegram.calls] == [0, 0]


async def test_a_gateway_answers_with_a_page(bot, telegram, ann, started):
    telegram.faults.add(Fault(method="sendMessage", status=502, body=HTML, before=False))
    with pytest.raises(NetworkError):
        await bot.send_message(ann.id, "fox")
    assert texts(telegram) == ["/start", "fox"]


async def test_a_slow_answer_comes_too_late(bot, telegram, ann, started):
    telegram.faults.add(Fault(method="sendMessage", delay=0.05, before=False))
    with pytest.raises(TimedOut):
        await bot.send_message(ann.id, "fox", read_timeout=0.01)
    assert texts(telegram) == ["/start", "fox"]


async def test_trouble_for_one_chat_leaves_the_others_alone(bot, telegram, ann, bob, started):
    telegram.say(bob, "/start")
    telegram.faults.add(Fault(status=500, description="Internal Server Error", chat_id=bob.id))
    await bot.send_message(ann.id, "fox")
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(bob.id, "fox")
    await bot.send_message(bob.id, "fox")


async def test_downloads_can_fail_too(bot, telegram, ann, started, picture):
    photo = telegram.send_photo(ann, picture())["photo"][-1]
    file = await bot.get_file(photo["file_id"])
    telegram.faults.add(Fault(method="file", status=502, body=HTML))
    telegram.faults.add(Fault(method="file", status=404, description="Not Found"))
    for _ in range(2):
        with pytest.raises(Exception, match=r"Bad Gateway|Not Found"):
            await file.download_as_bytearray()
    assert await file.download_as_bytearray() == telegram.file_bytes(photo["file_id"])


async def test_trouble_can_be_called_off(bot, telegram):
    telegram.faults.add(Fault(status=500))
    telegram.faults.clear()
    await bot.get_me()
