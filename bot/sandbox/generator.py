"""Nano Banana played on this machine: api.kie.ai, its upload host and its files, on one port.

Checks go key 401, rate 429, model 422, parameters 500, credits 402, in HTTP 200 answers. `faults`
says what goes wrong next; `jobs`, `requests`, `callbacks` and `problems` say what happened, and
`too_fast` how many createTask calls the rate has refused.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Self
from urllib.parse import quote, unquote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot import serving
from bot.sandbox import contract, jobs, painter
from bot.sandbox.answers import answer, cut, disturb, refuse
from bot.sandbox.callbacks import CallbackSent, Caller
from bot.sandbox.fetching import Fetcher
from bot.sandbox.job_faults import ADDRESS_FAULTS, LATE_FAULTS, Faults
from bot.sandbox.jobs import Job
from bot.sandbox.rate import Limit
from bot.sandbox.served import ServedFile, send_file

now = partial(datetime.now, UTC)


class GeneratorServer:
    """`async with GeneratorServer(api_key="…") as server: server.url`.

    rate: createTask calls per seconds (recordInfo: 10 per second and task); None: no limits.
    """

    def __init__(
        self,
        *,
        api_key: str,
        webhook_key: str | None = None,
        seconds_per_job: float = 0.2,
        balance: float = 5454.65,
        rate: tuple[int, float] | None = (20, 10.0),
        callback_timeout: float = 15.0,
        callback_retry_seconds: Sequence[float] = (1.0, 5.0, 15.0),
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.url = ""
        self.balance, self.seconds_per_job = balance, seconds_per_job
        self.faults = Faults()
        self.jobs: dict[str, Job] = {}
        self.requests: list[contract.Request] = []
        self.callbacks: list[CallbackSent] = []
        self.problems: list[str] = []
        self.too_fast = 0
        self._api_key = api_key
        self._clock = clock
        self._limits = (Limit(*rate), Limit(10, 1.0)) if rate else None
        retries = callback_retry_seconds
        self._caller = Caller(webhook_key, callback_timeout, retries, self._called_back)
        self._fetcher = Fetcher()
        self._files: dict[str, ServedFile] = {}
        self._lives: set[asyncio.Task[None]] = set()
        self._changed, self._released = asyncio.Event(), asyncio.Event()
        self.release()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._door], client_max_size=128 * 1024 * 1024)
        app.router.add_post("/api/v1/jobs/createTask", self._create)
        app.router.add_get("/api/v1/jobs/recordInfo", self._record)
        app.router.add_get("/api/v1/chat/credit", self._credit)
        app.router.add_post("/api/v1/common/download-url", self._download_url)
        app.router.add_post("/api/file-{kind:stream|base64|url}-upload", self._upload)
        app.router.add_get("/{path:.+}", self._file)
        await self._caller.open()
        await self._fetcher.open()
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        await serving.end(self._runner)
        await self._caller.close()
        await self._fetcher.close()

    @property
    def paid(self) -> float:
        """Credits held or consumed by jobs that did not fail."""
        return sum(job.credits for job in self.jobs.values())

    def hold(self) -> None:
        """Keep every job that has not ended in `generating` until `release`."""
        self._released.clear()

    def release(self) -> None:
        self._released.set()

    async def wait_for(self, predicate: Callable[[], object], seconds: float = 30.0) -> None:
        """Until the predicate holds; it is asked whenever something happens here. TimeoutError."""
        async with asyncio.timeout(seconds):
            while not predicate():
                await self._changed.wait()

    def _happened(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _called_back(self, sent: CallbackSent) -> None:
        self.callbacks.append(sent)
        self._happened()

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(await contract.read(request))
        self._happened()
        key = request.headers.get("Authorization")
        inside = request.path.startswith("/api/")
        if inside and key != f"Bearer {self._api_key}":
            self.problems.append(f"Authorization: wrong or missing at {request.path}")
            return refuse(request, 401)
        if not inside and key is not None:
            self.problems.append(f"Authorization: the key was shown to {request.path}")
        return await handler(request)

    async def _create(self, request: web.Request) -> web.Response:
        body = (await contract.read(request)).fields
        problems = contract.check(body, request.content_type)
        self.problems += [str(problem) for problem in problems]
        if self._limits and not self._limits[0].allows("", self._clock().timestamp()):
            self.too_fast += 1
            return refuse(request, 429)
        fault = self.faults.take("create", contract.prompt(body))
        late = fault if fault and fault.kind in LATE_FAULTS else None
        if not late and (broken := await disturb(request, fault)):
            return broken
        if problems and problems[0].code:
            return refuse(request, problems[0].code, problems[0].message)
        if contract.price(body) > self.balance:
            return refuse(request, 402)
        job = Job.accept(body, self.faults, self._clock())
        self.balance -= job.price
        self.jobs[job.id] = job
        life = asyncio.create_task(self._live(job))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        self._happened()
        if job.callback and job.callback.kind == "early":
            calls = self.callbacks
            await self.wait_for(lambda: life.done() or job.id in {c.job_id for c in calls}, 600)
        if late:
            await late.hold_up()
        ids = {"taskId": job.id, "recordId": job.id}
        if late and late.kind == "lost":
            return cut(request)
        if late and late.kind == "code_and_id":
            return refuse(request, int(late.code), late.message, ids)
        return answer(ids)

    async def _live(self, job: Job) -> None:
        await asyncio.sleep(self.seconds_per_job / 4)
        job.start(self._clock())
        self._happened()
        trouble = await self._fetcher.fetch_references(job)
        await asyncio.sleep(self.seconds_per_job * 3 / 4)
        if job.outcome:
            await job.outcome.hold_up()
        await self._released.wait()
        if job.outcome and job.outcome.kind == "fail":
            trouble = str(job.outcome.code), job.outcome.text or contract.INTERNAL_ERROR
        if trouble is None:
            try:
                job.succeed(self._clock(), await self._paint(job))
            except painter.UNREADABLE:
                trouble = "422", contract.UNAVAILABLE
        if trouble:
            job.fail(self._clock(), *trouble)
            self.balance += job.price
        self._happened()
        await self._caller.deliver(job)
        self._happened()

    async def _paint(self, job: Job) -> str:
        fault = self.faults.take("result", job.prompt, only=ADDRESS_FAULTS)
        if fault and fault.kind == "address":
            return fault.text
        wish = contract.wish(job.model, job.input)
        content = await asyncio.to_thread(
            painter.paint, job.prompt, references=job.references, job_id=job.id, **wish
        )
        ending = (fault.text or "txt") if fault else wish["file_format"]
        stamp = f"{int(self._clock().timestamp())}_{secrets.randbelow(9000) + 1000}"
        return self._keep(f"/p/{job.id}_1_{stamp}.{ending}", content, job)

    def _keep(self, path: str, content: bytes, job: Job | None = None) -> str:
        kind = contract.image_type(content) or "application/octet-stream"
        self._files[path] = ServedFile(content=content, content_type=kind, job=job)
        return self.url + quote(path)

    async def _record(self, request: web.Request) -> web.Response:
        task_id = request.query.get("taskId", "")
        if self._limits and not self._limits[1].allows(task_id, self._clock().timestamp()):
            return refuse(request, 429)
        if not task_id:
            return refuse(request, 400, "taskId parameter is required")
        if (job := self.jobs.get(task_id)) is None:
            return refuse(request, 422, "recordInfo is null")
        skip = () if job.state == "success" else ("empty",)
        fault = self.faults.take("record", job.prompt, skip=skip)
        empty = fault is not None and fault.kind == "empty"
        return await disturb(request, fault) or answer(jobs.record(job, empty=empty))

    async def _credit(self, _request: web.Request) -> web.Response:
        return answer(float(self.balance))

    async def _download_url(self, request: web.Request) -> web.Response:
        address = str(((await contract.read(request)).fields or {}).get("url"))
        if unquote(address.removeprefix(self.url)) not in self._files:
            return refuse(request, 422, "url is wrong")
        return answer(f"{address}?expires={int(self._clock().timestamp()) + 1200}")

    async def _upload(self, request: web.Request) -> web.Response:
        if broken := await disturb(request, self.faults.take("upload")):
            return broken
        source, trouble = contract.UPLOADS[request.match_info["kind"]]
        fields = (await contract.read(request)).fields or {}
        problem = contract.upload_problem(fields, source)
        self.problems += [str(problem)] if problem else []
        if problem and problem.code:
            return refuse(request, problem.code, problem.message)
        content = await self._fetcher.uploaded(fields[source], source)
        if content is None:
            return refuse(request, 400, trouble)
        name = fields.get("fileName") or secrets.token_hex(8)
        path = f"kieai/100200/{fields['uploadPath'].strip('/')}/{name}"
        data = contract.uploaded(self._keep(f"/{path}", content), path, content, self._clock())
        return answer(data, msg="File uploaded successfully", success=True)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if (file := self._files.get(request.path)) is None:
            return web.Response(status=404, text="Not Found")
        job, skip = file.job, ADDRESS_FAULTS
        fault = self.faults.take("result", job.prompt, skip=skip) if job else None
        return await send_file(request, file, fault)
