"""Callbacks that are lost, doubled, early, late, forged or strange, and updates that repeat."""

import httpx
import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.jobs import Fault
from tests.conftest import TOKEN, Studio, eventually
from webhooks.keys import Keys

WEBHOOK_KEY = "kie-webhook-key-0123456789"
SLOW_LOOKUPS = {"task_poll_seconds": 30, "task_resubmit_seconds": 30}


async def one_picture_one_job(studio: Studio) -> None:
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "a red fox")
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == 1
    assert len(studio.generator.jobs) == 1


@pytest.mark.parametrize(
    "kind", ["doubled", "early", "forged", "old_shape", "task_id", "webhook_page", "short"]
)
async def test_a_callback_of_any_kind_brings_one_picture(studio: Studio, kind: str) -> None:
    """Lookups are far away here, so it is the callback that brings it."""
    studio.generator.faults.add(Fault(where="callback", kind=kind))
    await studio.start(**SLOW_LOOKUPS)
    studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)
    forged = [one.status for one in studio.generator.callbacks if one.forged]
    assert all(status == 401 for status in forged)
    assert bool(forged) is (kind == "forged")


async def test_a_lost_callback_is_found_by_asking(studio: Studio) -> None:
    studio.generator.faults.add(Fault(where="callback", kind="lost"))
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)


async def test_an_answer_that_is_lost_is_settled_by_the_callback(studio: Studio) -> None:
    """createTask took effect and its answer did not reach us: not paid for twice."""
    studio.generator.faults.add(Fault(where="create", kind="lost"))
    await studio.start(**SLOW_LOOKUPS)
    studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)


@pytest.mark.parametrize("studio", [{"webhook_key": WEBHOOK_KEY}], indirect=True)
async def test_kies_signature_is_checked_when_a_key_is_set(studio: Studio) -> None:
    await studio.start(nano_banana_webhook_key=WEBHOOK_KEY, **SLOW_LOOKUPS)
    studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)


async def test_a_callback_without_kies_signature_is_refused(studio: Studio) -> None:
    await studio.start(nano_banana_webhook_key=WEBHOOK_KEY)
    studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)
    await eventually(lambda: studio.generator.callbacks)
    assert {one.status for one in studio.generator.callbacks} == {401}


async def test_a_callback_for_another_job_changes_nothing(studio: Studio) -> None:
    """Somebody replays one picture's address with another job's id."""
    studio.generator.hold()
    await studio.start(**SLOW_LOOKUPS)
    studio.telegram.say(studio.ann, "a red fox")
    studio.telegram.say(studio.bob, "a secret of Bob")
    await eventually(lambda: len(studio.generator.jobs) == 2)
    ann, bob = sorted(studio.generator.jobs.values(), key=lambda job: job.prompt)
    async with httpx.AsyncClient() as client:
        answer = await client.post(ann.callback_url or "", json={"data": {"taskId": bob.id}})
    assert answer.status_code == 200
    studio.generator.release()
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.picture(studio.chat(studio.bob), "a secret of Bob")


