"""What a Nano Banana job is, its life, and what the world is told about it; and faults, as data.

Pure: no I/O, no clock. The shapes of records and callbacks are those recorded in autumn 2026.
"""

import json
import secrets
from collections import defaultdict, deque
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from bot.sandbox import contract

State = Literal["waiting", "generating", "success", "fail"]
Where = Literal["create", "record", "outcome", "callback", "result", "upload"]

ANSWERS = ("code", "status", "html", "malformed", "closed", "delay")
KINDS: Mapping[Where, tuple[str, ...]] = {
    "create": (*ANSWERS, "lost", "code_and_id"),
    "record": (*ANSWERS, "null", "empty"),
    "outcome": ("fail", "slow"),
    "callback": (
        *("lost", "doubled", "late", "early", "forged"),
        *("old_shape", "task_id", "webhook_page", "short", "malformed"),
    ),
    "result": (
        *("status", "html", "wrong_type", "truncated", "closed", "slow", "redirect", "huge"),
        *("wrong_extension", "address"),
    ),
    "upload": ANSWERS,
}
"""Which kinds of fault there are at each place; all wait `seconds` first.

"delay", "late" and "slow" do only that (createTask: the job is there, the answer comes late).
"code" is HTTP 200 with a body code, "status" a true HTTP status, "closed" cuts before any effect,
"lost" cuts after the job was created (create) or sends nothing (callback), "address" and
"wrong_extension" change the address of the result, the other results change what is served there.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong `times` times, for requests whose prompt contains `match`.

    code: body code, HTTP status or failCode; text: msg, failMsg or address; seconds: how late;
    retry_after: the header's seconds; size: bytes of a huge body.
    """

    where: Where
    kind: str
    times: int = 1
    code: int | str = 500
    text: str = ""
    seconds: float = 0.0
    retry_after: int | None = None
    size: int = 64 * 1024 * 1024
    match: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS[self.where]:
            raise ValueError(f"no fault {self.kind!r} at {self.where}: {KINDS[self.where]}")

    @property
    def message(self) -> str:
        return self.text or contract.MESSAGES.get(int(self.code), contract.MESSAGES[500])


