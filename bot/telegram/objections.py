"""Objections to a wish, in words: to everybody in private, in groups once per person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telegram import InlineKeyboardMarkup

from bot.access import Barrier, Denied
from bot.origin import Origin
from bot.prompt import Objection
from bot.telegram import words_access
from bot.telegram.buying import buy_button
from bot.telegram.texts import Texts


class Told(Protocol):
    """On disk. Raises Transient."""

    async def first(
        self, chat: int, person: int, barrier: str, message: int, now: datetime
    ) -> bool:
        """Whether they have not heard of this limit there lately, but in answer to this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """`selling`: whether there are credits to buy."""

    told: Told
    clock: Callable[[], datetime]
    selling: bool = False

    async def words(self, t: Texts, origin: Origin, why: Objection) -> str | None:
        """What to answer; None where they have been told already, or nothing is to be said. Raises Transient."""
        now = self.clock()
        if isinstance(why, Denied) and why.barrier is Barrier.GROUP_OFF:
            return None
        if isinstance(why, Denied) and not origin.private:
            place = (origin.chat, origin.person, why.barrier.value)
            if not await self.told.first(*place, origin.message, now):
                return None
        return words_access.objection(t, why, now)

    def buttons(self, t: Texts, origin: Origin, why: Objection) -> InlineKeyboardMarkup | None:
        """What helps, under the words."""
        short = isinstance(why, Denied) and why.barrier is Barrier.CREDITS
        return buy_button(t) if short and self.selling and origin.private else None

    def alert(self, t: Texts, why: Objection) -> str:
        """What to show to whoever pressed a button, and to nobody else."""
        return words_access.objection(t, why, self.clock())
