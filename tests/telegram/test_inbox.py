"""The inbox: on disk first, in order within a chat, nothing lost and nothing in the way."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.errors import Reason, Transient
from bot.telegram.inbox import Inbox, NotAnUpdate
from tests.telegram.inboxes import body
from tests.telegram.rooms import speech_on

NOW = datetime(2030, 1, 1, tzinfo=UTC)


async def test_updates_of_a_chat_are_handled_in_the_order_they_came(mailroom):
    await mailroom.inbox.accept([body(number, str(number)) for number in (3, 1, 2)])
    await mailroom.inbox.accept([body(number, str(number)) for number in (5, 4)])
    await mailroom.settled()
    assert mailroom.handled == ["3", "1", "2", "5", "4"]


async def test_the_next_update_of_a_chat_waits_for_the_one_before(mailroom):
    mailroom.holds["slow"] = asyncio.Event()
    await mailroom.inbox.accept([body(1, "slow"), body(2, "next"), body(3, "other", chat=2)])
    await mailroom.until(lambda: mailroom.handled)
    assert (mailroom.begun, mailroom.handled) == (["slow", "other"], ["other"])
    mailroom.holds["slow"].set()
    await mailroom.settled()
    assert mailroom.handled == ["other", "slow", "next"]


async def test_chats_are_handled_side_by_side(mailroom):
    hold = asyncio.Event()
    mailroom.holds = {str(number): hold for number in range(20)}
    await mailroom.inbox.accept(
        [body(number, str(number), chat=number + 1) for number in range(20)]
    )
    await mailroom.until(lambda: len(mailroom.begun) == 20)
    assert mailroom.handled == []
    hold.set()


async def test_more_chats_than_go_at_once_all_get_their_turn(mailroom):
    await mailroom.inbox.accept(
        [body(number, str(number), chat=number + 1) for number in range(200)]
    )
    await mailroom.settled()
    assert sorted(map(int, mailroom.handled)) == list(range(200))


async def test_a_repeated_update_has_one_effect(mailroom):
    assert await mailroom.inbox.accept([body(1, "fox"), body(1, "fox")]) == 1
    await mailroom.settled()
    assert await mailroom.inbox.accept([body(1, "fox")]) == 0
    await mailroom.inbox.accept([body(2, "end")])
    await mailroom.settled()
    assert mailroom.handled == ["fox", "end"]


async def test_an_update_that_ends_while_the_inbox_is_read_is_not_handled_again(mailroom):
    mailroom.holds["fox"] = asyncio.Event()
    await mailroom.inbox.accept([body(1, "fox")])
    await mailroom.until(lambda: mailroom.begun)
    mailroom.disk.slow_read.clear()
    mailroom.disk.read.clear()
    await mailroom.inbox.accept([body(2, "other", chat=2)])
    await mailroom.disk.read.wait()
    mailroom.holds["fox"].set()
    await mailroom.settled(but=1)
    mailroom.disk.slow_read.set()
    await mailroom.settled()
    assert mailroom.begun == ["fox", "other"]


async def test_stopping_lets_what_is_being_handled_finish(mailroom):
    mailroom.holds["fox"] = asyncio.Event()
    await mailroom.inbox.accept([body(1, "fox"), body(2, "next")])
    await mailroom.until(lambda: mailroom.begun)
    stopping = asyncio.create_task(mailroom.inbox.stop(within=5))
    await asyncio.sleep(0)
    mailroom.holds["fox"].set()
    await stopping
    assert mailroom.handled == ["fox"]
    assert (await mailroom.state(1), await mailroom.state(2)) == (("done", 0), ("new", 0))


async def test_what_does_not_finish_in_time_is_handled_after_the_next_start(mailroom, app):
    mailroom.holds["fox"] = asyncio.Event()
    await mailroom.inbox.accept([body(1, "fox")])
    await mailroom.until(lambda: mailroom.begun)
    await mailroom.inbox.stop(within=0.001)
    assert (mailroom.handled, await mailroom.state(1)) == ([], ("new", 0))
    mailroom.holds.clear()
    again = Inbox(mailroom.disk, app, lambda: NOW, speech=speech_on(mailroom.database))
    running = asyncio.create_task(again.run())
    await mailroom.settled()
    await again.stop(within=1)
    await running
    assert mailroom.handled == ["fox"]


async def test_a_batch_with_something_else_in_it_is_refused_whole(mailroom):
    with pytest.raises(NotAnUpdate):
        await mailroom.inbox.accept([body(1, "fox"), b"{}"])
    assert await mailroom.database.read("SELECT 1 FROM updates") == []


async def test_chats_that_have_to_wait_are_in_nobodys_way(mailroom):
    """However many of them wait out a flood, those who can be answered are."""
    flood = Transient(Reason.UNDELIVERABLE, "Too Many Requests", retry_after=600)
    flooded = range(1, 201)
    mailroom.errors = {str(number): [flood] for number in flooded}
    await mailroom.inbox.accept([body(number, str(number), chat=number) for number in flooded])
    await mailroom.until(lambda: len(mailroom.begun) == len(flooded))
    await mailroom.inbox.accept([body(900, "a fox", chat=900)])
    await mailroom.settled(but=len(flooded))
    assert mailroom.handled == ["a fox"]
