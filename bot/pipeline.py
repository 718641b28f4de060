"""WHAT happens to a task, read downwards: request, receive, advance, deliver, report.

`advance` carries one task as far as it can go now; the task itself says when it is due again.
Normal run, retry and recovery after a crash are the same code.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from bot.cards import Cards
from bot.drawing import Drawing
from bot.errors import Reason, Refused, Transient, Unclear
from bot.journal import Journal
from bot.life import OddMove, PictureEvent, PictureState, TaskEvent
from bot.line import Line
from bot.neighbours import People, Sent, Store, Wake
from bot.patience import Patience
from bot.references import References
from bot.task import Picture, Task

log = logging.getLogger(__name__)

STUMBLES_MAX = 5
# https://core.telegram.org/bots/api#sendmediagroup
ALBUM = 10


class Heard(StrEnum):
    """What a callback was to us."""

    NEWS = "news"
    REPEATED = "repeated"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The life of tasks. `clock` returns aware datetimes."""

    store: Store
    journal: Journal
    references: References
    drawing: Drawing
    people: People
    cards: Cards
    line: Line
    patience: Patience
    clock: Callable[[], datetime]
    wake: Wake

    async def request(self, task: Task) -> Task:
        """Write a request down: from here on it cannot be lost, and repeating it adds nothing."""
        task = await self.store.add(task)
        log.info("requested", extra={"task": task.id, "pictures": len(task.pictures)})
        await self.line.joined()
        self.wake(task.id)
        return task

    async def cancel(self, task_id: str, by: str) -> Task:
        """`by` a press or a message, end what has not begun; what has begun goes on, but is not sent any more.

        Raises OddMove when nothing is left to cancel.
        """

        def alter(task: Task) -> Task:
            if task.settled or task.cancelled:
                raise OddMove(f"task {task.id}: too late to cancel")
            for picture in task.pictures:
                if picture.state is PictureState.CREATED:
                    task = task.with_picture(
                        picture.move(PictureEvent.FAIL, reason=Reason.CANCELLED, due_at=None)
                    )
            return replace(task, cancelled=by, due_at=self.clock())

        task = await self.journal.change(task_id, alter)
        log.info("cancelled", extra={"task": task.id, "under_way": not task.settled})
        self.wake(task.id)
        self.line.nudge()
        return task

    async def receive(self, picture_id: str, job: str) -> Heard:
        """The generator called: mark the picture and hurry its task. Nothing is believed yet."""
        while task := await self.store.find(picture_id):
            picture = task.picture(picture_id)
            marked = _marked(picture, job, self.clock())
            if isinstance(marked, Heard):
                return marked
            if await self.store.save(task.with_picture(marked)):
                self.wake(task.id)
                return Heard.NEWS
        return Heard.STRANGE

    async def advance(self, task_id: str) -> None:
        """Do everything that is due for this task."""
        task = await self.journal.catch_up(task_id)
        if task is None:
            return
        # Side by side; what breaks in one must not cut off the other in the middle of a call.
        steps = (self.cards.care(task), self._draw(task))
        for outcome in await asyncio.gather(*steps, return_exceptions=True):
            if outcome is not None:
                raise outcome
        task = await self.store.get(task_id)
        if task and not task.ended and task.due_at <= self.clock():
            task = await self._bring(task)
        if task and task.ended and task.card is not None and task.due_at <= self.clock():
            await self.cards.put_away(task)
        if task and task.unfilled and task.due_at <= self.clock():
            await self._fill(task)

    async def stumbled(self, task_id: str) -> None:
        """A step broke in a way nobody foresaw: count it as an attempt, give up in words."""

        def alter(task: Task) -> Task:
            tries, later = task.tries + 1, self._in(self.patience.poll)
            task = replace(task, tries=tries, due_at=later, card_at=None)
            for picture in task.pictures:
                if picture.due_at is None:
                    continue
                # Never sooner than it was: a submission may be waiting for its callback.
                put_off = replace(picture, due_at=max(picture.due_at, later))
                if tries > STUMBLES_MAX:
                    put_off = replace(picture, due_at=None)
                    if not picture.ended:
                        put_off = put_off.move(PictureEvent.FAIL, reason=Reason.INTERNAL)
                task = task.with_picture(put_off)
            if tries <= 2 * STUMBLES_MAX or not task.settled:
                return task
            if task.ended:
                return replace(task, card=None, filled=task.ending)
            return task.move(TaskEvent.REPORT, reason=Reason.INTERNAL)

        await self.journal.change(task_id, alter)

    # --- drawing -------------------------------------------------------------------------

    async def _draw(self, task: Task) -> None:
        """Prepare the references, then take all pictures forward side by side."""
        now = self.clock()
        due = [picture for picture in task.pictures if picture.due_at and picture.due_at <= now]
        if any(picture.state is PictureState.CREATED for picture in due):
            try:
                task = await self.references.prepare(task)
            except (Transient, Refused) as failure:
                for picture in due:
                    await self.drawing.set_back(task, picture, failure)
                return
        async with asyncio.TaskGroup() as group:
            for picture in due:
                group.create_task(self.drawing.advance(task.id, picture.id))
        if due:
            # A place at the generator may be free.
            self.line.nudge()

    # --- telling -------------------------------------------------------------------------

    async def _bring(self, task: Task) -> Task:
        """Bring what is there once every picture has ended, and of many an album at a time."""
        if task.cancelled and task.card is not None and not task.settled:
            await self.cards.put_away(task)
        if task.settled:
            return await self._finish(task)
        if not task.cancelled and sum(one.deliverable for one in task.pictures) >= ALBUM:
            return await self._bring_some(task)
        return task

    async def _bring_some(self, task: Task) -> Task:
        """The first albums of many pictures. Whatever fails here is brought with the rest."""
        task = await self._count_send(task, "delivering again")
        try:
            async for sent in self.people.deliver(task):
                task = await self.journal.record(task.id, partial(_noted, sent))
        except (Transient, Refused) as failure:
            log.warning("album put off", extra={"task": task.id, "detail": str(failure)})
            if isinstance(failure, Unclear):
                return task
        return await self._write(task, sends=task.sends - 1)

    async def _finish(self, task: Task) -> Task:
        """Every picture has ended: bring what is there, or say why there is nothing."""
        if task.cancelled:
            return await self._end(task, TaskEvent.REPORT, Reason.CANCELLED)
        try:
            if any(picture.state is PictureState.STORED for picture in task.pictures):
                return await self._deliver(task)
            return await self._report(task)
        except Transient as failure:
            return await self._finish_later(task, failure)
        except Refused as failure:
            log.warning("undeliverable", extra={"task": task.id, "detail": str(failure)})
            return await self._end(task, TaskEvent.REPORT, Reason.UNDELIVERABLE)

    async def _deliver(self, task: Task) -> Task:
        if any(picture.deliverable for picture in task.pictures):
            task = await self._count_send(task, "delivering again")
            try:
                async for sent in self.people.deliver(task):
                    task = await self.journal.record(task.id, partial(_noted, sent))
            except Transient as failure:
                await self._uncount_send(task, failure)
                raise
        log.info("delivered", extra={"task": task.id})
        return await self._end(task, TaskEvent.DELIVER, None)

    async def _report(self, task: Task) -> Task:
        reason = reason_of(task)
        task = await self._count_send(task, "telling again")
        try:
            await self.people.report(replace(task, reason=reason))
        except Transient as failure:
            await self._uncount_send(task, failure)
            raise
        log.info("reported", extra={"task": task.id, "reason": reason})
        return await self.journal.record(task.id, self._ended(TaskEvent.REPORT, reason))

    async def _count_send(self, task: Task, again: str) -> Task:
        """Note the attempt before it is made: a second one may bring the same twice."""
        task = await self._write(task, sends=task.sends + 1)
        if task.sends > 1:
            log.warning(again, extra={"task": task.id, "sends": task.sends})
        return task

    async def _uncount_send(self, task: Task, failure: Transient) -> None:
        if not isinstance(failure, Unclear):
            # What went out is known, so nothing can be doubled by trying again.
            await self._write(task, sends=task.sends - 1)

    async def _finish_later(self, task: Task, failure: Transient) -> Task:
        elapsed = (self.clock() - (task.revived_at or task.created_at)).total_seconds()
        # Not at the first failure, however long the way to it was: we may only just be awake again.
        if task.tries >= STUMBLES_MAX and self.patience.gives_up_delivery(elapsed):
            return await self._end(task, TaskEvent.REPORT, Reason.UNDELIVERABLE)
        # Bounded, because stumbles are counted on top of it.
        tries = min(task.tries + 1, STUMBLES_MAX)
        log.warning("delivery put off", extra={"task": task.id, "detail": str(failure)})
        wait = self.patience.until_retry(tries, failure.retry_after, jitter=0.5)
        return await self._write(task, tries=tries, due_at=self._in(wait))

    async def _end(self, task: Task, event: TaskEvent, reason: Reason | None) -> Task:
        return await self.journal.change(task.id, self._ended(event, reason))

    def _ended(self, event: TaskEvent, reason: Reason | None) -> Callable[[Task], Task]:
        now = self.clock()
        return lambda fresh: fresh.move(event, reason=reason, card_at=None, tries=0, due_at=now)

    async def _fill(self, task: Task) -> None:
        """The message of another chat that waits for the picture becomes it, or says why not."""
        try:
            await self.people.fill(task)
        except Transient as failure:
            elapsed = (self.clock() - (task.revived_at or task.created_at)).total_seconds()
            if task.tries < STUMBLES_MAX or not self.patience.gives_up_delivery(elapsed):
                log.warning("filling put off", extra={"task": task.id, "detail": str(failure)})
                tries = min(task.tries + 1, STUMBLES_MAX)
                wait = self.patience.until_retry(tries, failure.retry_after, jitter=0.5)
                await self._write(task, tries=tries, due_at=self._in(wait))
                return
        log.info("filled", extra={"task": task.id, "ending": task.ending})
        await self._write(task, filled=task.ending, tries=0)

    # --- writing -------------------------------------------------------------------------

    async def _write(self, task: Task, **to: Any) -> Task:
        return await self.journal.change(task.id, lambda fresh: replace(fresh, **to))

    def _in(self, seconds: float) -> datetime:
        return self.clock() + timedelta(seconds=seconds)


