"""The pipeline's neighbours in memory.

Each fake behaves like the real one; trouble is put in front of it with `trouble(method, …)`.
"""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from typing import BinaryIO

from bot.credits import Payment
from bot.errors import Gone, Reason, Refused, Unclear
from bot.line import InLine, Room
from bot.neighbours import JobState, Record, Sent, Write
from bot.outlook import Outlook
from bot.prompt import Order
from bot.task import StoredFile, Task


class Troubled:
    """Something whose methods can be made to fail; None in the row is a call that works."""

    def __init__(self) -> None:
        self._troubles: dict[str, deque[Exception | None]] = defaultdict(deque)

    def trouble(self, method: str, *failures: Exception | None) -> None:
        self._troubles[method].extend(failures)

    def clear(self, method: str) -> None:
        self._troubles[method].clear()

    def _meet(self, method: str) -> None:
        if waiting := self._troubles[method]:
            failure = waiting.popleft()
            if failure is not None:
                raise failure


class Killed(Exception):
    """The process dies here."""


class MemoryStore:
    """Compare and set on versions. `intruders` are quicker than us: each changes the task just
    before one save of ours; None lets a save pass. After `lives` saves the process is killed.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.intruders: deque[Callable[[Task], Task] | None] = deque()
        self.refused = 0
        self.saves = 0
        self.reads = 0
        self.lives: int | None = None
        self.usual: float | None = None

    async def add(self, task: Task, _payment: Payment | None = None) -> Task:
        known = next((one for one in self.tasks.values() if one.key == task.key), None)
        return known or self.tasks.setdefault(task.id, task)

    async def get(self, task_id: str) -> Task | None:
        self.reads += 1
        return self.tasks.get(task_id)

    async def next(self, room: Room) -> tuple[list[InLine], int]:
        everybody = await self.order()
        return everybody, len(everybody)

    async def order(self) -> list[InLine]:
        return [
            InLine(picture=one.id, task=task.id)
            for task in self.tasks.values()
            for one in task.pictures
            if one.queued
        ]

    async def typical(self, model: str) -> float | None:
        return self.usual

    async def find(self, picture_id: str) -> Task | None:
        held = (one for one in self.tasks.values() if any(p.id == picture_id for p in one.pictures))
        return next(held, None)

    async def save(self, task: Task, before: Task | None = None) -> Task | None:
        if self.saves == self.lives:
            raise Killed
        self.saves += 1
        if self.intruders and (intrude := self.intruders.popleft()):
            self._write(intrude(self.tasks[task.id]))
        known = self.tasks.get(task.id)
        if known is None or known.version != task.version:
            self.refused += 1
            return None
        return self._write(task)

    def _write(self, task: Task) -> Task:
        self.tasks[task.id] = replace(task, version=task.version + 1)
        return self.tasks[task.id]


class MemoryPictures(Troubled):
    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        # A name never comes back, also when its file went.
        self._numbers = count()

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator["MemoryIncoming"]:
        yield MemoryIncoming(self)

    async def keep_result(self, content: bytes) -> StoredFile:
        self._meet("keep_result")
        return self._keep(content)

    async def keep_reference(self, content: bytes) -> StoredFile:
        self._meet("keep_reference")
        return self._keep(content)

    async def read(self, name: str) -> bytes:
        if name not in self.files:
            raise Gone(Reason.BAD_REFERENCE, name)
        return self.files[name]

    async def open(self, name: str) -> BinaryIO:
        return BytesIO(await self.read(name))

    async def preview(self, name: str) -> bytes:
        return (await self.read(name))[:1]

    async def address(self, name: str, holds: timedelta) -> str | None:
        return None

    async def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.files.pop(name, None)

    def _keep(self, content: bytes) -> StoredFile:
        name = f"file-{next(self._numbers)}.png"
        self.files[name] = content
        return StoredFile(
            name=name, media_type="image/png", size=len(content), width=1024, height=1024
        )


@dataclass
class MemoryIncoming:
    pictures: MemoryPictures
    content: bytes = b""

    async def write(self, content: bytes) -> None:
        self.content += content

    async def keep(self) -> StoredFile:
        return await self.pictures.keep_result(self.content)


class FakeGenerator(Troubled):
    """Jobs run until `finish` or `fail`; with `instant` they are done at once.

    An `Unclear` in front of `submit` loses the answer, not the job.
    """

    def __init__(self) -> None:
        super().__init__()
        self.instant = False
        self.jobs: dict[str, Record] = {}
        self.submissions: list[tuple[Order, tuple[str, ...], str | None]] = []
        self.results: dict[str, bytes] = {}
        self.uploads: list[str] = []
        self.lookups: list[str] = []
        self.fetches: list[str] = []
        self.renewals: list[str] = []
        self.on_submit: Callable[[str], object] | None = None

    async def turn(self) -> None:
        self._meet("turn")

    async def submit(self, order: Order, addresses: Sequence[str], callback: str | None) -> str:
        self.submissions.append((order, tuple(addresses), callback))
        try:
            self._meet("submit")
        except Unclear:
            self._start(callback)
            raise
        job = self._start(callback)
        if self.on_submit:
            await self.on_submit(job)
        return job

    async def look_up(self, job: str) -> Record:
        self.lookups.append(job)
        self._meet("look_up")
        return self.jobs.get(job, Record(state=JobState.UNKNOWN))

    async def upload(self, name: str, content: bytes) -> str:
        self._meet("upload")
        assert content
        self.uploads.append(name)
        return f"https://uploads.test/{len(self.uploads)}/{name}"

    async def renew(self, result: str) -> str:
        self._meet("renew")
        self.renewals.append(result)
        return result.partition("?")[0]

    async def fetch(self, result: str, write: Write) -> None:
        self.fetches.append(result)
        self._meet("fetch")
        if result not in self.results:
            raise Gone(Reason.BAD_RESULT, "HTTP 404")
        await write(self.results[result])

    def finish(self, job: str) -> None:
        address = f"https://results.test/{job}.png"
        self.results[address] = job.encode()
        self.jobs[job] = replace(self.jobs[job], state=JobState.DONE, result=address)

    def fail(self, job: str, failure: Exception) -> None:
        self.jobs[job] = replace(self.jobs[job], state=JobState.FAILED, failure=failure)

    def _start(self, callback: str | None) -> str:
        job = f"job-{len(self.submissions)}"
        self.jobs[job] = Record(state=JobState.RUNNING, callback=callback)
        if self.instant:
            self.finish(job)
        return job


class FakePeople(Troubled):
    """Fits `neighbours.People` and `cards.CardBoard`. One chat; `album` is how many pictures go into one message."""

    def __init__(self) -> None:
        super().__init__()
        self.album = 10
        self.sent: list[list[str]] = []
        self.reports: list[Reason | None] = []
        self.cards: list[int] = []
        self.outlooks: list[Outlook] = []
        self.closed: list[int | None] = []
        self.filled: list[str | None] = []

    async def fetch(self, source: str) -> bytes:
        self._meet("fetch")
        return f"bytes of {source}".encode()

    async def show(self, task: Task, outlook: Outlook) -> int | None:
        self._meet("show_card")
        self.outlooks.append(outlook)
        self.cards.append(task.origin.message + len(self.cards) + 1)
        return self.cards[-1]

    async def update(self, task: Task, outlook: Outlook) -> None:
        self._meet("update_card")
        self.outlooks.append(outlook)

    async def close(self, task: Task) -> None:
        self._meet("close_card")
        self.closed.append(task.card)

    async def remove(self, task: Task) -> None:
        self._meet("remove_card")
        if task.card not in self.cards:
            raise Refused(Reason.UNDELIVERABLE, "message to delete not found")
        self.cards.remove(task.card)

    async def deliver(self, task: Task) -> AsyncIterator[list[Sent]]:
        waiting = [one for one in task.pictures if one.deliverable]
        for start in range(0, len(waiting), self.album):
            self._meet("deliver")
            batch = [one.id for one in waiting[start : start + self.album]]
            self.sent.append(batch)
            yield [Sent(picture=one, message=1000 + len(self.sent)) for one in batch]
        self._meet("follow_up")

    async def report(self, task: Task) -> None:
        self._meet("report")
        self.reports.append(task.reason)

    async def fill(self, task: Task) -> None:
        self._meet("fill")
        self.filled.append(task.ending)


@dataclass
class FakeDoors:
    """`public`: whether the generator can reach us."""

    public: bool = True

    def callback(self, picture_id: str) -> str | None:
        return f"https://bot.test/callback?picture={picture_id}" if self.public else None

    def reference(self, name: str, now: datetime) -> str | None:
        return f"https://bot.test/{now:%H%M}/{name}" if self.public else None
