"""One picture's way through the generator: submit, look up, fetch.

Each step starts from what is on disk, writes down what it is about to do before it does it,
and what came of it afterwards, so it may be cut off anywhere and taken up again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.attempts import Attempts
from bot.errors import Gone, Reason, Refused, Transient, Unclear
from bot.journal import Journal
from bot.life import OddMove, PictureEvent, PictureState, Vanished
from bot.neighbours import Doors, Generator, JobState, Pictures, Record
from bot.patience import Patience
from bot.references import References
from bot.setbacks import SUBMISSIONS_MAX, TRIES_MAX, Setbacks, about
from bot.task import Picture, StoredFile, Task

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    journal: Journal
    references: References
    pictures: Pictures
    generator: Generator
    doors: Doors
    setbacks: Setbacks
    attempts: Attempts
    patience: Patience
    clock: Callable[[], datetime]

    async def advance(self, task_id: str, picture_id: str) -> None:
        """Take one step after the other while something is due for this picture."""
        task = await self._read(self.journal.latest, task_id)
        while task:
            picture = task.picture(picture_id)
            if picture.due_at is None or picture.due_at > self.clock():
                return
            read = self.journal.latest
            try:
                await self._step(task, picture)
            except OddMove as move:
                log.info("overtaken", extra=about(task, picture, move=str(move)))
                read = self.journal.catch_up
            except (Transient, Refused) as failure:
                await self.setbacks.meet(task, picture, failure)
            task = await self._read(read, task_id)

    async def _read(
        self, read: Callable[[str], Awaitable[Task | None]], task_id: str
    ) -> Task | None:
        """The task with all that has happened to it; None too while that cannot be written.

        A job we know of and could not note must not be made again.
        """
        try:
            return await read(task_id)
        except Transient as failure:
            log.warning("cannot catch up", extra={"task": task_id, "detail": str(failure)})
            return None

    async def _step(self, task: Task, picture: Picture) -> None:
        match picture.state:
            case PictureState.CREATED | PictureState.SUBMITTING:
                await self._submit(task, picture)
            case PictureState.SUBMITTED:
                await self._look_up(task, picture)
            case PictureState.GENERATED:
                await self._fetch(task, picture)
            case PictureState.FAILED:
                await self._look_back(task, picture)
            case PictureState.STORED:
                await self.journal.note(task, picture, due_at=None)

    # --- the three steps -----------------------------------------------------------------

    async def _submit(self, task: Task, picture: Picture) -> None:
        if task.cancelled:
            raise Refused(Reason.CANCELLED)
        if picture.state is PictureState.SUBMITTING:
            if picture.submissions >= SUBMISSIONS_MAX:
                raise Refused(Reason.GENERATOR_FAILED, "submissions were not answered")
            log.warning("unanswered submission: submitting again", extra=about(task, picture))
        began = self.clock()
        addresses = await self.references.addresses(task)
        callback = self.doors.callback(picture.id)
        await self.generator.turn()
        wait = self.patience.unclear if callback else self.patience.poll
        count = picture.submissions + 1
        due = self._in(wait)
        task = await self.journal.move(
            task, picture, PictureEvent.SUBMIT, submissions=count, due_at=due
        )
        picture = task.picture(picture.id)
        try:
            order = replace(task.order, prompt=task.order.words(picture.prompt))
            job = await self.generator.submit(order, addresses, callback)
        except Unclear as failure:
            # There may be a job. Its callback settles it; until `due_at` we only wait.
            log.warning("submission unanswered", extra=about(task, picture, detail=failure.detail))
            return
        except Transient as failure:
            await self.setbacks.put_off(task, picture, failure, PictureEvent.TURN_AWAY)
            return
        except Refused as failure:
            await self.setbacks.end(task, picture, failure)
            return
        await self._accepted(task, picture, job)
        log.info("submitted", extra=about(task, picture, job=job, seconds=self._since(began)))

    async def _accepted(self, task: Task, picture: Picture, job: str) -> None:
        """Note the job. What the generator answered us counts more than what a callback said."""
        due, now = self._in_lookup(0), self.clock()

        def alter(fresh: Task) -> Task:
            known = fresh.picture(picture.id)
            if known.state is PictureState.SUBMITTED and known.job != job:
                return fresh.with_picture(replace(known, job=job, heard=False, due_at=due))
            accepted = known.move(
                PictureEvent.ACCEPT,
                job=job,
                heard=False,
                tries=0,
                submitted_at=now,
                due_at=due,
            )
            return fresh.with_picture(accepted)

        await self.journal.record(task.id, alter)

    async def _look_up(self, task: Task, picture: Picture) -> None:
        """Ask the generator: its answer is believed, a callback never is."""
        record = await self._record(picture)
        elapsed = picture.elapsed(self.clock())
        match record.state:
            case JobState.DONE:
                await self._take(task, picture, record)
            case JobState.FAILED if isinstance(record.failure, Refused) and not self._was_shut(
                task, record.failure
            ):
                raise record.failure
            case JobState.FAILED:
                await self.setbacks.make_anew(task, picture, record.failure)
            case JobState.UNKNOWN if self.patience.forgets(elapsed, picture.tries):
                await self.setbacks.make_anew(task, picture, None)
            case _ if elapsed >= self.patience.timeout:
                raise Refused(Reason.TIMEOUT, "no result yet")
            case _:
                # A call that came before the record shows its end: ask again soon.
                tries = picture.tries + 1 if record.state is JobState.UNKNOWN else 0
                due = self._in_lookup(elapsed, hurry=picture.heard or tries > 0)
                await self.journal.note(task, picture, tries=tries, due_at=due)

    async def _take(self, task: Task, picture: Picture, record: Record) -> None:
        """The picture is on its way to us while the disk takes note of it."""
        fetching = asyncio.create_task(self._fetched(record.result or ""))
        try:
            task = await self._generated(task, picture, record, PictureEvent.SUCCEED)
        except BaseException:
            await self._drop(fetching)
            raise
        picture = task.picture(picture.id)
        try:
            await self._fetch(task, picture, fetching)
        except (Transient, Refused) as failure:
            await self.setbacks.meet(task, picture, failure)

    async def _drop(self, fetching: asyncio.Task[StoredFile]) -> None:
        fetching.cancel()
        (kept,) = await asyncio.gather(fetching, return_exceptions=True)
        if isinstance(kept, StoredFile):
            await self.pictures.delete([kept.name])

    async def _fetch(
        self, task: Task, picture: Picture, fetching: Awaitable[StoredFile] | None = None
    ) -> None:
        began = self.clock()
        try:
            file = await (fetching or self._fetched(picture.result or ""))
        except Gone as failure:
            await self._renew(task, picture, failure)
            return
        to = {"file": file, "tries": 0, "due_at": None}
        try:
            ahead = self.attempts.ahead
            task = await self.journal.move(task, picture, PictureEvent.STORE, then=ahead, **to)
            self.attempts.remember(task)
        except Vanished:
            # Whoever asked for it was forgotten meanwhile.
            await self.pictures.delete([file.name])
            raise
        took = self._since(began)
        log.info("stored", extra=about(task, picture, bytes=file.size, seconds=took))

    async def _fetched(self, result: str) -> StoredFile:
        async with self.pictures.incoming() as incoming:
            await self.generator.fetch(result, incoming.write)
            try:
                return await incoming.keep()
            except Refused as failure:
                # It may have been cut off on its way: fetch it again.
                raise Transient(failure.reason, failure.detail) from failure

    async def _renew(self, task: Task, picture: Picture, failure: Gone) -> None:
        """The address has expired: ask for another."""
        if picture.tries >= TRIES_MAX:
            raise failure
        address = await self.generator.renew(picture.result or "")
        tries = picture.tries + 1
        log.warning("result was gone", extra=about(task, picture, detail=failure.detail))
        due = self.setbacks.until_again(tries)
        await self.journal.move(
            task, picture, PictureEvent.RENEW, result=address, tries=tries, due_at=due
        )

    # --- what may come of them -----------------------------------------------------------

    async def _look_back(self, task: Task, picture: Picture) -> None:
        """We had given up on this job; see whether it came after all."""
        record = await self._record(picture)
        if record.state is JobState.DONE:
            await self._generated(task, picture, record, PictureEvent.COME_LATE)
            return
        again = self.patience.until_follow_up(picture.elapsed(self.clock()), first=False)
        wait = again if record.state is JobState.RUNNING else None
        due = None if wait is None else self._in(wait)
        await self.journal.note(task, picture, due_at=due, heard=False, tries=0)

    async def _record(self, picture: Picture) -> Record:
        record = await self.generator.look_up(picture.job or "")
        if record.callback and picture.id not in record.callback:
            raise Refused(Reason.GENERATOR_FAILED, "this job was made for another picture")
        return record

    async def _generated(
        self, task: Task, picture: Picture, record: Record, event: PictureEvent
    ) -> Task:
        to: dict[str, Any] = {"result": record.result, "reason": None, "tries": 0}
        if event is PictureEvent.COME_LATE:
            to["late"] = True
        if event is PictureEvent.SUCCEED:
            to["seconds"] = picture.elapsed(self.clock())
        fresh = await self.journal.move(task, picture, event, due_at=self.clock(), **to)
        told: dict[str, object] = {
            "called_back": picture.heard,
            "size": task.order.size,
            "seconds": picture.elapsed(self.clock()),
        }
        log.info("generated", extra=about(task, picture, **told))
        return fresh

    def _was_shut(self, task: Task, failure: Refused) -> bool:
        """Whether the generator may have found our own door shut, behind which references lie."""
        ours = self.doors.callback("") is not None and task.references
        return bool(ours) and failure.reason is Reason.BAD_REFERENCE

    # --- time ----------------------------------------------------------------------------

    def _in(self, seconds: float) -> datetime:
        return self.clock() + timedelta(seconds=seconds)

    def _in_lookup(self, elapsed: float, *, hurry: bool = False) -> datetime:
        called_back = self.doors.callback("") is not None and not hurry
        return self._in(self.patience.until_lookup(elapsed, called_back=called_back))

    def _since(self, moment: datetime) -> float:
        return (self.clock() - moment).total_seconds()