def reason_of(task: Task) -> Reason:
    """The one reason to tell: what happened to most of its pictures."""
    reasons = Counter(picture.reason for picture in task.pictures if picture.reason)
    return reasons.most_common(1)[0][0] if reasons else Reason.INTERNAL


def _marked(picture: Picture, job: str, now: datetime) -> Picture | Heard:
    """The picture with the call noted on it, or why the call is no news."""
    if picture.state in (PictureState.CREATED, PictureState.SUBMITTING):
        if picture.job == job:
            return Heard.REPEATED
        # The call has overtaken the answer to our submission, or that answer was lost.
        return picture.move(
            PictureEvent.ACCEPT, job=job, submitted_at=now, heard=True, tries=0, due_at=now
        )
    if picture.job != job:
        return Heard.STRANGE
    given_up = picture.state is PictureState.FAILED and picture.reason is Reason.TIMEOUT
    if picture.heard or not (given_up or picture.state is PictureState.SUBMITTED):
        return Heard.REPEATED
    return replace(picture, heard=True, due_at=now)


def _noted(sent: list[Sent], task: Task) -> Task:
    for one in sent:
        picture = task.picture(one.picture)
        task = task.with_picture(_as_sent(picture, one))
    return task


def _as_sent(picture: Picture, sent: Sent) -> Picture:
    return replace(picture, message=sent.message, file_id=sent.file_id, as_photo=sent.as_photo)
