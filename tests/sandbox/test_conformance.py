"""Calls are compared with the Bot API as aiogram models it."""

import json

from bot.sandbox.bot_api import BotApiServer


async def test_calls_that_the_bot_api_does_not_know_are_problems(bot, telegram, ann, started, http):
    await bot.send_message(ann.id, "fox", api_kwargs={"colour": "red"})
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "x", "shape": "round"}]]}
    await bot.send_message(ann.id, "fox", api_kwargs={"reply_markup": json.dumps(markup)})
    assert telegram.problems == [
        "sendMessage: colour: unknown parameter",
        "sendMessage: reply_markup.inline_keyboard.0.0.shape: unknown field",
    ]
    telegram.problems.clear()
    params = {"chat_id": ann.id, "text": "fox", "protect_content": "perhaps"}
    async with http.post(f"{telegram.url}/bot123456:secret/sendMessage", data=params):
        assert telegram.problems[0].startswith("sendMessage: protect_content")


async def test_without_conformance_nothing_is_checked(http):
    async with BotApiServer(token="1:x", conformance=False) as server:
        async with http.get(f"{server.url}/bot1:x/getMe?colour=red") as answer:
            assert answer.status == 200
        assert (server.conformance, server.problems) == (None, [])
