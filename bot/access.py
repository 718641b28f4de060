"""Who may ask for pictures, of which models, and who pays for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot import models
from bot.credits import Allowances, NotEnough, Payment, PriceList, Purse, next_day
from bot.group_rules import GroupRulesStore, Members, Requests
from bot.origin import Origin
from bot.prompt import Objection, Order


class Barrier(StrEnum):
    """Why somebody may not ask, or not for this. The values are stored."""

    BANNED = "banned"
    CLOSED = "closed"
    MAINTENANCE = "maintenance"
    PAUSED = "paused"
    MODEL_OFF = "model_off"
    CREDITS = "credits"
    GROUP_OFF = "group_off"
    ADMINS_ONLY = "admins_only"
    WRONG_TOPIC = "wrong_topic"
    COOLING = "cooling"


@dataclass(slots=True, eq=False)
class Denied(Objection):
    """A wish that would be fine, but not now, or not from this person.

    `words` are those of the operator, or the topics in which one may ask, `model` the label of one
    that is switched off. `needed` and `left` are credits, `until` says when it may be otherwise.
    """

    barrier: Barrier
    person: int = 0
    words: str = ""
    model: str = ""
    needed: int = 0
    left: int = 0
    until: datetime | None = None


class Standing(StrEnum):
    """What an operator has decided about a person or a chat. The values are stored."""

    BANNED = "banned"
    ALLOWED = "allowed"


class Standings(Protocol):
    """On disk. Raises Transient."""

    async def of(self, *numbers: int) -> Mapping[int, Standing]:
        """Of those people and chats about whom something was decided."""

    async def set(
        self, number: int, standing: Standing | None, now: datetime, reason: str = ""
    ) -> None:
        """Decide, or take a decision back."""

    async def reason(self, number: int) -> str:
        """Why it was decided so, in the words of whoever did; empty where none were said."""

    async def all(self) -> Mapping[int, Standing]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What operators have switched while the bot runs.

    `maintenance` holds the words people read, and is None while there is none; `closed` overrides
    the setting; `paused` says why nothing new is begun until the bot itself finds that over.
    `models_off` are keys of the catalogue, `prices` as in `credits.PriceList`.
    """

    maintenance: str | None = None
    closed: bool | None = None
    paused: str | None = None
    models_off: tuple[str, ...] = ()
    prices: Mapping[str, int] = field(default_factory=dict)


class SwitchStore(Protocol):
    """On disk. Raises Transient."""

    async def get(self) -> Switches: ...

    async def change(self, fields: Mapping[str, Any], now: datetime) -> Switches:
        """Set these and leave the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings say. In a closed house only `allowed` people and chats may ask;
    operators always may, and pay nothing.
    """

    operators: frozenset[int] = frozenset()
    closed: bool = False
    allowed: frozenset[int] = frozenset()
    allowances: Allowances = field(default_factory=lambda: Allowances(person=None))
    prices: PriceList = field(default_factory=PriceList)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    terms: Terms
    standings: Standings
    switches: SwitchStore
    groups: GroupRulesStore
    members: Members
    requests: Requests
    clock: Callable[[], datetime]

    async def check(self, origin: Origin, order: Order) -> None:
        """Raises Denied, and Transient."""
        if self.is_operator(origin.person):
            return
        await self.welcome(origin)
        standings = await self.standings.of(origin.person, origin.chat)
        if Standing.BANNED in standings.values():
            raise Denied(Barrier.BANNED)
        switches = await self.switches.get()
        if switches.maintenance is not None:
            raise Denied(Barrier.MAINTENANCE, words=switches.maintenance)
        closed = self.terms.closed if switches.closed is None else switches.closed
        allowed = self.terms.allowed & {origin.person, origin.chat}
        if closed and not allowed and Standing.ALLOWED not in standings.values():
            raise Denied(Barrier.CLOSED, person=origin.person)
        if order.model in switches.models_off:
            raise Denied(Barrier.MODEL_OFF, model=models.CATALOGUE[order.model].label)
        if switches.paused is not None:
            raise Denied(Barrier.PAUSED)

    async def welcome(self, origin: Origin) -> None:
        """Whether the rules of its group let this person ask there. Raises Denied, and Transient."""
        if origin.private or self.is_operator(origin.person):
            return
        rules = await self.groups.get(origin.chat)
        if not rules.on:
            raise Denied(Barrier.GROUP_OFF)
        if not rules.welcomes(origin.topic):
            raise Denied(Barrier.WRONG_TOPIC, words=rules.places(origin.chat))
        if rules.admins_only and not await self.members.decides(origin.chat, origin.person):
            raise Denied(Barrier.ADMINS_ONLY)

    async def rested(self, origin: Origin) -> None:
        """Whether this person has paused for as long as the group wants. Raises Denied, Transient."""
        if origin.private or self.is_operator(origin.person):
            return
        pause = timedelta(seconds=(await self.groups.get(origin.chat)).cool_down)
        since = self.clock() - pause
        if pause and (last := await self.requests.last_asked(origin.chat, origin.person, since)):
            raise Denied(Barrier.COOLING, until=last + pause)

    async def payment(self, origin: Origin, order: Order) -> Payment | None:
        """Who pays how much for each picture; None where nobody has to. Raises Transient."""
        allowances = self.terms.allowances
        if allowances.of(origin.person) is None or self.is_operator(origin.person):
            return None
        price = (await self.prices()).of_order(order)
        if price == 0:
            return None
        return Payment(price=price, purses=await self.purses(origin))

    async def purses(self, origin: Origin) -> tuple[Purse, ...]:
        """Whose credits pay for a wish from here. Raises Transient."""
        allowances = self.terms.allowances
        if not origin.private:
            rules = await self.groups.get(origin.chat)
            allowances = replace(allowances, group=rules.pool_of(allowances.group))
        return allowances.purses(origin, self.clock())

    async def prices(self) -> PriceList:
        """Today's, those of the switches before those of the settings. Raises Transient."""
        changed = (await self.switches.get()).prices
        return PriceList({**self.terms.prices.own, **changed})

    def is_operator(self, person: int) -> bool:
        return person in self.terms.operators

    def too_dear(self, error: NotEnough, origin: Origin) -> Denied:
        """The same in the words of this room."""
        return Denied(
            Barrier.CREDITS,
            person=origin.person,
            needed=error.needed,
            left=error.left,
            until=next_day(self.clock()),
        )