class Faults:
    """The faults still to happen, in order."""

    def __init__(self) -> None:
        self._queue: list[tuple[Fault, int]] = []

    def add(self, *faults: Fault) -> None:
        self._queue += [(fault, fault.times) for fault in faults]

    def clear(self) -> None:
        self._queue.clear()

    @property
    def pending(self) -> tuple[tuple[Fault, int], ...]:
        """Each fault with how often it is still going to happen."""
        return tuple(self._queue)

    def take(
        self,
        where: Where,
        prompt: str = "",
        *,
        only: Container[str] | None = None,
        skip: Container[str] = (),
    ) -> Fault | None:
        """The next fault for this place, prompt and kind; it has then happened once."""
        for index, (fault, left) in enumerate(self._queue):
            wanted = fault.kind not in skip and (only is None or fault.kind in only)
            if fault.where == where and wanted and fault.match in prompt:
                self._queue[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None


class Limit:
    """At most `calls` per `seconds` (a sliding window); refused calls do not count."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls, self._seconds = calls, seconds
        self._windows: defaultdict[str, deque[float]] = defaultdict(deque)

    def allows(self, name: str, moment: float) -> bool:
        window = self._windows[name]
        while window and window[0] <= moment - self._seconds:
            window.popleft()
        if len(window) >= self._calls:
            return False
        window.append(moment)
        return True


@dataclass(slots=True, kw_only=True)
class Job:
    """One createTask that was accepted. `price` is held at once and given back on failure."""

    id: str
    model: str
    input: dict[str, Any]
    callback_url: str | None
    price: float
    created: datetime
    state: State = "waiting"
    started: datetime | None = None
    finished: datetime | None = None
    references: list[bytes] = field(default_factory=list)
    result_urls: list[str] = field(default_factory=list)
    fail_code: str | None = None
    fail_msg: str | None = None
    outcome: Fault | None = None
    callback: Fault | None = None

    @classmethod
    def accept(cls, body: Mapping[str, Any], faults: Faults, now: datetime) -> Self:
        """The job for a createTask body without problems, with the faults it is going to have."""
        job = cls(
            id=secrets.token_hex(16),
            model=body["model"],
            input=body["input"],
            callback_url=body.get("callBackUrl"),
            price=contract.price(body),
            created=now,
        )
        job.outcome = faults.take("outcome", job.prompt)
        job.callback = faults.take("callback", job.prompt)
        return job

    @property
    def prompt(self) -> str:
        return str(self.input.get("prompt", ""))

    @property
    def credits(self) -> float:
        return 0.0 if self.state == "fail" else self.price

    @property
    def ended(self) -> bool:
        return self.finished is not None

    def start(self, now: datetime) -> None:
        self.state, self.started = "generating", now

    def succeed(self, now: datetime, address: str) -> None:
        self.state, self.finished, self.result_urls = "success", now, [address]

    def fail(self, now: datetime, code: str, message: str) -> None:
        self.state, self.finished = "fail", now
        self.fail_code, self.fail_msg = code, message

    @property
    def cost_time(self) -> int | None:
        """Whole seconds of work, waiting excluded."""
        if self.finished is None:
            return None
        return int((self.finished - (self.started or self.created)).total_seconds())


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def milliseconds(moment: datetime | None, *, whole_seconds: bool = False) -> int | None:
    if moment is None:
        return None
    exact = int(moment.timestamp() * 1000)
    return exact // 1000 * 1000 if whole_seconds else exact


def param(job: Job, *, nested: bool = False) -> str:
    """The request, echoed: JSON whose `input` is JSON text again (a plain object until 2025)."""
    echo: dict[str, Any] = {"input": job.input if nested else compact(job.input)}
    if job.callback_url is not None:
        echo["callBackUrl"] = job.callback_url
    return compact(echo | {"model": job.model})


def record(job: Job, *, empty: bool = False) -> dict[str, Any]:
    """`data` of recordInfo; `empty`: the success whose result is not there yet."""
    urls = {"resultUrls": job.result_urls}
    flag = {"success": 1, "fail": 3}.get(job.state, 0)
    data: dict[str, Any] = {"taskId": job.id, "model": job.model, "state": job.state}
    data |= {"successFlag": flag, "param": param(job), "resultJson": ""}
    if job.state == "success" and not empty:
        data |= {"resultJson": compact(urls), "response": urls}
    data |= {"failCode": job.fail_code, "failMsg": job.fail_msg, "costTime": job.cost_time}
    if job.state != "waiting":
        data["creditsConsumed"] = float(job.credits)
    created, finished = milliseconds(job.created), milliseconds(job.finished)
    return data | {"createTime": created, "completeTime": finished}


def callback_body(job: Job, shape: str = "") -> dict[str, Any]:
    """What is posted to callBackUrl; `shape` is one of the older or undocumented ones."""
    good = job.state == "success"
    code = 200 if good else 501
    outcome = "completed successfully" if good else "failed"
    message = f"Playground task {outcome}."
    if shape == "short":
        status = "completed" if good else "failed"
        output = {"output": {"image_url": job.result_urls[0]}} if good else {"error": job.fail_msg}
        return {"task_id": job.id, "status": status} | output
    if shape == "webhook_page":
        hint = {"task_id": job.id, "callbackType": "task_completed"}
        return {"code": code, "msg": "Success", "taskId": job.id, "data": hint}
    data: dict[str, Any] = {"taskId": job.id, "model": job.model, "state": job.state}
    data["param"] = param(job, nested=shape == "old_shape")
    data["resultJson"] = compact({"resultUrls": job.result_urls}) if good else None
    if not good:
        data |= {"failCode": job.fail_code, "failMsg": job.fail_msg}
    finished = milliseconds(job.finished, whole_seconds=True)
    data |= {"creditsConsumed": int(job.credits), "costTime": job.cost_time}
    data |= {"createTime": milliseconds(job.created, whole_seconds=True)}
    data |= {"completeTime": finished, "updateTime": finished}
    if shape == "task_id":
        data["task_id"] = data.pop("taskId")
    if shape == "old_shape":
        data |= {"consumeCredits": data.pop("creditsConsumed"), "remainedCredits": 0}
        if not good:
            del data["resultJson"]
    return {"code": code, "msg": message, "data": data}
