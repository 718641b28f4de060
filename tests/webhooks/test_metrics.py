"""/metrics counts what happens, in a form Prometheus reads."""

import asyncio
from math import isnan

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.faults import Fault as TelegramFault
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually


async def read(studio: Studio) -> dict[str, Metric]:
    async with httpx.AsyncClient(timeout=30) as client:
        text = (await client.get(f"{studio.address}/metrics")).text
    return {family.name: family for family in text_string_to_metric_families(text)}


async def numbers(studio: Studio, name: str) -> dict[tuple[str, ...], float]:
    """The samples of one metric by the values of their labels; a histogram's counts."""
    (family,) = [one for one in (await read(studio)).values() if one.name == name]
    ends = {"counter": "_total", "histogram": "_count", "gauge": ""}[family.type]
    samples = [one for one in family.samples if one.name == name + ends]
    return {tuple(one.labels.values()): one.value for one in samples}


async def counts(studio: Studio) -> dict[str, float]:
    families = await read(studio)
    assert "process_resident_memory_bytes" in families
    samples = families["nano_banana_events"].samples
    return {one.labels["event"]: one.value for one in samples if one.name.endswith("_total")}


async def test_a_lost_answer_and_a_doubled_callback_are_counted(studio: Studio) -> None:
    studio.generator.faults.add(
        Fault(where="create", kind="lost"), Fault(where="callback", kind="doubled")
    )
    # Its callback settles it, however long that takes here.
    await studio.start(log_level="WARNING", task_resubmit_seconds=30)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))
    async with asyncio.timeout(30):
        while (counted := await counts(studio)).get("callback repeated", 0) < 1:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)
    await studio.generator.wait_for(lambda: len(studio.generator.callbacks) == 2)
    assert counted["submission unanswered"] == 1
    assert counted["callback"] == 1
    assert counted["callback repeated"] == 1
    assert counted["delivered"] == 1


async def test_metrics_are_not_for_strangers(studio: Studio) -> None:
    await studio.start()
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.get(
            f"{studio.address}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}
        )
    assert answer.status_code == 403


async def test_every_step_of_a_task_is_measured_by_model(studio: Studio) -> None:
    # Nobody looks it up before it is called back.
    await studio.start(log_level="ERROR", task_poll_seconds=30)
    studio.telegram.say(studio.ann, "a red fox --n 2")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))
    assert await numbers(studio, "nano_banana_step_seconds") == {
        ("banana", "submit"): 2,
        ("banana", "generate"): 2,
        ("banana", "fetch"): 2,
        ("banana", "deliver"): 1,
    }
    assert await numbers(studio, "nano_banana_task_seconds") == {("banana",): 1}
    assert await numbers(studio, "nano_banana_tasks_ended") == {("delivered",): 1}
    assert await numbers(studio, "nano_banana_credits_spent") == {("banana",): 8}
    results = await numbers(studio, "nano_banana_results")
    assert sum(results.values()) == 2
    assert results[("callback",)] >= 1
    asked = await numbers(studio, "nano_banana_generator_calls")
    assert asked["submit", "ok"] == asked["fetch", "ok"] == 2
    called = await numbers(studio, "nano_banana_telegram_calls")
    assert called["sendMediaGroup", "ok"] == 1
    assert (await numbers(studio, "nano_banana_update_seconds"))[()] >= 1


async def test_how_things_stand_is_shown(studio: Studio) -> None:
    studio.generator.faults.add(Fault(where="outcome", kind="slow", seconds=60))
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.generator.jobs)
    assert (await numbers(studio, "nano_banana_tasks"))[("working",)] in (0, 1)
    assert (await numbers(studio, "nano_banana_disk_free_bytes"))[()] > 0
    assert (await numbers(studio, "nano_banana_database_size_bytes"))[()] > 0
    assert isnan((await numbers(studio, "nano_banana_generator_balance_credits"))[()])
    assert set((await numbers(studio, "nano_banana_wrong")).values()) == {0}


async def test_why_a_task_failed_is_counted(studio: Studio) -> None:
    studio.generator.faults.add(
        Fault(where="outcome", kind="fail", code=400, text="The prompt was flagged as sensitive")
    )
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: len(studio.from_bot(studio.chat(studio.ann))) >= 1)
    await studio.quiet(studio.chat(studio.ann))
    assert await numbers(studio, "nano_banana_pictures_failed") == {("prompt_refused",): 1}
    assert await numbers(studio, "nano_banana_tasks_ended") == {("prompt_refused",): 1}


async def test_a_forged_callback_is_counted_however_often_it_comes(studio: Studio) -> None:
    await studio.start()
    async with httpx.AsyncClient(timeout=30) as client:
        for _ in range(40):
            await client.post(f"{studio.address}/api/webhook/nano-banana?picture=x&token=y")
    assert (await numbers(studio, "nano_banana_callbacks"))[("forged",)] == 40


async def test_a_flood_wait_of_telegram_is_counted_in_seconds(studio: Studio) -> None:
    await studio.start()
    studio.telegram.faults.add(
        TelegramFault(
            method="sendPhoto", status=429, description="Too Many Requests", retry_after=1
        )
    )
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    assert await numbers(studio, "nano_banana_telegram_flood_wait_seconds") == {(): 1}
    called = await numbers(studio, "nano_banana_telegram_calls")
    assert called["sendPhoto", "flood wait"] == called["sendPhoto", "ok"] == 1
