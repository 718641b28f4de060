"""How the generator of the sandbox calls back, and how that goes wrong.

Callbacks are signed, and retried as kie.ai documents it for its other families: 15 s, 3 retries.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from yarl import URL

from bot.sandbox.answers import MALFORMED
from bot.sandbox.jobs import Job, callback_body

SHAPES = ("old_shape", "task_id", "webhook_page", "short")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSent:
    """One POST to a door. status 0: no answer (refused, or no answer in time)."""

    job_id: str
    url: str
    status: int
    attempt: int
    forged: bool = False


def signature(key: str, task_id: str, timestamp: str) -> str:
    """X-Webhook-Signature: base64 of HMAC-SHA256 over "taskId.timestamp"; the body is not in it."""
    text = f"{task_id}.{timestamp}".encode()
    return base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


def forged_addresses(address: str) -> list[str]:
    """The door with one thing wrong each: every value of the query, or else the end of the path."""
    url = URL(address)
    if not url.query:
        return [str(url.parent / (url.name[::-1] + "x"))]
    spoilt = [url.update_query({name: value[::-1] + "x"}) for name, value in url.query.items()]
    return [str(door) for door in (*spoilt, url.with_query(None))]


class Caller:
    """Calls back when a job has ended. `log` gets every callback sent."""

    def __init__(
        self,
        key: str | None,
        timeout: float,
        retry_seconds: Sequence[float],
        log: Callable[[CallbackSent], None],
    ) -> None:
        self._key, self._log = key, log
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._pauses = (0.0, *retry_seconds)
        self._session: aiohttp.ClientSession

    async def open(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._session.close()

    async def deliver(self, job: Job) -> None:
        """POST the end of this job until a 2xx answer or the last retry, as its fault wants it."""
        if job.callback_url is None:
            return
        kind = job.callback.kind if job.callback else ""
        if job.callback:
            await job.callback.hold_up()
        shape = kind if kind in SHAPES else ""
        body = MALFORMED if kind == "malformed" else json.dumps(callback_body(job, shape))
        if kind == "forged":
            await self._forge(job)
        if kind == "doubled":
            await asyncio.gather(self._insist(job, body), self._insist(job, body))
        elif kind != "lost":
            await self._insist(job, body)

    async def _insist(self, job: Job, body: str) -> None:
        for attempt, pause in enumerate(self._pauses, start=1):
            await asyncio.sleep(pause)
            status = await self._post(job, str(job.callback_url), body, self._headers(job))
            sent = CallbackSent(
                job_id=job.id, url=str(job.callback_url), status=status, attempt=attempt
            )
            self._log(sent)
            if 200 <= status < 300:
                return

    async def _forge(self, job: Job) -> None:
        """Claim an end that is not true, at every spoilt address and with a wrong signature."""
        lie = {"taskId": job.id, "state": "fail", "failCode": "500", "failMsg": "forged"}
        body = json.dumps({"code": 501, "msg": "Playground task failed.", "data": lie})
        doors = [(door, self._headers(job)) for door in forged_addresses(str(job.callback_url))]
        if self._key is not None:
            wrong = self._headers(job, key=self._key[::-1] + "x")
            doors.append((str(job.callback_url), wrong))
        for door, headers in doors:
            status = await self._post(job, door, body, headers)
            self._log(CallbackSent(job_id=job.id, url=door, status=status, attempt=1, forged=True))

    def _headers(self, job: Job, *, key: str | None = None) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._key is None:
            return headers
        timestamp = str(int(time.time()))
        signed = signature(key or self._key, job.id, timestamp)
        return headers | {"X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": signed}

    async def _post(self, job: Job, door: str, body: str, headers: Mapping[str, str]) -> int:
        url = URL(door, encoded=door == job.callback_url)
        try:
            async with self._session.post(
                url,
                data=body.encode(),
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
