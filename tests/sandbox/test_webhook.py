"""Updates posted to the bot's own server, the way Telegram does it."""

import asyncio

import pytest
from aiohttp import web
from telegram.error import BadRequest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.webhook import wished_pause


async def settled(telegram, left=0):
    """Until every update is confirmed but those."""
    async with asyncio.timeout(30):
        while len(telegram.updates.pending) > left:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.001)


async def test_the_webhook_gets_updates_with_the_secret(bot, telegram, ann, receiver):
    telegram.say(ann, "before")
    await bot.set_webhook(receiver.url, secret_token="s3cret_-")
    telegram.say(ann, "after")
    assert await receiver.until(2) == ["before", "after"]
    assert receiver.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == "s3cret_-"
    assert receiver.headers[0]["Content-Type"] == "application/json"
    await settled(telegram)


async def test_failed_deliveries_are_repeated_in_order(bot, telegram, ann, receiver):
    receiver.answers = [web.Response(status=500), None, web.Response(status=302)]
    await bot.set_webhook(receiver.url)
    telegram.say(ann, "one")
    telegram.say(ann, "two")
    assert await receiver.until(5) == ["one", "one", "one", "one", "two"]
    assert len({one["update_id"] for one in receiver.got[:4]}) == 1
    await settled(telegram)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 302 Found"
    assert (info.pending_update_count, info.url) == (0, receiver.url)


async def test_one_chat_is_served_one_by_one_and_chats_side_by_side(
    bot, telegram, ann, bob, receiver
):
    receiver.hold.clear()
    await bot.set_webhook(receiver.url)
    for person in (ann, ann, bob):
        telegram.say(person, person.first_name)
    assert sorted(await receiver.until(2)) == ["Ann", "Bob"]
    assert len(receiver.got) == 2
    receiver.hold.set()
    assert sorted(await receiver.until(3)) == ["Ann", "Ann", "Bob"]


async def test_no_more_connections_than_asked_for(bot, telegram, ann, bob, receiver):
    receiver.hold.clear()
    await bot.set_webhook(receiver.url, max_connections=1)
    telegram.say(ann, "Ann")
    telegram.say(bob, "Bob")
    assert await receiver.until(1) == ["Ann"]
    await bot.get_me()
    assert len(receiver.got) == 1
    receiver.hold.set()
    assert await receiver.until(2) == ["Ann", "Bob"]


async def test_a_button_can_overtake_a_message(bot, telegram, ann, receiver, started):
    buttons = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    message = telegram.world.post(
        started, telegram.world.bot_user, {"text": "?", "reply_markup": buttons}
    )
    receiver.hold.clear()
    await bot.set_webhook(receiver.url)
    telegram.say(ann, "slow")
    telegram.press(ann, message, "x")
    await receiver.until(2)
    assert {frozenset(one) - {"update_id"} for one in receiver.got} == {
        frozenset({"message"}),
        frozenset({"callback_query"}),
    }


async def test_what_waits_survives_a_restart_of_the_server(bot, telegram, ann, receiver):
    port = int(telegram.url.rpartition(":")[2])
    receiver.hold.clear()
    await bot.set_webhook(receiver.url)
    telegram.say(ann, "one")
    await receiver.until(1)
    await telegram.close()
    receiver.hold.set()
    await telegram.start(port=port)
    assert await receiver.until(2) == ["one", "one"]
    assert telegram.messages()[0]["text"] == "one"


async def test_a_method_call_in_the_answer_is_done(bot, telegram, ann, receiver, started):
    receiver.answers = [
        web.json_response({"method": "sendMessage", "chat_id": ann.id, "text": "hello"}),
        web.json_response({"method": "deleteWebhook"}),
    ]
    await bot.set_webhook(receiver.url)
    telegram.say(ann, "fox")
    await telegram.wait_for(lambda message: message.get("text") == "hello", chat=started)
    telegram.say(ann, "wolf")
    await receiver.until(2)
    await settled(telegram)
    assert (await bot.get_webhook_info()).url == receiver.url


async def test_setting_the_same_webhook_again_says_so(bot, telegram, receiver, http):
    await bot.set_webhook(receiver.url)
    async with http.post(
        f"{telegram.url}/bot123456:secret/setWebhook", data={"url": receiver.url}
    ) as answer:
        assert await answer.json() == {
            "ok": True,
            "result": True,
            "description": "Webhook is already set",
        }


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://example.org/hook", "", "An https url must be provided for webhook"),
        (
            "https://example.org:8080/hook",
            "",
            "Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("http://localhost/hook", "no spaces", "Secret token contains unallowed characters"),
    ],
)
async def test_webhooks_telegram_would_not_take(bot, url, secret, words):
    with pytest.raises(BadRequest) as refusal:
        await bot.set_webhook(url, secret_token=secret)
    assert words.lower() in refusal.value.message.lower()


@pytest.mark.parametrize(
    ("header", "pause"),
    [("7", 7.0), ("9999", 3600.0), ("0", 0.0), ("x", 0.0), ("-1", 0.0), (None, 0.0)],
)
def test_a_bot_that_asks_for_time_is_given_up_to_an_hour(header, pause):
    assert wished_pause({} if header is None else {"Retry-After": header}) == pause


async def test_a_bot_that_asked_for_time_is_left_alone(bot, telegram, ann, bob, receiver):
    receiver.answers = [web.Response(status=503, headers={"Retry-After": "600"})]
    await bot.set_webhook(receiver.url)
    telegram.say(ann, "one")
    await receiver.until(1)
    telegram.say(bob, "other")
    assert await receiver.until(2) == ["one", "other"]
    await settled(telegram, left=1)
    assert [update.payload["text"] for update in telegram.updates.waiting()] == ["one"]


async def test_a_bot_that_does_not_answer_in_time_is_asked_again(http, receiver):
    async with BotApiServer(
        token="1:x", conformance=False, answer_seconds=0.3, retry_seconds=0.05
    ) as server:
        receiver.hold.clear()
        await http.post(f"{server.url}/bot1:x/setWebhook", json={"url": receiver.url})
        server.say(server.world.add_person("Ann"), "one")
        assert await receiver.until(2) == ["one", "one"]
        assert server.updates.last_error["last_error_message"] == "Read timeout expired"
        receiver.hold.set()
        await settled(server)


async def test_an_update_that_is_too_old_is_not_sent_again(bot, telegram, clock, ann, receiver):
    receiver.hold.clear()
    receiver.answers = [web.Response(status=500)]
    await bot.set_webhook(receiver.url, allowed_updates=["inline_query"])
    telegram.ask_inline(ann, "fox")
    await receiver.until(1)
    clock.now += 31
    receiver.hold.set()
    await settled(telegram)
    assert len(receiver.got) == 1
