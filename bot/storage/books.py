"""Movements in the books, each inside a transaction that somebody else began.

What has to happen together with a change of a task is written together with it.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
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
    outcome_when_gone,
    pool,
)
from bot.storage.database import Connection, Row
from bot.storage.task_rows import READ, task_of
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
_HOLD_MORE = (
    f"{_HOLD} ON CONFLICT (picture, account) DO UPDATE SET amount = holds.amount + excluded.amount"
)
_OF_ACCOUNT = "account = (SELECT id FROM accounts WHERE name = ?)"
_HOLD_LESS = f"UPDATE holds SET amount = amount - ? WHERE picture = ? AND {_OF_ACCOUNT}"  # noqa: S608
_UNHOLD = f"DELETE FROM holds WHERE picture = ? AND {_OF_ACCOUNT}"  # noqa: S608 - our own words
_HOLDS_FROM = (
    f"SELECT picture, task, person, amount FROM holds WHERE {_OF_ACCOUNT} ORDER BY picture"  # noqa: S608
)
_HOLDS = (
    "SELECT picture, name, amount FROM holds JOIN accounts ON accounts.id = account WHERE task = ?"
)
_HOLDING = "SELECT DISTINCT task FROM holds WHERE task IN ({})"
_TASK = READ.format("?")
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
    outcomes = {picture.id: outcome(task, picture) for picture in task.pictures}
    for hold in holds:
        _end(connection, hold, outcomes[hold["picture"]], task.id, now)


def when_gone(connection: Connection, tasks: Sequence[str]) -> dict[str, Outcome]:
    """What becomes of the credits held for each picture of these tasks if they are deleted: to be
    asked before that, as nothing is left to tell it by afterwards.
    """
    if not tasks:
        return {}
    holding = _HOLDING.format(", ".join("?" * len(tasks)))
    found = (
        task_of(connection.execute(_TASK, [row["task"]]).fetchall())
        for row in connection.execute(holding, tasks).fetchall()
    )
    return {
        picture.id: outcome_when_gone(task, picture)
        for task in found
        if task
        for picture in task.pictures
    }


def end_orphans(
    connection: Connection, tasks: Sequence[str], outcomes: Mapping[str, Outcome], now: datetime
) -> None:
    """Spend or give back what was reserved for those of these tasks that are no longer there, as
    `when_gone` has it. A picture of which it knows nothing costs nothing.
    """
    if not tasks:
        return
    orphans = _ORPHANS.format(", ".join("?" * len(tasks)))
    for hold in connection.execute(orphans, tasks).fetchall():
        ending = outcomes.get(hold["picture"], Outcome.RELEASE)
        _end(connection, hold, ending, hold["task"], now)


def sell(connection: Connection, person: int, amount: int, key: str, now: datetime) -> None:
    """Credit what was paid for."""
    move(connection, Movement.SALE, SOLD, lasting(person), amount, now, About(key=key))


def take_back(connection: Connection, person: int, amount: int, key: str, now: datetime) -> int:
    """What was paid for is paid back: take the credits that are left of it. Returns how many.

    Of the rest, what is reserved for pictures is taken if nothing comes of them.
    """
    account = lasting(person)
    if taken := min(amount, balance(connection, account)):
        move(connection, Movement.REFUND, account, SOLD, taken, now, About(key=key))
    _redirect(connection, account, amount - taken)
    return taken


def _redirect(connection: Connection, account: str, amount: int) -> None:
    """As much of what is reserved from this account goes to the till if it is not spent."""
    for hold in connection.execute(_HOLDS_FROM, [account]).fetchall():
        some = min(hold["amount"], amount)
        if not some:
            return
        amount -= some
        if some == hold["amount"]:
            connection.execute(_UNHOLD, [hold["picture"], account])
        else:
            connection.execute(_HOLD_LESS, [some, hold["picture"], account])
        held = [hold["picture"], SOLD, hold["task"], hold["person"], some]
        connection.execute(_HOLD_MORE, held)


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
    connection.execute(_UNHOLD, [picture, account])


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
