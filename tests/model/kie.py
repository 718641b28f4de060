"""The generator with a life of its own: jobs run, end, get lost and call back as planned."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import Failure, Gone, Reason, Refused, Transient, Unclear
from bot.neighbours import JobState, Record, Write
from bot.patience import Patience
from bot.prompt import Order
from bot.setbacks import SUBMISSIONS_MAX
from tests.fakes import Troubled
from tests.model.disk import BROKEN
from tests.model.leaping import LeapingLoop
from tests.model.ledger import Ledger
from tests.model.life import PICTURE, Life

BUSY = Transient(Reason.OVERLOADED, "455")
FLOOD = Transient(Reason.OVERLOADED, "429", retry_after=40)
FILTERED = Refused(Reason.FILTERED, "flagged")
DAY = 86_400.0
UNFORESEEN = ValueError("nobody foresaw this")


class Ending(StrEnum):
    DONE = "done"
    BROKEN = "broken"
    REFUSED = "refused"
    FORGOTTEN = "forgotten"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a job. `calls` are seconds from its end, before it where negative;
    `hidden` is for how long lookups do not see it yet, `delay` what the answer to createTask takes.
    """

    ending: Ending = Ending.DONE
    seconds: float = 12.0
    calls: tuple[float, ...] = (0.0,)
    hidden: float = 0.0
    delay: float = 0.0


@dataclass(slots=True)
class Job:
    id: str
    picture: str
    prompt: str
    plan: Plan
    made_at: float
    callback: str | None
    # Lookups that failed when it was older than a day.
    asked_in_vain: int = 0

    @property
    def ends_at(self) -> float:
        return self.made_at + self.plan.seconds


@dataclass
class Kie(Troubled):
    """Fits `neighbours.Generator`. `call` brings a callback to whoever is alive."""

    loop: LeapingLoop
    ledger: Ledger
    patience: Patience
    call: Callable[[str, str], Awaitable[bool]]
    life: Life | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    plans: deque[Plan] = field(default_factory=deque)
    references: list[tuple[str, str]] = field(default_factory=list)
    calling: dict[asyncio.Task[None], float] = field(default_factory=dict)
    expired: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def turn(self) -> None:
        await self.life.gate()

    async def submit(self, order: Order, addresses: Sequence[str], callback: str | None) -> str:
        picture = PICTURE.get()
        if callback and picture not in callback:
            self.ledger.wrong.append(f"{picture} is to be called back at {callback}")
        self.references += [(order.prompt, one) for one in addresses]
        await self.life.gate()
        plan = self.plans.popleft() if self.plans else Plan()
        self._may_submit(picture, heard=callback is not None)
        lost = None
        try:
            self._meet("submit")
        except Unclear as failure:
            lost = failure
        job = self._start(picture, order, plan, callback)
        if lost:
            raise lost
        await asyncio.sleep(plan.delay)
        await self.life.gate()
        return job.id

    async def look_up(self, job: str) -> Record:
        await self.life.gate()
        known = self.jobs.get(job)
        try:
            self._meet("look_up")
        except Exception:
            if known and self.loop.time() > known.made_at + DAY:
                known.asked_in_vain += 1
            raise
        if known is None or known.plan.ending is Ending.FORGOTTEN:
            return Record(state=JobState.UNKNOWN)
        if self.loop.time() < known.made_at + known.plan.hidden:
            return Record(state=JobState.UNKNOWN)
        await self.life.gate()
        return self._record(known)

    async def upload(self, name: str, content: bytes) -> str:
        await self.life.gate()
        self._meet("upload")
        return f"https://uploads.test/{name}/{content.decode()}"

    async def renew(self, result: str) -> str:
        await self.life.gate()
        self._meet("renew")
        return self._address(result.split("/")[3])

    async def fetch(self, result: str, write: Write) -> None:
        await self.life.gate()
        self._meet("fetch")
        _, _, _, job, age = result.split("/")
        if self._troubles["expire"]:
            self._troubles["expire"].popleft()
            self.expired += 1
        if int(age) < self.expired:
            raise Gone(Reason.BAD_RESULT, "HTTP 403")
        if self._troubles["bytes"]:
            self._troubles["bytes"].popleft()
            await write(BROKEN)
        else:
            await write(job.encode())

    # --- behind the counter --------------------------------------------------------------

    def _may_submit(self, picture: str, *, heard: bool) -> None:
        """Nothing may be paid again while the bot could know of the job it has."""
        now, wait = self.loop.time(), self.patience.unclear if heard else self.patience.poll
        mine = [job for job in self.jobs.values() if job.picture == picture]
        if picture in self.ledger.lied_about:
            return
        if len(mine) >= SUBMISSIONS_MAX:
            self.ledger.wrong.append(f"{picture} gets its job number {len(mine) + 1}")
        for job in mine:
            over = job.plan.ending in (Ending.BROKEN, Ending.REFUSED, Ending.FORGOTTEN)
            if over:
                continue
            if job.id in self.ledger.known_jobs[picture]:
                self.ledger.wrong.append(f"{picture} is paid again, {job.id} was written down")
            elif now < job.made_at + wait - 0.001:
                self.ledger.wrong.append(f"{picture} is paid again, {job.id} was not waited for")

    def _start(self, picture: str, order: Order, plan: Plan, callback: str | None) -> Job:
        job = Job(
            id=f"job-{len(self.jobs) + 1}",
            picture=picture,
            prompt=order.prompt,
            plan=plan,
            made_at=self.loop.time(),
            callback=callback,
        )
        self.jobs[job.id] = job
        if callback and plan.ending is not Ending.NEVER:
            for after in plan.calls:
                self._call_at(max(job.ends_at + after, job.made_at), job)
        return job

    def _call_at(self, moment: float, job: Job) -> None:
        async def call() -> None:
            await asyncio.sleep(moment - self.loop.time())
            # Three tries like the real one, a minute apart.
            for _ in range(3):
                if await self.call(job.picture, job.id):
                    return
                self.calling[asyncio.current_task()] = self.loop.time() + 60
                await asyncio.sleep(60)

        task = self.loop.create_task(call())
        self.calling[task] = moment
        task.add_done_callback(self.calling.pop)

    def _record(self, job: Job) -> Record:
        ending = job.plan.ending
        if ending is Ending.NEVER or self.loop.time() < job.ends_at:
            return Record(state=JobState.RUNNING, callback=job.callback)
        if ending is Ending.DONE:
            result = self._address(job.id)
            return Record(state=JobState.DONE, result=result, callback=job.callback)
        failure: Failure = BUSY if ending is Ending.BROKEN else FILTERED
        return Record(state=JobState.FAILED, failure=failure, callback=job.callback)

    def _address(self, job: str) -> str:
        return f"https://results.test/{job}/{self.expired}"
