"""The language of kie.ai's job API: what we send, what comes back, and what it means. No I/O.

The signal is the `code` in the body, not the HTTP status: errors normally come as HTTP 200.
https://docs.kie.ai/market/common/get-task-detail
"""

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from bot import models
from bot.errors import Reason, Transient, Unclear
from bot.nanobanana.verdicts import verdict_on_job, verdict_on_request
from bot.neighbours import JobState, Record
from bot.prompt import Order

# A success that names no job, and what gateways say who do not know what happened behind them.
_ANSWERS_OF_NOBODY = (200, 502, 503, 504)

# A header that asks for more patience than this, in seconds, is a mistake.
_RETRY_AFTER_MAX = 3600.0


def api_root(url: str) -> str:
    """The base address. `https://api.kie.ai/nano-banana` is how some write the same."""
    return url.rstrip("/").removesuffix("/nano-banana").rstrip("/")


def create_body(order: Order, addresses: Sequence[str], callback: str | None) -> dict[str, Any]:
    """The body of createTask, with each field spelt as this model wants it."""
    model = models.CATALOGUE[order.model]
    asked: dict[str, Any] = {"prompt": order.prompt, "aspect_ratio": order.ratio}
    if model.references_field and addresses:
        asked[model.references_field] = list(addresses)
    if model.takes_resolution:
        asked["resolution"] = order.size.upper()
    if order.format:
        asked["output_format"] = model.formats[order.format]
    body: dict[str, Any] = {"model": model.id, "input": asked}
    if callback:
        body["callBackUrl"] = callback
    return body


def read_created(status: int, body: bytes, retry_after: str | None = None) -> str:
    """The job's id from the answer to createTask.

    Raises Unclear where there may be a job, Transient or Refused where there is none.
    """
    answer = _object(body)
    job = _data(answer).get("taskId")
    if isinstance(job, str) and job:
        # Seen in the wild with error codes too: a job with an id is a job.
        return _words(job)
    if answer is None or "code" not in answer:
        if status == 429:
            raise Transient(Reason.OVERLOADED, "HTTP 429", retry_after=_seconds(retry_after))
        raise Unclear(Reason.OVERLOADED, f"HTTP {status} without a readable answer")
    if _code(answer) in _ANSWERS_OF_NOBODY:
        raise Unclear(Reason.OVERLOADED, f"{_code(answer)} without data.taskId")
    raise verdict_on_request(_code(answer), _message(answer), _seconds(retry_after))


def read_record(status: int, body: bytes, retry_after: str | None = None) -> Record:
    """What recordInfo says about a job. Raises Transient when it says nothing."""
    answer = _object(body)
    if answer is None or "code" not in answer:
        wait = _seconds(retry_after)
        raise Transient(
            Reason.OVERLOADED, f"HTTP {status} without a readable answer", retry_after=wait
        )
    code, message, data = _code(answer), _message(answer), _data(answer)
    if code == 404 or (code == 422 and not data):
        return Record(state=JobState.UNKNOWN)
    if code != 200 or not data:
        reason = Reason.NO_ACCESS if code == 401 else Reason.OVERLOADED
        raise Transient(reason, f"{code} {message}", retry_after=_seconds(retry_after))
    callback = _object_in(data.get("param")).get("callBackUrl")
    callback = _words(callback) or None
    state = data.get("state")
    if state == "success" and (result := _result(data)):
        return Record(state=JobState.DONE, result=result, callback=callback)
    if state == "fail":
        failure = verdict_on_job(_words(data.get("failCode")), _words(data.get("failMsg")))
        return Record(state=JobState.FAILED, failure=failure, callback=callback)
    # A state nobody has heard of is one more way of saying "not yet".
    return Record(state=JobState.RUNNING, callback=callback)


def read_data(status: int, body: bytes) -> Any:
    """`data` of any other answer. Raises Transient or Refused."""
    answer = _object(body)
    if answer is None or "code" not in answer:
        raise Transient(Reason.OVERLOADED, f"HTTP {status} without a readable answer")
    if _code(answer) != 200:
        raise verdict_on_request(_code(answer), _message(answer), None)
    return answer.get("data")


def read_uploaded(status: int, body: bytes) -> str:
    """The address of an uploaded file. Raises Transient or Refused."""
    data = read_data(status, body)
    address = data.get("downloadUrl") if isinstance(data, dict) else None
    if not isinstance(address, str) or not address:
        raise Transient(Reason.OVERLOADED, "an upload without an address")
    return _words(address)


def read_callback(body: bytes) -> str:
    """The job a callback is about; nothing else in it is believed.

    Understands today's body, its older forms, and the short `task_id`, `status`, `output` one.
    Raises ValueError with what is wrong. https://docs.kie.ai/common-api/webhook-verification
    """
    answer = _object(body)
    if answer is None:
        raise ValueError("the body is not a JSON object")
    data = _data(answer)
    found = {
        place[name]
        for place in (data, answer)
        for name in ("taskId", "task_id")
        if isinstance(place.get(name), str) and place[name]
    }
    if len(found) != 1:
        what = "data.taskId is missing" if not found else "the body names two different tasks"
        raise ValueError(what)
    job: str = found.pop()
    if len(job) > 200 or not job.isprintable():
        raise ValueError("data.taskId is not an id")
    return job


def signature(key: str, job: str, timestamp: str) -> str:
    """`X-Webhook-Signature` for a job and `X-Webhook-Timestamp`.

    https://docs.kie.ai/common-api/webhook-verification
    """
    message = f"{job}.{timestamp}".encode(errors="surrogatepass")
    return base64.b64encode(hmac.digest(key.encode(), message, hashlib.sha256)).decode()


def is_signed(key: str, job: str, timestamp: str | None, signed: str | None) -> bool:
    """Whether a callback carries kie's signature. In constant time.

    The age of the timestamp is not judged: nobody knows whether a retry gets a new one, and a
    repeat has no effect anyway.
    """
    expected = signature(key, job, timestamp or "")
    given = (signed or "").encode(errors="surrogatepass")
    same = hmac.compare_digest(expected.encode(), given)
    return same and bool(timestamp)


def _result(data: Mapping[str, Any]) -> str | None:
    for place in (data.get("response"), data.get("resultJson")):
        urls = _object_in(place).get("resultUrls")
        if isinstance(urls, list) and urls and isinstance(urls[0], str):
            return _words(urls[0])
    return None


def _object(body: bytes | str) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _object_in(value: Any) -> Mapping[str, Any]:
    """An object that may have come as text."""
    if isinstance(value, str):
        return _object(value) or {}
    return value if isinstance(value, dict) else {}


def _data(answer: Mapping[str, Any] | None) -> Mapping[str, Any]:
    data = (answer or {}).get("data")
    return data if isinstance(data, dict) else {}


def _code(answer: Mapping[str, Any]) -> int:
    try:
        return int(answer["code"])
    except (KeyError, OverflowError, TypeError, ValueError):
        return 500


def _message(answer: Mapping[str, Any]) -> str:
    return _words(answer.get("msg") or answer.get("message"))[:200]


def _words(value: Any) -> str:
    """A text or number as text that can be stored: JSON may hold half a surrogate pair."""
    if not value or not isinstance(value, str | int | float):
        return ""
    return str(value).encode(errors="replace").decode()


def _seconds(retry_after: str | None) -> float | None:
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return min(max(seconds, 0.0), _RETRY_AFTER_MAX) if math.isfinite(seconds) else None
