"""The fault panel orders trouble at both servers, counts it, and hears when it happened."""

from dataclasses import replace

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from bot.sandbox.page_faults import kinds
from bot.sandbox.stars import Invoice
from tests.sandbox.kie import create, record
from tests.sandbox.pages import refusal

SMALL = Invoice(title="a", description="b", payload="c", amount=5)
IDS = [
    "job_policy",
    "job_internal",
    "create_402",
    "create_429",
    "create_455",
    "create_500",
    "generator_down",
    "result_slow",
    "result_gone",
    "result_broken",
    "callback_lost",
    "callback_doubled",
    "callback_late",
    "callback_forged",
    "callback_early",
    "telegram_429",
    "telegram_403",
    "telegram_502",
    "telegram_drop",
    "telegram_checkout",
]


async def test_the_panel_has_every_kind_with_words(browser):
    _, panel = await browser.get("faults")
    assert sorted(kind["id"] for kind in panel["kinds"]) == sorted(IDS)
    assert {kind["side"] for kind in panel["kinds"]} == {
        "generator", "telegram", "callback", "result",
    }  # fmt: skip
    assert all(kind["title"] and kind["hint"] for kind in panel["kinds"])
    assert panel["pending"] == []


def test_no_two_kinds_are_the_same_fault():
    table = kinds(slow_seconds=1, checkout_seconds=1)
    assert len({kind.fault for kind in table.values()}) == len(table) == len(IDS)


@pytest.mark.parametrize("name", IDS)
async def test_each_kind_is_ordered_counted_and_called_off(browser, name):
    async with browser.session.ws_connect("/api/events") as socket:
        _, pending = await browser.post("faults", id=name, times=2)
        assert pending == [{"id": name, "times": 2}]
        assert await socket.receive_json() == {"kind": "faults", "pending": pending}
        _, pending = await browser.post("faults", id=name)
        assert pending == [{"id": name, "times": 3}]
    async with browser.session.delete("/api/faults") as answer:
        assert (answer.status, await answer.json()) == (200, {})
    assert (await browser.get("faults"))[1]["pending"] == []


async def test_what_happened_is_told(browser, server, kie):
    await browser.post("faults", id="create_402", times=2)
    async with browser.session.ws_connect("/api/events") as socket:
        assert (await create(kie))["code"] == 402
        told = await browser.heard(socket, "faults")
        assert told["pending"] == [{"id": "create_402", "times": 1}]
        await create(kie)
        assert (await browser.heard(socket, "faults"))["pending"] == []


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("job_policy", "400", "content policies"), ("job_internal", "500", "Internal Error")],
)
async def test_jobs_fail_in_the_generators_words(browser, server, kie, name, code, words):
    await browser.post("faults", id=name)
    task_id = (await create(kie))["data"]["taskId"]
    await server.wait_for(lambda: server.jobs[task_id].ended)
    data = (await record(kie, task_id))["data"]
    assert (data["failCode"], words in data["failMsg"]) == (code, True)


@pytest.mark.parametrize(
    ("name", "error", "arrived"),
    [
        ("telegram_429", RetryAfter, 0),
        ("telegram_403", Forbidden, 0),
        ("telegram_502", NetworkError, 0),
        ("telegram_drop", NetworkError, 1),
    ],
)
async def test_telegrams_trouble_meets_the_next_picture(
    bot, browser, started, picture, monkeypatch, name, error, arrived
):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    await browser.post("faults", id=name)
    await bot.send_message(started.id, "drawing")
    with pytest.raises(error):
        await bot.send_photo(started.id, picture(), filename="a.jpg")
    assert len([one for one in started.messages.values() if "photo" in one]) == arrived
    await bot.send_photo(started.id, picture(), filename="a.jpg")


async def test_a_payment_confirmed_too_late_fails(telegram, server, ann, bot):
    telegram.world.stars.checkout_seconds = 0.01
    fault = kinds(slow_seconds=1, checkout_seconds=0.01)["telegram_checkout"].fault
    telegram.faults.add(replace(fault, delay=fault.delay - 0.49))
    query_id = telegram.pay(ann, telegram.world.stars.link(SMALL))
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_pre_checkout_query(query_id, ok=True)
    assert telegram.world.stars.checkouts[query_id].outcome == "BOT_PRECHECKOUT_TIMEOUT"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"id": "earthquake"}, ("unknown_fault", "id")),
        ({}, ("invalid", "id")),
        ({"id": "create_402", "times": 0}, ("invalid", "times")),
        ({"id": "create_402", "times": 100}, ("invalid", "times")),
        ({"id": "create_402", "times": "2"}, ("invalid", "times")),
    ],
)
async def test_orders_that_make_no_sense(browser, body, wrong):
    assert refusal(await browser.post("faults", **body)) == (400, *wrong)
