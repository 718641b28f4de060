"""Movements in the books, each inside a transaction that somebody else began.

What has to happen together with a change of a task is written together with it.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.credits import (
    FREE,
    GRANTED,
    HELD,
    MAY_OWE,
    SOLD,
    SPENT,
    Movement,
    Outcome,
    Payment,
    Purse,
    divide,
    is_daily,
    lasting,
    outcome,
    pool,
)
from bot.storage.database import Connection, Row
from bot.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a movement is about; there is one movement per `key`."""

    task: str | None = None
    picture: str | None = None
    key: str | None = None


_NOTHING = About()
_OPEN = "INSERT INTO accounts (name, day, may_owe) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING"
_RENAME = (
    "UPDATE accounts SET name = :new WHERE name = :old"
    " AND NOT EXISTS (SELECT 1 FROM accounts WHERE name = :new)"
)
_BALANCE = "SELECT balance FROM accounts WHERE name = ?"
# What a day was given: when it began, and when it was allowed more.
GIVEN = (
    "coalesce((SELECT sum(amount) FROM entries WHERE given_to = accounts.id AND kind = 'daily'), 0)"
)
_DAY = f"SELECT balance, {GIVEN} AS given FROM accounts WHERE name = ?"  # noqa: S608
_MOVE = (
    "INSERT INTO entries (at, kind, taken_from, given_to, amount, task, picture, key)"
    " VALUES (?, ?, (SELECT id FROM accounts WHERE name = ?),"
    " (SELECT id FROM accounts WHERE name = ?), ?, ?, ?, ?)"
)
_HOLD = (
    "INSERT INTO holds (picture, account, task, person, amount)"
    " VALUES (?, (SELECT id FROM accounts WHERE name = ?), ?, ?, ?)"
)
_HOLDS = (
    "SELECT picture, name, amount FROM holds JOIN accounts ON accounts.id = account WHERE task = ?"
)
_ORPHANS = (
    "SELECT picture, name, amount, task FROM holds JOIN accounts ON accounts.id = account"
    " WHERE task IN ({}) AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = holds.task)"
)


def reserve(connection: Connection, task: Task, payment: Payment) -> None:
    """Set aside what each picture of a new task costs. Raises NotEnough."""
    at = task.created_at
    balances = [_holds(connection, purse) for purse in payment.purses]
    shares = divide(payment.price, len(task.pictures), balances)
    for picture, share in zip(task.pictures, shares, strict=True):
        for purse, amount in zip(payment.purses, share, strict=True):
            if amount == 0:
                continue
            _open_day(connection, purse, at)
            move(
                connection,
                Movement.RESERVE,
                purse.account,
                HELD,
                amount,
                at,
                About(task=task.id, picture=picture.id),
            )
            connection.execute(
                _HOLD, [picture.id, purse.account, task.id, task.origin.person, amount]
            )


def settle(connection: Connection, task: Task, now: datetime) -> None:
    """Spend what was reserved for pictures that were brought, give back what was for the others."""
    holds = connection.execute(_HOLDS, [task.id]).fetchall()
    if not holds:
        return
    outcomes = {picture.id: outcome(picture) for picture in task.pictures}
    for hold in holds:
        _end(connection, hold, outcomes[hold["picture"]], task.id, now)


def release_orphans(connection: Connection, tasks: Sequence[str], now: datetime) -> None:
    """Give back what was reserved for those of these tasks that are no longer there."""
    orphans = _ORPHANS.format(", ".join("?" * len(tasks)))
    for hold in connection.execute(orphans, tasks).fetchall():
        _end(connection, hold, Outcome.RELEASE, hold["task"], now)


def sell(connection: Connection, person: int, amount: int, key: str, now: datetime) -> None:
    """Credit what was paid for."""
    move(connection, Movement.SALE, SOLD, lasting(person), amount, now, About(key=key))


def take_back(connection: Connection, person: int, amount: int, key: str, now: datetime) -> int:
    """What was paid for is paid back: take the credits that are left of it. Returns how many."""
    account = lasting(person)
    if taken := min(amount, balance(connection, account)):
        move(connection, Movement.REFUND, account, SOLD, taken, now, About(key=key))
    return taken


def rename(connection: Connection, old: int, new: int) -> None:
    """A group goes on under another number, and its accounts with it."""
    today = datetime.now(UTC)
    for name in (lasting, lambda number: pool(number, today)):
        connection.execute(_RENAME, {"old": name(old), "new": name(new)})


def forget(connection: Connection, person: int, now: datetime) -> None:
    """What a person has to keep goes, and the account remembers nobody.

    Their day stays for as long as it lasts: it would begin anew otherwise.
    """
    name = lasting(person)
    left = balance(connection, name)
    if left:
        move(connection, Movement.LAPSE, name, GRANTED, left, now)
    connection.execute(_RENAME, {"old": name, "new": f"gone:{secrets.token_hex(8)}"})
    connection.execute("UPDATE holds SET person = 0 WHERE person = ?", [person])


def _holds(connection: Connection, purse: Purse) -> int:
    row = connection.execute(_DAY, [purse.account]).fetchone()
    if row is None:
        return purse.daily or 0
    return left_of(purse, balance=row["balance"], given=row["given"])


def left_of(purse: Purse, *, balance: int, given: int) -> int:
    """What may be spent of an account. How much a day holds may be changed in the middle of it."""
    return balance if purse.daily is None else max(0, purse.daily - (given - balance))


def _open_day(connection: Connection, purse: Purse, now: datetime) -> None:
    """A day begins when something is spent of it for the first time."""
    row = connection.execute(_DAY, [purse.account]).fetchone()
    missing = (purse.daily or 0) - (row["given"] if row else 0)
    if missing > 0:
        move(connection, Movement.DAILY, FREE, purse.account, missing, now)


def _end(
    connection: Connection,
    hold: Row,
    ending: Outcome | None,
    task: str,
    now: datetime,
) -> None:
    if ending is None:
        return
    picture, account, amount = hold["picture"], hold["name"], hold["amount"]
    kind = Movement(ending.value)
    goal = SPENT if ending is Outcome.COMMIT else account
    about = About(task=task, picture=picture)
    move(connection, kind, HELD, goal, amount, now, about)
    connection.execute(
        "DELETE FROM holds WHERE picture = ?"
        " AND account = (SELECT id FROM accounts WHERE name = ?)",
        [picture, account],
    )


def move(
    connection: Connection,
    kind: Movement,
    taken_from: str,
    given_to: str,
    amount: int,
    now: datetime,
    about: About = _NOTHING,
) -> None:
    """Take from one account and give to another; either is opened when it is not there yet."""
    for name in (taken_from, given_to):
        day = name.rpartition(":")[2] if is_daily(name) else None
        connection.execute(_OPEN, [name, day, name in MAY_OWE])
    connection.execute(
        _MOVE,
        [now.timestamp(), kind, taken_from, given_to, amount, about.task, about.picture, about.key],
    )
    _change(connection, [(-amount, taken_from), (amount, given_to)])


def _change(connection: Connection, changes: Iterable[Sequence[object]]) -> None:
    connection.executemany("UPDATE accounts SET balance = balance + ? WHERE name = ?", changes)


def balance(connection: Connection, account: str) -> int:
    row = connection.execute(_BALANCE, [account]).fetchone()
    return int(row["balance"]) if row else 0


def is_known(connection: Connection, key: str) -> bool:
    return connection.execute("SELECT 1 FROM entries WHERE key = ?", [key]).fetchone() is not None
