"""Who writes too fast is told how long to wait, as the published limits say it."""

import pytest

from bot.sandbox.arguments import Arguments
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.limits import Limits
from bot.sandbox.refusals import ApiError


class Pace:
    """Calls at given moments, and what came of them: 0, or the seconds to wait."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.limits = Limits(lambda: self.now)

    def call(self, method="sendMessage", chat="7", **values) -> int:
        try:
            self.limits.check(method, Arguments({"chat_id": chat, **values}))
        except ApiError as error:
            return error.parameters["retry_after"]
        return 0


@pytest.mark.parametrize(
    ("moments", "waits"),
    [
        ([0.0] * 6, [0, 0, 0, 0, 0, 1]),
        ([0.0] * 5 + [0.9, 1.0], [0, 0, 0, 0, 0, 1, 0]),
        ([0.0] * 5 + [1.0, 1.0, 2.0], [0, 0, 0, 0, 0, 0, 1, 0]),
        ([0.0] * 5 + [10.0] * 6, [0] * 10 + [1]),
        ([float(n) for n in range(50)], [0] * 50),
    ],
)
def test_a_chat_takes_one_message_a_second_and_short_bursts(moments, waits):
    pace, came = Pace(), []
    for moment in moments:
        pace.now = 1000 + moment
        came.append(pace.call())
    assert came == waits


@pytest.mark.parametrize("chat", ["-5", "@friends"])
def test_a_group_takes_twenty_a_minute(chat):
    pace = Pace()
    for _ in range(20):
        assert pace.call(chat=chat) == 0
        pace.now += 1.5
    assert pace.call(chat=chat) == 30  # the first of them was half a minute ago
    assert pace.call(chat="7") == 0
    pace.now += 29.9
    assert pace.call(chat=chat) == 1
    pace.now += 0.1
    assert pace.call(chat=chat) == 0


def test_everybody_together_gets_thirty_a_second():
    pace = Pace()
    assert [pace.call(chat=str(n)) for n in range(31)] == [0] * 30 + [1]
    pace.now += 1
    assert pace.call(chat="31") == 0


@pytest.mark.parametrize(
    ("method", "values", "counted"),
    [
        ("editMessageText", {}, True),
        ("EDITMESSAGEMEDIA", {}, True),
        ("copyMessage", {}, True),
        ("sendPhoto", {}, True),
        ("sendMediaGroup", {"media": '[{"media":"attach://a"},{"media":"attach://b"}]'}, True),
        ("sendMediaGroup", {"media": "["}, True),
        ("sendChatAction", {}, False),
        ("sendMessageDraft", {}, False),
        ("deleteMessage", {}, False),
        ("answerCallbackQuery", {}, False),
        ("getUpdates", {}, False),
    ],
)
def test_messages_and_edits_count_and_nothing_else(method, values, counted):
    pace = Pace()
    waits = [pace.call(method, **values) for _ in range(40)]
    assert any(waits) is counted


def test_an_album_counts_with_each_picture():
    pace = Pace()
    album = {"media": "[" + ",".join(['{"media":"x"}'] * 10) + "]"}
    for _ in range(2):
        assert pace.call("sendMediaGroup", "-5", **album) == 0
        pace.now += 10
    assert pace.call(chat="-5") == 40


def test_refused_calls_do_not_count_and_inline_edits_count_for_all_only():
    pace = Pace()
    assert [pace.call() for _ in range(9)] == [0] * 5 + [1] * 4
    pace.now += 1
    assert pace.call() == 0
    pace.now += 10
    inline = [pace.call("editMessageText", chat="", inline_message_id="x") for _ in range(31)]
    assert inline == [0] * 30 + [1]


async def test_the_refusal_has_telegrams_shape(http, clock):
    async with BotApiServer(token="1:x", conformance=False, limits=True, clock=clock) as server:
        ann = server.world.add_person("Ann")
        server.say(ann, "/start")
        address = f"{server.url}/bot1:x/sendMessage"
        for _ in range(5):
            async with http.post(address, json={"chat_id": ann.id, "text": "x"}) as answer:
                assert answer.status == 200
        async with http.post(address, json={"chat_id": ann.id, "text": "x"}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
            assert await answer.json() == {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 1",
                "parameters": {"retry_after": 1},
            }
        clock.now += 1
        async with http.post(address, json={"chat_id": ann.id, "text": "x"}) as answer:
            assert answer.status == 200
