"""Updates reach the bot by getUpdates and by webhook, in order, until they are confirmed."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import Conflict

from bot.sandbox.bot_api import BotApiServer, Fault


@pytest.fixture
async def other_bot(telegram) -> AsyncIterator[Bot]:
    """A second process with the same token."""
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as client:
        yield client


async def test_updates_have_numbers_in_order_and_come_again_until_confirmed(bot, telegram, ann):
    for text in ("one", "two", "three"):
        telegram.say(ann, text)
    first = await bot.get_updates(limit=2)
    assert [u.message.text for u in first] == ["one", "two"]
    assert first[1].update_id == first[0].update_id + 1
    assert [u.message.text for u in await bot.get_updates()] == ["one", "two", "three"]
    later = await bot.get_updates(offset=first[1].update_id + 1)
    assert [u.message.text for u in later] == ["three"]
    assert await bot.get_updates(offset=later[0].update_id + 1) == ()


async def test_a_negative_offset_keeps_only_the_newest(bot, telegram, ann):
    for text in ("one", "two", "three"):
        telegram.say(ann, text)
    assert [u.message.text for u in await bot.get_updates(offset=-1)] == ["three"]
    assert len(telegram.updates.pending) == 1


async def test_a_long_poll_ends_with_the_next_update(bot, telegram, ann):
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram_polled(telegram)
    telegram.say(ann, "fox")
    assert (await poll)[0].message.text == "fox"


async def test_an_empty_poll_ends_with_its_time(bot):
    assert await bot.get_updates(timeout=0) == ()


async def telegram_polled(telegram):
    """Until a getUpdates waits."""
    async with asyncio.timeout(30):
        while telegram.updates._poll is None:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.001)


async def test_a_second_poll_ends_the_first_and_a_webhook_ends_both(
    bot, other_bot, telegram, receiver
):
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram_polled(telegram)
    waiting = telegram.updates._poll
    second = asyncio.create_task(other_bot.get_updates(timeout=30))
    with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure"):
        await first
    await telegram_polled(telegram)
    assert telegram.updates._poll is not waiting
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await second
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()


async def test_what_waits_survives_the_switch_between_both_ways(bot, telegram, ann, receiver):
    await bot.set_webhook("http://127.0.0.1:1/nobody")
    telegram.say(ann, "one")
    await bot.delete_webhook()
    assert [u.message.text for u in await bot.get_updates()] == ["one"]
    await bot.set_webhook(receiver.url)
    assert await receiver.until(1) == ["one"]


async def test_pending_updates_are_dropped_on_request(bot, telegram, ann, receiver):
    telegram.say(ann, "one")
    await bot.set_webhook(receiver.url, drop_pending_updates=True)
    telegram.say(ann, "two")
    assert await receiver.until(1) == ["two"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


async def test_only_the_kinds_that_were_asked_for(bot, telegram, ann):
    await bot.get_updates(allowed_updates=["message"])
    message = telegram.say(ann, "fox")
    telegram.edit(message, "wolf")
    assert [u.message.text for u in await bot.get_updates()] == ["fox"]
    await bot.get_updates(allowed_updates=[])
    telegram.edit(message, "bear")
    telegram.updates.add("message_reaction", ann.id, {})
    assert (await bot.get_updates())[-1].edited_message.text == "bear"


async def test_updates_expire(bot, telegram, clock, ann, started):
    buttons = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    message = telegram.world.post(
        started, telegram.world.bot_user, {"text": "?", "reply_markup": buttons}
    )
    telegram.say(ann, "fox")
    telegram.press(ann, message, "x")
    clock.now += 151
    assert [u.message.text for u in await bot.get_updates()] == ["fox"]
    clock.now += 24 * 3600
    assert await bot.get_updates() == ()


async def test_a_fault_may_hit_the_poll_too(bot, telegram, ann):
    telegram.faults.add(Fault(method="getUpdates", status=409, description="Conflict: x"))
    with pytest.raises(Conflict):
        await bot.get_updates()
    assert await bot.get_updates() == ()


async def test_two_servers_are_two_worlds(telegram, ann):
    async with BotApiServer(token="9:x") as other:
        assert other.url != telegram.url
        assert other.world.people == {}
