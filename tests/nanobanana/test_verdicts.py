"""What errors mean for us, as decision tables over the codes and texts seen in practice.

https://docs.kie.ai/market/common/get-task-detail
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Reason, Refused, Transient, Unclear
from bot.nanobanana.verdicts import verdict_on_job, verdict_on_request

UNAUTHORIZED = (
    "Unauthorized – Authentication failed. Please check that your Authorization and Content-Type"
    " headers are correctly set."
)
BALANCE = (
    "Credits insufficient : Your current balance isn’t enough to run this request."
    " Please top up to continue."
)
MODEL = (
    "The model name you specified is not supported. Please verify your input and use one of the"
    " supported models provided by KIE."
)
FREQUENCY = "Your call frequency is too high. Please try again later."
SERVER = "Server exception, please try again later or contact customer service"
MAINTAINED = "The server is currently being maintained, please try again later~"
POLICY = "your prompt was flagged by website as violating content policies"
BLOCKED = "CONTENT_POLICY_BLOCKED: The input or output was flagged as sensitive."
FETCH = "Image fetch failed. Check access settings or use our File Upload API instead."
MEDIA = "Your media file is unavailable, please replace it."
UPSTREAM = "The upstream API service timed out and no results were returned, please try again."

REQUEST_TURNED_AWAY = [
    (408, "", Reason.OVERLOADED),
    (429, FREQUENCY, Reason.OVERLOADED),
    (429, "", Reason.OVERLOADED),
    (430, "", Reason.OVERLOADED),
    (500, FREQUENCY, Reason.OVERLOADED),
    (500, SERVER, Reason.OVERLOADED),
    (500, "Internal Error, Please try again later.", Reason.OVERLOADED),
    (500, UPSTREAM, Reason.OVERLOADED),
    (503, "Service Unavailable", Reason.OVERLOADED),
    (455, MAINTAINED, Reason.MAINTENANCE),
    (455, "", Reason.MAINTENANCE),
    (500, "This interface is temporarily paused.", Reason.MAINTENANCE),
    (505, "This interface is temporarily paused.", Reason.MAINTENANCE),
    (505, "", Reason.MAINTENANCE),
]
REQUEST_REFUSED = [
    (401, UNAUTHORIZED, Reason.NO_ACCESS),
    (401, "Unauthorized", Reason.NO_ACCESS),
    (401, "You do not have access permissions", Reason.NO_ACCESS),
    (402, BALANCE, Reason.NO_CREDITS),
    (402, "", Reason.NO_CREDITS),
    (433, "", Reason.NO_CREDITS),
    (500, "Credits insufficient", Reason.NO_CREDITS),
    (422, MODEL, Reason.BAD_OPTIONS),
    (422, "aspect ratio unavailable", Reason.BAD_OPTIONS),
    (422, "url is wrong", Reason.BAD_OPTIONS),
    (500, "This field is required", Reason.BAD_OPTIONS),
    (500, "prompt is required", Reason.BAD_OPTIONS),
    (500, "aspect_ratio is not within the range of allowed options", Reason.BAD_OPTIONS),
    (400, POLICY, Reason.PROMPT_REFUSED),
    (422, "Invalid prompt: prompt contains prohibited content", Reason.PROMPT_REFUSED),
    (400, FETCH, Reason.BAD_REFERENCE),
    (451, "", Reason.BAD_REFERENCE),
]
JOB_MAY_DO_BETTER = [
    ("500", "Internal Error, Please try again later."),
    ("500", UPSTREAM),
    ("500", ""),
    ("501", ""),
    ("", ""),
    ("GENERATION_FAILED", ""),
    ("422", "task id is blank"),
    ("422", ""),
    ("400", "Internal Error, Please try again later."),
    ("429", FREQUENCY),
    ("455", MAINTAINED),
    ("401", "Unauthorized"),
    ("9" * 5000, ""),
]
JOB_REFUSED = [
    ("400", FETCH, Reason.BAD_REFERENCE),
    ("422", MEDIA, Reason.BAD_REFERENCE),
    ("422", "File type not supported", Reason.BAD_REFERENCE),
    ("422", BLOCKED, Reason.FILTERED),
    ("500", BLOCKED, Reason.FILTERED),
    ("", BLOCKED, Reason.FILTERED),
    ("400", POLICY, Reason.PROMPT_REFUSED),
    ("400", "The current content could not be processed", Reason.PROMPT_REFUSED),
    ("422", "Invalid prompt: prompt contains prohibited content", Reason.PROMPT_REFUSED),
    ("402", "", Reason.NO_CREDITS),
    ("402", "Insufficient balance", Reason.NO_CREDITS),
    ("422", "aspect ratio unavailable", Reason.GENERATOR_FAILED),
]


@pytest.mark.parametrize(("code", "message", "reason"), REQUEST_TURNED_AWAY)
def test_a_request_turned_away_is_worth_repeating(code: int, message: str, reason: Reason) -> None:
    verdict = verdict_on_request(code, message, 3.0)
    assert isinstance(verdict, Transient)
    assert (verdict.reason, verdict.retry_after) == (reason, 3.0)


@pytest.mark.parametrize(("code", "message", "reason"), REQUEST_REFUSED)
def test_a_request_refused_stays_refused(code: int, message: str, reason: Reason) -> None:
    verdict = verdict_on_request(code, message, 3.0)
    assert (type(verdict), verdict.reason) == (Refused, reason)


@pytest.mark.parametrize(("code", "message"), JOB_MAY_DO_BETTER)
def test_a_job_that_broke_without_our_fault_is_worth_a_new_one(code: str, message: str) -> None:
    verdict = verdict_on_job(code, message)
    assert (type(verdict), verdict.reason) == (Transient, Reason.GENERATOR_FAILED)


@pytest.mark.parametrize(("code", "message", "reason"), JOB_REFUSED)
def test_a_job_that_was_refused_stays_refused(code: str, message: str, reason: Reason) -> None:
    verdict = verdict_on_job(code, message)
    assert (type(verdict), verdict.reason) == (Refused, reason)


@settings(deadline=None)
@given(st.integers(), st.text())
def test_an_answered_request_is_never_unclear(code: int, message: str) -> None:
    assert not isinstance(verdict_on_request(code, message, None), Unclear)


@settings(deadline=None)
@given(st.text() | st.integers().map(str), st.text(max_size=300))
def test_a_failed_job_keeps_a_short_detail_for_the_log(code: str, message: str) -> None:
    verdict = verdict_on_job(code, message)
    assert verdict.detail == f"{code} {message}"[:200]
