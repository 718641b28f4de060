"""The end of a task: its pictures are brought, or the reason is told why there are none.

Each attempt is noted before it is made, and what came of it afterwards; whatever fails for now is
tried again later, for a day.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.attempts import Attempts
from bot.cards import Cards
from bot.errors import Reason, Refused, Transient, Unclear
from bot.journal import Journal
from bot.life import PictureEvent, PictureState, TaskEvent
from bot.neighbours import People, Sent
from bot.origin import API
from bot.patience import Patience
from bot.task import Picture, Task

log = logging.getLogger(__name__)

TRIES_MAX = 5
# https://core.telegram.org/bots/api#sendmediagroup
ALBUM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    journal: Journal
    people: People
    cards: Cards
    attempts: Attempts
    patience: Patience
    clock: Callable[[], datetime]

    async def bring(self, task: Task) -> Task:
        """Bring what is there once every picture has ended, and of many an album at a time."""
        task = await self._bring(task)
        if task.ended:
            tell_end(task, self.clock())
        return task

    async def _bring(self, task: Task) -> Task:
        if task.cancelled and task.card is not None and not task.settled:
            await self.cards.put_away(task)
        if task.settled:
            return await self._finish(task)
        # Whoever fetches them sees each as it comes.
        enough = 1 if task.origin.via == API else ALBUM
        if not task.cancelled and sum(one.deliverable for one in task.pictures) >= enough:
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
            task, began = await self._count_send(task, "delivering again"), self.clock()
            try:
                async for sent in self.people.deliver(task):
                    task = await self.journal.record(task.id, self._brought(sent))
            except (Transient, Refused) as failure:
                if not task.ended:
                    await self._uncount_send(task, failure)
                    raise
                # Everything is with the person; what was to follow is a courtesy.
                detail = str(failure)
                log.info("not followed up", extra={"task": task.id, "detail": detail})
            if any(picture.brought for picture in task.pictures):
                took = (self.clock() - began).total_seconds()
                about = {"task": task.id, "model": task.order.model, "seconds": took}
                log.info("delivered", extra=about)
        return task if task.ended else await self._end(task, TaskEvent.DELIVER, None)

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
        if not self.attempts.noted(task):
            task = await self._write(task, sends=task.sends + 1)
        if task.sends > 1:
            log.warning(again, extra={"task": task.id, "sends": task.sends})
        return task

    async def _uncount_send(self, task: Task, failure: Transient | Refused) -> None:
        if isinstance(failure, Transient) and not isinstance(failure, Unclear):
            # What went out is known, so nothing can be doubled by trying again.
            await self._write(task, sends=task.sends - 1)

    async def _finish_later(self, task: Task, failure: Transient) -> Task:
        elapsed = (self.clock() - (task.revived_at or task.created_at)).total_seconds()
        # Not at the first failure, however long the way to it was: we may only just be awake again.
        if task.tries >= TRIES_MAX and self.patience.gives_up_delivery(elapsed):
            return await self._end(task, TaskEvent.REPORT, Reason.UNDELIVERABLE)
        # Bounded, because the stumbles of the pipeline are counted on top of it.
        tries = min(task.tries + 1, TRIES_MAX)
        log.warning("delivery put off", extra={"task": task.id, "detail": str(failure)})
        wait = self.patience.until_retry(tries, failure.retry_after, jitter=0.5)
        return await self._write(task, tries=tries, due_at=self._in(wait))

    async def _end(self, task: Task, event: TaskEvent, reason: Reason | None) -> Task:
        return await self.journal.change(task.id, self._ended(event, reason))

    def _brought(self, sent: list[Sent]) -> Callable[[Task], Task]:
        """Note what was sent; with its last picture a task ends, and as a failed one if none came."""
        delivered = self._ended(TaskEvent.DELIVER, None)

        def alter(fresh: Task) -> Task:
            fresh = _noted(sent, fresh)
            if not fresh.settled or any(one.deliverable for one in fresh.pictures):
                return fresh
            if any(one.brought for one in fresh.pictures):
                return delivered(fresh)
            return self._ended(TaskEvent.REPORT, reason_of(fresh))(fresh)

        return alter

    def _ended(self, event: TaskEvent, reason: Reason | None) -> Callable[[Task], Task]:
        to = {"reason": reason, "card_at": None, "tries": 0, "due_at": self.clock()}
        return lambda fresh: fresh if fresh.ended else fresh.move(event, **to)

    async def fill(self, task: Task) -> None:
        """The message of another chat that waits for the picture becomes it, or says why not."""
        try:
            await self.people.fill(task)
        except Transient as failure:
            elapsed = (self.clock() - (task.revived_at or task.created_at)).total_seconds()
            if task.tries < TRIES_MAX or not self.patience.gives_up_delivery(elapsed):
                log.warning("filling put off", extra={"task": task.id, "detail": str(failure)})
                tries = min(task.tries + 1, TRIES_MAX)
                wait = self.patience.until_retry(tries, failure.retry_after, jitter=0.5)
                await self._write(task, tries=tries, due_at=self._in(wait))
                return
        log.info("filled", extra={"task": task.id, "ending": task.ending})
        await self._write(task, filled=task.ending, tries=0)

    async def _write(self, task: Task, **to: Any) -> Task:
        return await self.journal.change(task.id, lambda fresh: replace(fresh, **to))

    def _in(self, seconds: float) -> datetime:
        return self.clock() + timedelta(seconds=seconds)


def tell_end(task: Task, now: datetime) -> None:
    """One line for each task that ends: how, and how long it took in all."""
    took = (now - (task.revived_at or task.created_at)).total_seconds()
    about = {"task": task.id, "model": task.order.model, "ending": task.ending, "seconds": took}
    log.info("ended", extra=about)


def reason_of(task: Task) -> Reason:
    """The one reason to tell: what happened to most of its pictures."""
    reasons = Counter(picture.reason for picture in task.pictures if picture.reason)
    return reasons.most_common(1)[0][0] if reasons else Reason.INTERNAL


def _noted(sent: list[Sent], task: Task) -> Task:
    for one in sent:
        if one.chat not in (None, task.origin.chat):
            task = task.elsewhere(one.chat)
        picture = task.picture(one.picture)
        task = task.with_picture(_as_sent(picture, one))
    return task


def _as_sent(picture: Picture, sent: Sent) -> Picture:
    if sent.lost:
        return picture.move(PictureEvent.FAIL, reason=sent.lost)
    return replace(picture, message=sent.message, file_id=sent.file_id, as_photo=sent.as_photo)
