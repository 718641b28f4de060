"""/metrics counts what happens, in a form Prometheus reads."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually


async def counts(studio: Studio) -> dict[str, float]:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{studio.address}/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert "process_resident_memory_bytes" in families
    samples = families["nano_banana_events"].samples
    return {one.labels["event"]: one.value for one in samples if one.name.endswith("_total")}


async def test_a_lost_answer_and_a_doubled_callback_are_counted(studio: Studio) -> None:
    studio.generator.faults.add(
        Fault(where="create", kind="lost"), Fault(where="callback", kind="doubled")
    )
    await studio.start(log_level="WARNING")
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))
    await eventually(lambda: len(studio.generator.callbacks) == 2)
    counted = await counts(studio)
    assert counted["submission unanswered"] == 1
    assert counted["callback"] == 1
    assert counted["callback repeated"] == 1
    assert counted["delivered"] == 1


async def test_metrics_are_not_for_strangers(studio: Studio) -> None:
    await studio.start()
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{studio.address}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}
        )
    assert answer.status_code == 403
