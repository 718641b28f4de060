"""What a Nano Banana job is, its life, and what the world is told about it.

Pure: no I/O, no clock. The shapes of records and callbacks are those recorded in autumn 2026.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from bot.sandbox import contract
from bot.sandbox.job_faults import Fault, Faults

__all__ = ["Fault", "Faults", "Job", "callback_body", "record"]

State = Literal["waiting", "generating", "success", "fail"]


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
