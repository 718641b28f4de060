"""What becomes of a picture whose step has failed: the step is tried again, the job is made anew,
or the picture ends.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import Failure, Reason, Refused, Transient
from bot.journal import Journal
from bot.life import OddMove, PictureEvent, PictureState
from bot.patience import Patience
from bot.task import Picture, Task

log = logging.getLogger(__name__)

# How often one step may fail in a row, and how often a job is made anew, before we give up.
TRIES_MAX = 6
SUBMISSIONS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Setbacks:
    journal: Journal
    patience: Patience
    clock: Callable[[], datetime]

    async def meet(self, task: Task, picture: Picture, failure: Transient | Refused) -> None:
        """A step has failed: try it again later, or end the picture."""
        try:
            if isinstance(failure, Transient):
                await self.put_off(task, picture, failure)
            else:
                await self.end(task, picture, failure)
        except OddMove as move:
            log.info("overtaken", extra=about(task, picture, move=str(move)))

    async def put_off(
        self, task: Task, picture: Picture, failure: Transient, event: PictureEvent | None = None
    ) -> None:
        """Try this step again later, or give up when that has happened too often.

        Raises OddMove, as do those below.
        """
        # Our own disk in trouble says nothing about the picture: that is waited for.
        tries = picture.tries + (failure.reason is not Reason.INTERNAL)
        if tries > TRIES_MAX:
            if picture.state not in (PictureState.SUBMITTED, PictureState.FAILED):
                await self.end(task, picture, failure)
                return
            # The job goes on whether we hear of it or not, so only time ends it; and no single
            # failure, as we may only just be awake again.
            if picture.elapsed(self.clock()) >= self.patience.timeout:
                await self.end(task, picture, Refused(Reason.TIMEOUT, failure.detail))
                return
        log.warning("put off", extra=about(task, picture, detail=str(failure), tries=tries))
        to: dict[str, Any] = {
            "tries": tries,
            "due_at": self.until_again(tries, failure.retry_after),
        }
        if event:
            await self.journal.move(task, picture, event, **to)
        else:
            await self.journal.note(task, picture, **to)

    async def make_anew(self, task: Task, picture: Picture, failure: Failure | None) -> None:
        """The job broke without our fault and cost nothing, or the generator has lost it.

        Raises Refused when that has happened too often.
        """
        why = failure or Refused(Reason.GENERATOR_FAILED, "the generator does not know the job")
        if picture.submissions >= SUBMISSIONS_MAX:
            raise Refused(why.reason, why.detail)
        log.warning("making the job anew", extra=about(task, picture, detail=why.detail))
        due = self.until_again(picture.submissions)
        # A job that failed is remembered, so that a second call about it is not taken for news.
        job = picture.job if failure else None
        to: dict[str, Any] = {"job": job, "heard": False, "tries": 0, "due_at": due}
        await self.journal.move(task, picture, PictureEvent.LOSE, **to)

    async def end(self, task: Task, picture: Picture, failure: Failure) -> None:
        """End this picture; a job that was only too slow is looked at again later."""
        now, again = self.clock(), None
        if failure.reason is Reason.TIMEOUT:
            first = picture.state is not PictureState.FAILED
            again = self.patience.until_follow_up(picture.elapsed(now), first=first)
        why_not = {"detail": str(failure), "reason": failure.reason}
        log.warning("failed", extra=about(task, picture, **why_not))
        due = None if again is None else now + timedelta(seconds=again)
        if picture.state is PictureState.FAILED:
            await self.journal.note(task, picture, due_at=due, heard=False, tries=0)
            return
        why: dict[str, Any] = {"reason": failure.reason, "detail": failure.detail[:200]}
        await self.journal.move(task, picture, PictureEvent.FAIL, tries=0, due_at=due, **why)

    def until_again(self, tries: int, retry_after: float | None = None) -> datetime:
        """When the next attempt is due, after `tries` failed ones."""
        jitter = random.random()  # noqa: S311 - spreads retries, hides nothing
        wait = self.patience.until_retry(tries, retry_after, jitter=jitter)
        return self.clock() + timedelta(seconds=wait)


def about(task: Task, picture: Picture, **more: object) -> dict[str, object]:
    """The extras of a log line about one picture."""
    return {"task": task.id, "picture": picture.id, "model": task.order.model, **more}