async def test_an_update_that_is_repeated_has_one_effect(studio: Studio) -> None:
    """Telegram does not hear our 200 and sends the update again."""
    await studio.start()
    message = studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)
    secret = Keys(TOKEN).for_telegram()
    async with httpx.AsyncClient() as client:
        for update_id in (7, 7, 8):
            answer = await client.post(
                f"{studio.address}/api/webhook/telegram",
                json={"update_id": update_id, "message": message},
                headers={"X-Telegram-Bot-Api-Secret-Token": secret},
            )
            assert answer.status_code == 200
    studio.telegram.say(studio.ann, "a green frog")
    await studio.picture(studio.chat(studio.ann), "a green frog")
    assert len(studio.generator.jobs) == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(where="create", kind="code", code=402), "owner's attention"),
        (Fault(where="create", kind="code", code=401), "owner's attention"),
        (
            Fault(where="outcome", kind="fail", code="400", text="content policies"),
            "Please say it differently",
        ),
        (
            Fault(where="outcome", kind="fail", code="400", text="Image fetch failed."),
            "could not be used",
        ),
        (Fault(where="outcome", kind="fail", code="500", text="Internal Error", times=3), "again"),
    ],
)
async def test_a_failure_is_told_in_words(studio: Studio, fault: Fault, words: str) -> None:
    studio.generator.faults.add(fault)
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    told = await studio.words(chat, words)
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == 1
    assert "a red fox" in told["text"]
    assert str(fault.code) not in told["text"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(where="create", kind="code", code=429, times=2),
        Fault(where="create", kind="code", code=455),
        Fault(where="create", kind="status", code=429, retry_after=0),
        Fault(where="create", kind="closed"),
        Fault(where="create", kind="html"),
        Fault(where="create", kind="malformed"),
        Fault(where="create", kind="code_and_id", code=505),
        Fault(where="record", kind="null", times=2),
        Fault(where="record", kind="html"),
        Fault(where="record", kind="malformed"),
        Fault(where="record", kind="code", code=429),
        Fault(where="record", kind="empty"),
        Fault(
            where="outcome", kind="fail", code="500", text="Internal Error, Please try again later."
        ),
        Fault(where="result", kind="status", code=404),
        Fault(where="result", kind="truncated"),
        Fault(where="result", kind="html"),
        Fault(where="result", kind="closed"),
        Fault(where="result", kind="wrong_type"),
    ],
    ids=lambda fault: f"{fault.where} {fault.kind} {fault.code}",
)
async def test_trouble_at_the_generator_passes(studio: Studio, fault: Fault) -> None:
    studio.generator.faults.add(fault)
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "a red fox")
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == 1
    assert studio.generator.paid == 4


@pytest.mark.parametrize(
    "fault",
    [
        TelegramFault(method="sendPhoto", status=502, body="<html>Bad Gateway</html>"),
        TelegramFault(
            method="sendPhoto",
            status=429,
            description="Too Many Requests: retry after 1",
            retry_after=1,
        ),
        TelegramFault(method="sendPhoto", close=True, before=True),
        TelegramFault(
            method="sendPhoto", status=400, description="Bad Request: message thread not found"
        ),
        TelegramFault(
            method="sendPhoto",
            status=400,
            description="Bad Request: message to be replied not found",
        ),
        TelegramFault(method="sendMessage", status=502, body="<html>Bad Gateway</html>"),
        TelegramFault(method="deleteMessage", status=502, body="<html>Bad Gateway</html>"),
        TelegramFault(
            method="sendChatAction",
            status=429,
            description="Too Many Requests: retry after 9",
            retry_after=9,
        ),
    ],
    ids=lambda fault: f"{fault.method} {fault.status} {fault.description}",
)
async def test_trouble_at_telegram_passes(studio: Studio, fault: TelegramFault) -> None:
    studio.telegram.faults.add(fault)
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await one_picture_one_job(studio)


async def test_slow_is_said_once_and_a_late_result_is_delivered_all_the_same(
    studio: Studio,
) -> None:
    studio.generator.hold()
    await studio.start(task_slow_seconds=0.2, task_timeout_seconds=0.8)
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    await studio.words(chat, "taking longer than usual")
    await studio.words(chat, "not answered in time")
    studio.generator.release()
    await studio.picture(chat, "a red fox")
    said = [
        call
        for call in studio.telegram.calls
        if call.method in ("sendMessage", "editMessageText")
        and "taking longer than usual" in str(call.params.get("text"))
    ]
    assert len(said) == 1
    assert len(studio.generator.jobs) == 1


async def test_the_generators_own_answer_beats_a_callback_about_another_job(
    studio: Studio,
) -> None:
    """Somebody who knows the address calls with a wrong job while our submission is unanswered."""
    studio.generator.faults.add(Fault(where="create", kind="delay", seconds=0.5))
    studio.generator.hold()
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.generator.jobs)
    (job,) = studio.generator.jobs.values()
    async with httpx.AsyncClient() as client:
        answer = await client.post(job.callback_url or "", json={"data": {"taskId": "f" * 32}})
    assert answer.status_code == 200
    await eventually(lambda: any(call.method == "sendMessage" for call in studio.telegram.calls))
    studio.generator.release()
    await one_picture_one_job(studio)
