"""What recordInfo says, by literals of its documentation and of recorded traffic.

https://docs.kie.ai/market/common/get-task-detail
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Failure, Reason, Refused, Transient
from bot.nanobanana import wire
from bot.neighbours import JobState, Record

JOB = "3f9c0a7be2d14c58a6f1e0b97d24c8aa"
RESULT = f"https://tempfile.aiquickdraw.com/p/{JOB}_1_1791201612_4821.png"
CALLBACK = "https://shop.example/kie/callback"
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
PARAM = (
    '{"input":"{\\"prompt\\":\\"A red apple\\",\\"aspect_ratio\\":\\"1:1\\"}",'
    f'"callBackUrl":"{CALLBACK}","model":"google/nano-banana"}}'
)
RUNNING = Record(state=JobState.RUNNING)
DONE = Record(state=JobState.DONE, result=RESULT)
CUT = "half a pair \ud83c"


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def record(**data: Any) -> Record:
    return wire.read_record(200, body(code=200, msg="success", data={"taskId": JOB, **data}))


@pytest.mark.parametrize("state", ["waiting", "queuing", "generating", "dreaming", None, 3])
def test_any_state_but_the_two_ends_is_still_running(state: Any) -> None:
    assert record(state=state, resultJson="", failCode=None) == RUNNING


@pytest.mark.parametrize(
    "data",
    [
        {"resultJson": json.dumps({"resultUrls": [RESULT]})},
        {"resultJson": {"resultUrls": [RESULT]}},
        {"resultJson": "", "response": {"resultUrls": [RESULT]}},
        {"resultJson": None, "response": json.dumps({"resultUrls": [RESULT, "b"]})},
    ],
)
def test_a_result_is_found_as_text_and_as_object_and_in_response(data: dict[str, Any]) -> None:
    assert record(state="success", **data) == DONE


@pytest.mark.parametrize(
    "found", ["", None, "{}", '{"resultUrls":[]}', '{"resultUrls":[7]}', "nonsense", [RESULT], 7]
)
def test_a_success_without_its_result_is_not_there_yet(found: Any) -> None:
    assert record(state="success", resultJson=found, response=found) == RUNNING


def test_the_callback_address_is_read_from_the_doubly_encoded_request() -> None:
    assert record(state="waiting", param=PARAM).callback == CALLBACK
    assert record(state="waiting", param=json.loads(PARAM)).callback == CALLBACK
    assert record(state="waiting", param="{...}").callback is None


@pytest.mark.parametrize("code", ["501", 501, None, "", "GENERATION_FAILED", {"a": 1}, True])
def test_a_failed_job_is_read_whatever_its_fail_code_is_made_of(code: Any) -> None:
    found = record(state="fail", failCode=code, failMsg=None, resultJson=None, param="{...}")
    assert found.state is JobState.FAILED
    assert isinstance(found.failure, Transient)


def test_a_failed_job_tells_why() -> None:
    found = record(state="fail", failCode=422, failMsg="CONTENT_POLICY_BLOCKED: ...")
    assert isinstance(found.failure, Refused)
    assert found.failure.reason is Reason.FILTERED


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"code": 422, "msg": "recordInfo is null", "data": None}),
        (200, {"code": 404, "msg": "Task not found"}),
        (404, {"code": 404, "message": "Task not found", "data": None}),
    ],
)
def test_an_unknown_job_is_no_failure_of_ours(status: int, answer: dict[str, Any]) -> None:
    assert wire.read_record(status, json.dumps(answer).encode()).state is JobState.UNKNOWN


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (502, HTML),
        (404, HTML),
        (200, body(code=200, msg="success", data=None)),
        (200, body(code=500, msg="Server exception")),
        (200, body(code=408, msg="upstream")),
        (200, body(code=401, msg="Unauthorized")),
        (200, b'{"code":Infinity}'),
        (200, body(code="two hundred")),
    ],
)
def test_an_answer_that_says_nothing_about_the_job_is_asked_for_again(
    status: int, answer: bytes
) -> None:
    with pytest.raises(Transient):
        wire.read_record(status, answer)


def test_half_a_surrogate_pair_never_gets_to_where_it_cannot_be_written() -> None:
    found = record(state="success", response={"resultUrls": [CUT]}, param={"callBackUrl": CUT})
    failed = record(state="fail", failMsg=CUT, failCode=CUT).failure
    created = wire.read_created(200, body(code=200, data={"taskId": CUT}))
    uploaded = wire.read_uploaded(200, body(code=200, data={"downloadUrl": CUT}))
    assert failed is not None
    for text in (found.result, found.callback, failed.detail, created, uploaded):
        assert text is not None
        assert text.encode().startswith(b"half a pair ?") or "half a pair ?" in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "code",
                    "msg",
                    "data",
                    "taskId",
                    "state",
                    "failCode",
                    "failMsg",
                    "resultJson",
                    "response",
                    "resultUrls",
                    "param",
                    "callBackUrl",
                    "downloadUrl",
                    "x",
                ]
            ),
            inner,
            max_size=6,
        )
        | inner.map(json.dumps)
    ),
    max_leaves=12,
)
ANSWERS = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
LONG = "9" * 5000


READERS = (
    wire.read_created,
    wire.read_record,
    lambda status, answer, _: wire.read_uploaded(status, answer),
)


def outcome(read: Callable[..., Any], *answer: Any) -> Any:
    """What was read, or the Failure; any other exception is the test's."""
    try:
        return read(*answer)
    except Failure as failure:
        return failure


@settings(deadline=None)
@given(status=st.integers(100, 599), answer=ANSWERS, header=st.none() | st.text(max_size=12))
def test_no_answer_is_too_strange_to_be_read(status: int, answer: bytes, header: str) -> None:
    for read in READERS:
        assert str(outcome(read, status, answer, header)).encode()


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"code":' + LONG.encode() + b"}",
        body(code=LONG),
        body(code=200, data={"state": "fail", "failCode": LONG}),
        body(code=200, data={"state": "success", "resultJson": "[" * 100_000}),
    ],
)
def test_an_answer_made_to_break_a_reader_does_not(answer: bytes) -> None:
    for read in READERS:
        assert isinstance(outcome(read, 200, answer, None), Failure | Record)
