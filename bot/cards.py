"""The card of a task: shown, kept up to date, and taken away. A courtesy that stops nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import Refused, Transient, Unclear
from bot.journal import Journal
from bot.life import Vanished
from bot.outlook import Forecast, Outlook
from bot.patience import Patience
from bot.task import Task

log = logging.getLogger(__name__)

TRIES_MAX = 3


class CardBoard(Protocol):
    """The messages that say we are at work. All of it is a courtesy and may fail quietly."""

    async def show(self, task: Task, outlook: Outlook) -> int | None:
        """Say that we are at work; returns the message to take away later."""

    async def update(self, task: Task, outlook: Outlook) -> None:
        """Say how it goes. Raises Refused when the card is not there any more."""

    async def close(self, task: Task) -> None:
        """Let the card stand as the last word of a task that was cancelled."""

    async def remove(self, task: Task) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    board: CardBoard
    forecast: Forecast
    journal: Journal
    patience: Patience
    clock: Callable[[], datetime]

    async def care(self, task: Task) -> None:
        """Show the card of a task that has none yet, or say on it how things stand now."""
        if task.ended or task.settled or task.cancelled:
            return
        if task.card_at is None or task.card_at > self.clock():
            return
        try:
            outlook = await self.forecast.of(task)
            if task.card is None:
                await self._show(task, outlook)
            else:
                await self._put_off(task, outlook)
                await self.board.update(task, outlook)
        except Unclear as failure:
            # There may be a card that nobody can take away; a second one would not help.
            self._failed(task, failure)
            if task.card is None:
                await self._set(task, card_at=None)
        except Transient as failure:
            self._failed(task, failure)
            await self._put_off(task, Outlook(elapsed=self._elapsed(task)))
        except Refused as failure:
            self._failed(task, failure)
            await self._set(task, card_at=None)

    async def put_away(self, task: Task) -> None:
        """The picture is there: take the card away. Of a cancelled task it stays, and says so.

        Not worth more than a few tries.
        """
        try:
            await (self.board.close(task) if task.cancelled else self.board.remove(task))
        except Transient as failure:
            if task.tries < TRIES_MAX:
                wait = self.patience.until_retry(task.tries + 1, failure.retry_after, jitter=0.5)
                due = self.clock() + timedelta(seconds=wait)
                await self._set(task, tries=task.tries + 1, due_at=due)
                return
        except Refused as failure:
            log.info("card stays", extra={"task": task.id, "detail": str(failure)})
            if task.unheard:
                return
        await self._set(task, card=None, card_at=None)

    async def _show(self, task: Task, outlook: Outlook) -> None:
        card = await self.board.show(task, outlook)
        later = self._later(task, outlook)
        try:
            task = await self.journal.record(
                task.id, lambda fresh: replace(fresh, card=card, card_at=later)
            )
        except Vanished:
            # Whoever asked for it was forgotten meanwhile; nobody else knows this card.
            await self.board.remove(replace(task, card=card))
            raise
        log.debug("card shown", extra={"task": task.id, "card": task.card})

    async def _put_off(self, task: Task, outlook: Outlook) -> None:
        await self._set(task, card_at=self._later(task, outlook))

    def _later(self, task: Task, outlook: Outlook) -> datetime:
        wait = self.patience.until_card(outlook.elapsed, private=task.origin.private)
        return self.clock() + timedelta(seconds=wait)

    def _elapsed(self, task: Task) -> float:
        return (self.clock() - task.created_at).total_seconds()

    def _failed(self, task: Task, failure: Transient | Refused) -> None:
        log.info("card not shown", extra={"task": task.id, "detail": str(failure)})

    async def _set(self, task: Task, **to: object) -> None:
        await self.journal.change(task.id, lambda fresh: replace(fresh, **to))  # type: ignore[arg-type]
