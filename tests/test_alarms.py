"""Operators are told of troubles by themselves; while the account is empty nobody else may ask."""

from datetime import timedelta

import pytest

from bot.sandbox.jobs import Fault
from tests.conftest import Studio
from tests.pressing import Message


@pytest.fixture
async def desk(studio: Studio) -> Studio:
    """Bob and Mei run it; Mei has never opened the chat."""
    studio.telegram.say(studio.bob, "/start")
    studio.rounds = timedelta(milliseconds=100)
    return studio


async def start(studio: Studio, **changes: object) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id, studio.mei.id}), **changes)


def told(studio: Studio, words: str) -> list[Message]:
    chat = studio.chat(studio.bob)
    return [one for one in studio.from_bot(chat) if words in one.get("text", "")]


async def rounds(studio: Studio, count: int = 3) -> None:
    """Wait until the watchman has looked so many times more."""

    def asked() -> int:
        return sum(one.path.endswith("/chat/credit") for one in studio.generator.requests)

    before = asked()
    await studio.generator.wait_for(lambda: asked() >= before + count)


async def test_a_low_balance_is_told_once_and_when_it_is_over(desk: Studio) -> None:
    desk.generator.balance = 98
    await start(desk)
    await desk.words(desk.chat(desk.bob), "running low: 98 credits ($0.49) left")
    await rounds(desk)
    assert len(told(desk, "running low")) == 1
    # There is enough for a while.
    desk.telegram.say(desk.ann, "a red fox")
    await desk.picture(desk.chat(desk.ann), "a red fox")
    desk.generator.balance = 500
    await desk.words(desk.chat(desk.bob), "filled up: 500 credits")
    await rounds(desk)
    assert len(told(desk, "filled up")) == 1


async def test_nearly_empty_turns_new_wishes_away_until_it_is_filled_up(desk: Studio) -> None:
    desk.generator.balance = 19
    await start(desk)
    await desk.words(desk.chat(desk.bob), "nearly empty")
    desk.telegram.say(desk.ann, "a red fox")
    await desk.words(desk.chat(desk.ann), "I draw nothing new at the moment")
    desk.generator.balance = 500
    await desk.words(desk.chat(desk.bob), "I take new requests again")
    desk.telegram.say(desk.ann, "a blue fox")
    await desk.picture(desk.chat(desk.ann), "a blue fox")


async def test_what_was_told_before_a_restart_is_not_told_again(desk: Studio) -> None:
    desk.generator.balance = 19
    await start(desk)
    await desk.words(desk.chat(desk.bob), "nearly empty")
    await rounds(desk)
    await desk.stop()
    await start(desk)
    await rounds(desk)
    assert len(told(desk, "nearly empty")) == len(told(desk, "running low")) == 1
    desk.generator.balance = 500
    await desk.words(desk.chat(desk.bob), "I take new requests again")


async def test_the_limit_is_a_setting(desk: Studio) -> None:
    desk.generator.balance = 19
    await start(desk, kie_credits_low=10)
    await rounds(desk)
    assert told(desk, "🔔") == told(desk, "🪫") == []


async def test_many_failures_are_told(desk: Studio) -> None:
    fault = Fault(where="outcome", kind="fail", code="500", text="internal error", times=100)
    desk.generator.faults.add(fault)
    await start(desk)
    for number in range(6):
        desk.telegram.say(desk.ann, f"fox {number}")
    words = "tasks of the last half hour failed: generator_failed 6"
    await desk.words(desk.chat(desk.bob), words, seconds=30)


async def test_a_failing_webhook_is_told(desk: Studio) -> None:
    await start(desk)
    desk.telegram.updates.last_error = {
        "last_error_date": int(desk.clock().timestamp()),
        "last_error_message": "Connection refused",
    }
    await desk.words(desk.chat(desk.bob), "Telegram cannot call this bot: Connection refused.")
    desk.telegram.updates.last_error = {}
    await desk.words(desk.chat(desk.bob), "Telegram can call this bot again")


async def test_without_operators_nothing_happens(desk: Studio) -> None:
    desk.generator.balance = 19
    await desk.start()
    await rounds(desk)
    desk.telegram.say(desk.ann, "a red fox")
    await desk.words(desk.chat(desk.ann), "I draw nothing new at the moment")
