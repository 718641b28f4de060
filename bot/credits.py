"""What pictures cost, and whose credits pay for them. Pure.

The books are kept in double entry: each movement takes from one account and gives to another, so
that all accounts together always hold nothing. Only the accounts credits come from may owe.

    free, granted, sold  ->  somebody's account  ->  held  ->  spent
                                     ^__________________|

What is held of a payment that was paid back goes to `sold` instead of back to the account.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from bot import models
from bot.life import PictureState
from bot.origin import Origin
from bot.prompt import Order
from bot.task import Picture, Task

# Where credits come from: these owe what was given out.
FREE, GRANTED, SOLD = "free", "granted", "sold"
# Where they go: reserved for a picture that is on its way, and gone for one that was brought.
HELD, SPENT = "held", "spent"
MAY_OWE = (FREE, GRANTED, SOLD)
# What the books come to, with those of all people and chats together.
TOTALS = (*MAY_OWE, HELD, SPENT, "people")


class Movement(StrEnum):
    """Why credits move. The values are stored."""

    DAILY = "daily"
    GRANT = "grant"
    SALE = "sale"
    RESERVE = "reserve"
    COMMIT = "commit"
    RELEASE = "release"
    REFUND = "refund"
    LAPSE = "lapse"


class Outcome(StrEnum):
    """What becomes of the credits held for a picture."""

    COMMIT = Movement.COMMIT.value
    RELEASE = Movement.RELEASE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """An account that may pay. `daily` is what it holds when a day begins; None: what is in it
    was granted or bought, and stays.
    """

    account: str
    daily: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`price` credits for each picture, out of these purses, the first of them first."""

    price: int
    purses: tuple[Purse, ...]


@dataclass(slots=True, eq=False)
class NotEnough(Exception):
    """The purses together do not hold what is needed."""

    needed: int
    left: int


@dataclass(frozen=True, slots=True)
class PriceList:
    """Credits for one picture. `own` maps a model, or a model and size, to another price than the
    generator's: `pro`, `2:4k`.
    """

    own: Mapping[str, int] = field(default_factory=dict)

    def of(self, model: str, size: str) -> int:
        named = self.own.get(f"{model}:{size}", self.own.get(model))
        if named is not None:
            return named
        return math.ceil(models.CATALOGUE[model].credits[size])

    def of_order(self, order: Order) -> int:
        return self.of(order.model, order.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """Credits a day: of each person, and of each group for all its people together. `person` is
    None where nobody has to pay. `own` are those of whoever has another one, by their number.

    Whoever writes as a group or a channel has its number, below zero, and no credits but the
    group's: anybody can make new groups and channels, so a day for each of them would be endless.
    """

    person: int | None
    group: int = 0
    own: Mapping[int, int | None] = field(default_factory=dict)

    def of(self, person: int) -> int | None:
        """Credits a day of this person; None: they do not have to pay."""
        usual = 0 if self.person is not None and person < 0 else self.person
        return self.own.get(person, usual)

    def purses(self, origin: Origin, now: datetime) -> tuple[Purse, ...]:
        """Who pays for a wish from here: what is free before what was given or bought, and the
        group before the person's own.
        """
        purses = [Purse(account=daily(origin.person, now), daily=self.of(origin.person))]
        if not origin.private:
            purses.append(Purse(account=pool(origin.chat, now), daily=self.group))
            if origin.chat != origin.person:
                purses.append(Purse(account=lasting(origin.chat)))
        return (*purses, Purse(account=lasting(origin.person)))


def lasting(number: int) -> str:
    """The account of a person or chat that holds what was granted and bought."""
    return f"own:{number}"


def daily(person: int, now: datetime) -> str:
    """The account of a person for one day, which is a day of UTC."""
    return f"day:{person}:{now.astimezone(UTC):%Y-%m-%d}"


def pool(chat: int, now: datetime) -> str:
    """That of all people in a group together."""
    return f"pool:{chat}:{now.astimezone(UTC):%Y-%m-%d}"


def is_daily(account: str) -> bool:
    return account.startswith(("day:", "pool:"))


def next_day(now: datetime) -> datetime:
    """When daily credits come anew."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC)


def divide(price: int, pictures: int, balances: Sequence[int]) -> list[list[int]]:
    """What each purse pays for each picture, the first purse first. Raises NotEnough."""
    if price * pictures > sum(balances):
        raise NotEnough(needed=price * pictures, left=sum(balances))
    left, shares = list(balances), []
    for _ in range(pictures):
        owed, share = price, []
        for number, balance in enumerate(left):
            paid = min(owed, balance)
            left[number] -= paid
            owed -= paid
            share.append(paid)
        shares.append(share)
    return shares


def outcome(task: Task, picture: Picture) -> Outcome | None:
    """What becomes of the credits held for this picture now; None: they stay reserved.

    They do while a picture is drawn, and while one that could not be brought, or was cancelled too
    late, waits for its person in their gallery.
    """
    if picture.brought:
        return Outcome.COMMIT
    if picture.state is PictureState.FAILED:
        return Outcome.RELEASE
    return outcome_when_gone(task, picture) if picture.deleted else None


def outcome_when_gone(task: Task, picture: Picture) -> Outcome:
    """What becomes of them when nobody can look at this picture any more, and nobody has: it is
    deleted, or its whole task is.

    What we could not bring is free. What was given to the generator, and is not wanted any more, is
    paid for: otherwise whoever cancels and deletes would have any number drawn for nothing.
    """
    if picture.state in (PictureState.CREATED, PictureState.FAILED):
        return Outcome.RELEASE
    return Outcome.RELEASE if task.ended and not task.cancelled else Outcome.COMMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody has: `purses` as they stand now, `held` for pictures on their way."""

    purses: tuple[tuple[Purse, int], ...]
    held: int = 0

    @property
    def left(self) -> int:
        return sum(balance for _, balance in self.purses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement in the books."""

    at: datetime
    kind: Movement
    taken_from: str
    given_to: str
    amount: int
    task: str | None = None


class Books(Protocol):
    """The accounts on disk. Raises Transient."""

    async def statement(self, purses: tuple[Purse, ...], person: int) -> Statement: ...

    async def grant(self, number: int, amount: int, *, key: str, now: datetime) -> int:
        """Give a person or chat credits to keep, or take some back when `amount` is below zero,
        as far as there are any. Once per `key`. Returns what they have to keep now.
        """

    async def totals(self) -> Mapping[str, int]:
        """What each of our own accounts holds, and `people`, all of theirs together."""

    async def examine(self) -> list[str]:
        """Every way in which the books do not balance, in a line each."""
