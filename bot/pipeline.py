"""WHAT happens to a task, read downwards: request, receive, advance, deliver, report.

`advance` carries one task as far as it can go now; the task itself says when it is due again.
Normal run, retry and recovery after a crash are the same code.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.bringing import TRIES_MAX, Bringing, tell_end
from bot.cards import Cards
from bot.credits import Payment
from bot.drawing import Drawing
from bot.errors import Reason, Refused, Transient
from bot.journal import Journal
from bot.life import OddMove, PictureEvent, PictureState, TaskEvent, Vanished
from bot.line import Line
from bot.neighbours import Store, Wake
from bot.patience import Patience
from bot.references import References
from bot.task import Picture, Task

log = logging.getLogger(__name__)

STUMBLES_MAX = TRIES_MAX


class Heard(StrEnum):
    """What a callback was to us."""

    NEWS = "news"
    REPEATED = "repeated"
    STRANGE = "strange"


_CALLS = {
    Heard.NEWS: "callback",
    Heard.REPEATED: "callback repeated",
    Heard.STRANGE: "callback for another job",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The life of tasks. `clock` returns aware datetimes."""

    store: Store
    journal: Journal
    references: References
    drawing: Drawing
    bringing: Bringing
    cards: Cards
    line: Line
    patience: Patience
    clock: Callable[[], datetime]
    wake: Wake

    async def request(self, task: Task, payment: Payment | None = None) -> Task:
        """Write a request down: from here on it cannot be lost, and repeating it adds nothing.

        Raises NotEnough.
        """
        task = await self.store.add(task, payment)
        self.journal.remember(task)
        about = {"task": task.id, "pictures": len(task.pictures), "model": task.order.model}
        log.info("requested", extra=about)
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
        heard, task_id = await self._receive(picture_id, job)
        log.info(_CALLS[heard], extra={"task": task_id, "picture": picture_id, "job": job})
        return heard

    async def _receive(self, picture_id: str, job: str) -> tuple[Heard, str | None]:
        while task := await self.store.find(picture_id):
            picture = task.picture(picture_id)
            marked = _marked(picture, job, self.clock())
            if isinstance(marked, Heard):
                return marked, task.id
            if await self.journal.save(task.with_picture(marked), task):
                self.wake(task.id)
                return Heard.NEWS, task.id
        return Heard.STRANGE, None

    async def advance(self, task_id: str) -> None:
        """Do everything that is due for this task."""
        task = await self.journal.catch_up(task_id)
        if task is None:
            return
        await _side_by_side(self.cards.care(task), self._draw(task))
        task = await self.journal.latest(task_id)
        if task and not task.ended and task.due_at <= self.clock():
            task = await self.bringing.bring(task)
        if task and task.ended and task.card is not None and task.due_at <= self.clock():
            await self.cards.put_away(task)
        if task and task.unfilled and task.due_at <= self.clock():
            await self.bringing.fill(task)

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

        before = await self.store.get(task_id)
        task = await self.journal.change(task_id, alter)
        if task.ended and before and not before.ended:
            tell_end(task, self.clock())

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
                    await self.drawing.setbacks.meet(task, picture, failure)
                return
        await _side_by_side(*(self.drawing.advance(task.id, picture.id) for picture in due))
        if due:
            # A place at the generator may be free.
            self.line.nudge()

    def _in(self, seconds: float) -> datetime:
        return self.clock() + timedelta(seconds=seconds)


async def _side_by_side(*steps: Coroutine[None, None, None]) -> None:
    """Each to its end: what breaks in one must not cut off another in the middle of a call.

    Raises what broke, several things as a group; that the task is gone is the least of them.
    """
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    broken = [one for one in outcomes if isinstance(one, BaseException)]
    worse = [one for one in broken if not isinstance(one, Vanished)] or broken[:1]
    if len(worse) > 1:
        raise BaseExceptionGroup("several steps broke", worse)
    if worse:
        raise worse[0]


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
