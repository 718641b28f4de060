"""Callbacks: whose they are, in every shape they come in, and what proves it.

https://docs.kie.ai/common-api/webhook-verification
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nanobanana import wire
from bot.sandbox import jobs

JOB = "3f9c0a7be2d14c58a6f1e0b97d24c8aa"
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
KEY, TIMESTAMP = "test-webhook-key", "1791201600"
SIGNATURE = "Cn8eZYUDcHInXaB/6XsS34KsPRY66APbOL0AADxWlis="

SUCCESS = {
    "code": 200,
    "msg": "Playground task completed successfully.",
    "data": {
        "taskId": JOB,
        "model": "google/nano-banana",
        "state": "success",
        "param": '{"input":"{\\"prompt\\":\\"A red apple\\"}","model":"google/nano-banana"}',
        "resultJson": '{"resultUrls":["https://tempfile.aiquickdraw.com/as/x.png"]}',
        "creditsConsumed": 4,
        "costTime": 11,
        "createTime": 1791201600000,
        "completeTime": 1791201612000,
        "updateTime": 1791201612000,
    },
}
FAILURE = {
    "code": 501,
    "msg": "Playground task failed.",
    "data": {
        "taskId": JOB,
        "model": "google/nano-banana",
        "state": "fail",
        "resultJson": None,
        "failCode": "500",
        "failMsg": "Internal server error",
        "creditsConsumed": 0,
    },
}
YEAR_2025 = {
    "code": 200,
    "message": "ok",
    "data": {
        "taskId": JOB,
        "state": "success",
        "param": {"input": {"prompt": "A red apple"}},
        "consumeCredits": 4,
        "remainedCredits": 100,
    },
}
WEBHOOK_PAGE = {
    "taskId": JOB,
    "code": 200,
    "msg": "Success",
    "data": {"task_id": JOB, "callbackType": "task_completed"},
}
TASK_ID = {"code": 200, "msg": "ok", "data": {"task_id": JOB, "state": "success"}}
SHORT = {
    "task_id": JOB,
    "status": "completed",
    "output": {"image_url": "https://tempfile.aiquickdraw.com/as/x.png"},
}


@pytest.mark.parametrize("body", [SUCCESS, FAILURE, YEAR_2025, WEBHOOK_PAGE, TASK_ID, SHORT])
def test_every_known_shape_names_its_job(body: dict[str, Any]) -> None:
    assert wire.read_callback(json.dumps(body).encode()) == JOB


@pytest.mark.parametrize("shape", ["", "old_shape", "task_id", "webhook_page", "short"])
@pytest.mark.parametrize("state", ["success", "fail"])
def test_every_shape_the_sandbox_sends_is_understood(shape: str, state: str) -> None:
    job = jobs.Job.accept(
        {"model": "google/nano-banana", "input": {"prompt": "x"}}, jobs.Faults(), NOW
    )
    job.start(NOW)
    if state == "success":
        job.succeed(NOW, "https://tempfile.aiquickdraw.com/as/x.png")
    else:
        job.fail(NOW, "500", "Internal server error")
    assert wire.read_callback(json.dumps(jobs.callback_body(job, shape)).encode()) == job.id


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "not a JSON object"),
        (b'{"code":200,"msg":"Playground task completed succ', "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"\xff\xfe{}", "not a JSON object"),
        (b"{}", "taskId is missing"),
        (b'{"data":{"taskId":""}}', "taskId is missing"),
        (b'{"data":{"taskId":7}}', "taskId is missing"),
        (b'{"data":"taskId"}', "taskId is missing"),
        (b'{"taskId":"a","data":{"taskId":"b"}}', "two different"),
        (b'{"data":{"taskId":"a","task_id":"b"}}', "two different"),
        (b'{"task_id":"a","data":{"taskId":"b"}}', "two different"),
        (json.dumps({"data": {"taskId": "x" * 201}}).encode(), "not an id"),
        (b'{"data":{"taskId":"a\\nb"}}', "not an id"),
        (b'{"data":{"taskId":"\\ud800"}}', "not an id"),
        (b"[" * 100_000, "not a JSON object"),
    ],
)
def test_what_names_no_job_is_refused_with_the_reason(body: bytes, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        wire.read_callback(body)


IDS = st.one_of(st.none(), st.integers(), st.text(st.characters(codec=None), max_size=4))
NAMED = st.dictionaries(st.sampled_from(["taskId", "task_id", "data", "x"]), IDS)
BODIES = st.builds(lambda outer, data: outer | {"data": data}, NAMED, NAMED)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | BODIES.map(lambda one: json.dumps(one).encode()))
def test_any_bytes_are_a_job_that_can_be_written_or_a_value_error(body: bytes) -> None:
    try:
        job = wire.read_callback(body)
    except ValueError:
        return
    assert 0 < len(job.encode()) <= 800


# --- signatures ------------------------------------------------------------------------------


def test_the_signature_is_the_one_of_the_documentation() -> None:
    assert wire.signature(KEY, JOB, TIMESTAMP) == SIGNATURE
    assert wire.is_signed(KEY, JOB, TIMESTAMP, SIGNATURE)


@pytest.mark.parametrize(
    ("key", "job", "timestamp", "signature"),
    [
        ("another-key", JOB, TIMESTAMP, SIGNATURE),
        (KEY, JOB[::-1], TIMESTAMP, SIGNATURE),
        (KEY, JOB, "1791201601", SIGNATURE),
        (KEY, JOB, None, SIGNATURE),
        (KEY, JOB, "", wire.signature(KEY, JOB, "")),
        (KEY, JOB, TIMESTAMP, None),
        (KEY, JOB, TIMESTAMP, ""),
        (KEY, JOB, TIMESTAMP, SIGNATURE.rstrip("=")),
        (KEY, JOB, TIMESTAMP, SIGNATURE.swapcase()),
        (KEY, JOB, "\udcff", "\udcff"),
        (KEY, JOB, TIMESTAMP, "签名"),
    ],
)
def test_nothing_else_counts_as_signed(
    key: str, job: str, timestamp: str | None, signature: str | None
) -> None:
    assert not wire.is_signed(key, job, timestamp, signature)
