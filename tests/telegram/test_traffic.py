"""Telegram's limits: who may send when, as tables, and the limiter that keeps them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import BadRequest, RetryAfter

from bot.telegram.limiter import ChatLimiter
from bot.telegram.traffic import ANY_CHAT, Kind, Pace, Traffic

PERSON, GROUP = 5, -100


def sent(chat: int, *times: float) -> Traffic:
    traffic = Traffic()
    for time in times:
        traffic.sent(chat, 1, time)
    return traffic


@pytest.mark.parametrize(
    ("chat", "times", "kind", "now", "wait"),
    [
        (PERSON, [], Kind.COURTESY, 0, 0),
        (PERSON, [0, 0], Kind.RESULT, 0, 0),
        (PERSON, [0, 0], Kind.COURTESY, 0, 3),
        (PERSON, [0, 0], Kind.ANSWER, 0, 0),
        (GROUP, [0, 0], Kind.ANSWER, 0, 3),
        (GROUP, [0, 0], Kind.RESULT, 0, 0),
        (PERSON, [0, 0, 0], Kind.RESULT, 1, 2),
        (PERSON, [0, 0, 0], Kind.RESULT, 3, 0),
        (GROUP, [i * 1.0 for i in range(20)], Kind.RESULT, 20, 40),
        (GROUP, [i * 1.0 for i in range(18)], Kind.RESULT, 20, 0),
        (GROUP, [i * 1.0 for i in range(18)], Kind.ANSWER, 20, 40),
        (GROUP, [i * 1.0 for i in range(12)], Kind.COURTESY, 20, 40),
        (PERSON, [i * 1.0 for i in range(20)], Kind.RESULT, 23, 0),
    ],
)
def test_a_message_waits_for_room_and_leaves_some(
    chat: int, times: list[float], kind: Kind, now: float, wait: float
) -> None:
    assert sent(chat, *times).wait(chat, kind, now) == pytest.approx(wait)


def test_an_album_is_one_call_and_as_many_messages_as_it_has_pictures() -> None:
    traffic = Traffic()
    traffic.sent(GROUP, 10, 0)
    assert traffic.wait(GROUP, Kind.RESULT, 0) == 0
    traffic.sent(GROUP, 10, 10)
    assert traffic.wait(GROUP, Kind.RESULT, 20) == 40
    assert traffic.wait(PERSON, Kind.RESULT, 20) == 0


def test_another_pace_is_kept_where_it_is_wanted() -> None:
    traffic = Traffic(Pace(any_chat=replace(ANY_CHAT, seconds=0.5)))
    for _ in range(3):
        traffic.sent(PERSON, 1, 0)
    assert traffic.wait(PERSON, Kind.RESULT, 0) == 0.5


def test_thirty_a_second_go_out_overall() -> None:
    traffic = Traffic()
    for chat in range(1, 31):
        assert traffic.wait(chat, Kind.RESULT, 0) == 0
        traffic.sent(chat, 1, 0)
    assert traffic.wait(99, Kind.RESULT, 0) == 1


def test_a_flood_wait_stops_its_own_chat_only() -> None:
    traffic = Traffic()
    traffic.pause(GROUP, 30, 0)
    assert traffic.wait(GROUP, Kind.RESULT, 10) == 20
    assert traffic.wait(PERSON, Kind.COURTESY, 10) == 0


def test_silent_chats_are_forgotten() -> None:
    traffic = Traffic()
    for chat in range(1, 2001):
        traffic.sent(chat, 1, chat * 1.0)
    assert len(traffic._chats) < 1200


@given(
    st.lists(
        st.tuples(
            st.sampled_from([PERSON, GROUP, 7, -200]), st.sampled_from(Kind), st.floats(0, 2)
        ),
        max_size=200,
    )
)
def test_no_window_ever_holds_more_than_the_limit(tries: list[tuple[int, Kind, float]]) -> None:
    traffic, now, log = Traffic(), 0.0, []
    for chat, kind, pause in tries:
        now += pause
        if traffic.wait(chat, kind, now) == 0:
            traffic.sent(chat, 1, now)
            log.append((chat, now))
    for chat, time in log:
        window = [t for c, t in log if c == chat]
        assert len([t for t in window if time <= t < time + 2.999]) <= 3
        if chat < 0:
            assert len([t for t in window if time <= t < time + 59.999]) <= 20
    for _, time in log:
        assert len([t for _, t in log if time <= t < time + 0.999]) <= 30


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def post(limiter: ChatLimiter, endpoint: str, chat: int, kind: Kind | None = None) -> bool:
    async def callback() -> bool:
        return True

    return bool(await limiter.process_request(callback, (), {}, endpoint, {"chat_id": chat}, kind))


async def test_a_long_wait_is_raised_and_not_slept() -> None:
    limiter = ChatLimiter(Clock())
    for _ in range(3):
        assert await post(limiter, "sendPhoto", PERSON)
    with pytest.raises(RetryAfter) as wait:
        await post(limiter, "sendPhoto", PERSON)
    assert wait.value.retry_after == timedelta(seconds=3)
    assert await post(limiter, "sendPhoto", PERSON + 1)


async def test_actions_and_deletions_cost_nothing() -> None:
    limiter = ChatLimiter(Clock())
    for _ in range(50):
        assert await post(limiter, "sendChatAction", GROUP)
        assert await post(limiter, "deleteMessage", GROUP)
    assert await post(limiter, "sendPhoto", GROUP)


async def test_a_courtesy_gives_way_to_a_picture() -> None:
    limiter = ChatLimiter(Clock())
    assert await post(limiter, "sendMessage", PERSON)
    assert await post(limiter, "sendMessage", PERSON)
    with pytest.raises(RetryAfter):
        await post(limiter, "sendMessage", PERSON, Kind.COURTESY)
    assert await post(limiter, "sendPhoto", PERSON)


async def test_what_telegram_says_is_kept_for_that_chat() -> None:
    clock = Clock()
    limiter = ChatLimiter(clock)

    async def flooded() -> bool:
        raise RetryAfter(timedelta(seconds=20))

    with pytest.raises(RetryAfter):
        await limiter.process_request(flooded, (), {}, "sendPhoto", {"chat_id": GROUP}, None)
    clock.now = 10
    with pytest.raises(RetryAfter) as wait:
        await post(limiter, "sendPhoto", GROUP)
    assert wait.value.retry_after == timedelta(seconds=10)
    assert await post(limiter, "sendPhoto", PERSON)


async def test_what_telegram_refuses_takes_no_room() -> None:
    limiter = ChatLimiter(Clock())

    async def refused() -> bool:
        raise BadRequest("PHOTO_INVALID_DIMENSIONS")

    for _ in range(10):
        with pytest.raises(BadRequest):
            await limiter.process_request(refused, (), {}, "sendPhoto", {"chat_id": PERSON}, None)
    assert await post(limiter, "sendDocument", PERSON)


def test_what_is_taken_back_after_the_chat_was_forgotten_does_no_harm():
    traffic = Traffic()
    traffic.taken_back(7, 1)
    assert traffic.wait(7, Kind.RESULT, 0.0) == 0.0
