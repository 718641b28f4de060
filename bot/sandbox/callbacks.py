"""What the generator of the sandbox sends out, and how that goes wrong: callbacks, answers, files.

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
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from bot.sandbox import contract
from bot.sandbox.contract import MESSAGES
from bot.sandbox.jobs import Fault, Job, callback_body

SHAPES = ("old_shape", "task_id", "webhook_page", "short")
HTML = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
MALFORMED = '{"code":200,"msg":"Playground task completed succ'


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
    """Calls back when a job has ended, and fetches references. `log` gets every callback sent."""

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
        await asyncio.sleep(job.callback.seconds if job.callback else 0)
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

    async def fetch_references(self, job: Job) -> tuple[str, str] | None:
        """Put the references on the job; failCode and failMsg of the first that is of no use."""
        limit = contract.image_limit(job.model)
        for address in contract.references(job.model, job.input):
            content = await self.fetch(address, limit=limit)
            trouble = contract.reference_trouble(job.model, address, content)
            if trouble is not None:
                return trouble
            job.references.append(content or b"")
        return None

    async def fetch(self, address: str, *, limit: int) -> bytes | None:
        """A reference picture, at most one byte over `limit`; None if it cannot be had."""
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with self._session.get(address, timeout=timeout) as answer:
                if answer.status != 200:
                    return None
                body = bytearray()
                async for part in answer.content.iter_chunked(1 << 16):
                    body += part
                    if len(body) > limit:
                        break
                return bytes(body[: limit + 1])
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A result or an upload, served without a key. job None: an upload."""

    content: bytes
    content_type: str
    job: Job | None = None


def answer(data: Any, msg: str = "success", **more: bool) -> web.Response:
    return web.json_response(more | {"code": 200, "msg": msg, "data": data})


def refuse(request: web.Request, code: int, message: str = "", data: Any = None) -> web.Response:
    """An error as kie.ai sends it: HTTP 200 and a body code; without `data` for a wrong key."""
    body: dict[str, Any] = {"code": code, "msg": message or MESSAGES[code]}
    if "-upload" in request.path:
        trouble = "Authentication failed: Invalid API Key" if code == 401 else body["msg"]
        body = {"success": False, "code": code, "msg": trouble}
    elif code != 401:
        body["data"] = data
    return web.json_response(body)


def cut(request: web.Request) -> web.Response:
    """Close the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def disturb(request: web.Request, fault: Fault | None) -> web.Response | None:
    """The answer this fault gives instead of the true one, if it does."""
    if fault is None:
        return None
    await asyncio.sleep(fault.seconds)
    match fault.kind:
        case "closed":
            return cut(request)
        case "html":
            return web.Response(status=502, text=HTML, content_type="text/html")
        case "malformed":
            return web.Response(text=MALFORMED, content_type="application/json")
        case "null":
            return refuse(request, 422, "recordInfo is null")
        case "code":
            return refuse(request, int(fault.code), fault.message)
        case "status":
            response = refuse(request, int(fault.code), fault.message)
            response.set_status(int(fault.code))
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
    return None


async def send_file(
    request: web.Request, file: StoredFile, fault: Fault | None
) -> web.StreamResponse:
    """The file, or what this fault makes of it."""
    kind = fault.kind if fault is not None else ""
    if fault is None:
        return web.Response(body=file.content, content_type=file.content_type)
    if kind == "redirect":
        return web.Response(status=302, headers={"Location": fault.text})
    if kind == "html":
        return web.Response(text=HTML, content_type="text/html")
    if kind == "wrong_type":
        return web.Response(body=file.content, content_type=fault.text or "text/plain")
    if kind in ("status", "closed"):
        return await disturb(request, fault) or web.Response()
    response = web.StreamResponse(headers={"Content-Type": file.content_type})
    if kind != "huge":
        response.content_length = len(file.content)
    await response.prepare(request)
    half = len(file.content) // 2
    await response.write(file.content[:half])
    if kind == "truncated":
        return cut(request)
    await asyncio.sleep(fault.seconds)
    await response.write(file.content[half:])
    for _ in range(fault.size >> 16 if kind == "huge" else 0):
        await response.write(bytes(1 << 16))
    return response
