"""The books on disk: accounts, and every movement between them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.credits import FREE, GRANTED, TOTALS, Entry, Movement, Purse, Statement, lasting
from bot.storage.books import (
    GIVEN,
    About,
    balance,
    end_orphans,
    is_known,
    left_of,
    move,
)
from bot.storage.database import Connection, Database, Row
from bot.storage.pieces import Piece, in_pieces

# A day is over everywhere after two, and until then what was reserved may come back to it.
_DAYS_KEPT = timedelta(days=2)
# A year and a month, as for a shoebox of receipts.
_ENTRIES_KEPT = timedelta(days=400)
_ROWS_A_SWEEP = 100_000

_OLD_DAY = (
    "SELECT id, name, balance, day,"
    " EXISTS (SELECT 1 FROM holds WHERE account = accounts.id) AS held"
    " FROM accounts WHERE day < ? AND (day, id) > (?, ?) ORDER BY day, id LIMIT 1"
)
_ORPHANED = (
    "SELECT DISTINCT task FROM holds WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = holds.task)"
)
_OF_DAY = (
    "SELECT id, taken_from, given_to, amount FROM entries"
    " WHERE taken_from = :account OR given_to = :account ORDER BY id LIMIT :most"
)
_OLD = "SELECT id, taken_from, given_to, amount FROM entries WHERE at < ? ORDER BY at, id LIMIT ?"
_BRING_FORWARD = "UPDATE accounts SET opening = opening + ? WHERE id = ?"
_KEPT = (
    "SELECT name, balance FROM accounts"
    " WHERE name >= 'own:' AND name < 'own;' AND balance > 0 ORDER BY balance DESC, id"
)
_ENTRIES = (
    "WITH theirs AS (SELECT id FROM accounts WHERE name = :own OR name LIKE :days)"
    " SELECT at, kind, amount, task, giver.name AS taken_from, taker.name AS given_to FROM entries"
    " JOIN accounts AS giver ON giver.id = taken_from JOIN accounts AS taker ON taker.id = given_to"
    " WHERE taken_from IN (SELECT id FROM theirs) OR given_to IN (SELECT id FROM theirs)"
    " ORDER BY entries.id DESC LIMIT :most"
)
_TOTALS = (
    "SELECT CASE WHEN name LIKE '%:%' THEN 'people' ELSE name END AS account, sum(balance) AS held"
    " FROM accounts GROUP BY account"
)
_EXAMINATION: tuple[tuple[str, str], ...] = (
    (
        "all accounts together hold {0} and began with {1}, not nothing",
        (
            "SELECT sum(balance), sum(opening) FROM accounts"
            " HAVING sum(balance) <> 0 OR sum(opening) <> 0"
        ),
    ),
    (
        "the account {0} holds {1}, its entries make {2}",
        (
            "SELECT name, balance, opening + came - went FROM (SELECT name, balance, opening,"
            " coalesce((SELECT sum(amount) FROM entries WHERE given_to = accounts.id), 0) AS came,"
            " coalesce((SELECT sum(amount) FROM entries WHERE taken_from = accounts.id), 0) AS went"
            " FROM accounts) AS added WHERE balance <> opening + came - went"
        ),
    ),
    (
        "{0} is reserved, {1} of it for pictures",
        (
            "SELECT balance, held FROM (SELECT coalesce((SELECT balance FROM accounts"
            " WHERE name = 'held'), 0) AS balance, coalesce((SELECT sum(amount) FROM holds), 0)"
            " AS held) AS compared WHERE balance <> held"
        ),
    ),
    (
        "{1} is reserved for the task {0}, which is not there",
        (
            "SELECT task, sum(amount) FROM holds"
            " WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = holds.task) GROUP BY task"
        ),
    ),
)


class Ledger:
    """Fits `credits.Books`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def statement(self, purses: tuple[Purse, ...], person: int) -> Statement:
        marks = ", ".join("?" * len(purses))
        rows = await self._database.read(
            f"SELECT name, balance, {GIVEN} AS given FROM accounts"  # noqa: S608 - marks
            f" WHERE name IN ({marks})",
            [purse.account for purse in purses],
        )
        known = {row["name"]: row for row in rows}

        def left(purse: Purse) -> int:
            row = known.get(purse.account)
            if row is None:
                return purse.daily or 0
            return left_of(purse, balance=row["balance"], given=row["given"])

        ((held,),) = await self._database.read(
            "SELECT coalesce(sum(amount), 0) FROM holds WHERE person = ?", [person]
        )
        return Statement(
            purses=tuple((one, left(one)) for one in purses),
            held=held,
        )

    async def grant(self, number: int, amount: int, *, key: str, now: datetime) -> int:
        account = lasting(number)

        def work(connection: Connection) -> int:
            if not is_known(connection, key):
                if amount > 0:
                    move(connection, Movement.GRANT, GRANTED, account, amount, now, About(key=key))
                elif taken := min(-amount, balance(connection, account)):
                    move(connection, Movement.GRANT, account, GRANTED, taken, now, About(key=key))
            return balance(connection, account)

        return await self._database.write(work)

    async def sweep(self, now: datetime, *, most: int = _ROWS_A_SWEEP) -> int:
        """Close the days that are over, in small pieces; returns how many.

        What is left of them goes back to where it came from, and their entries go; so do all
        entries older than a year. `most`: at so many rows of each it looks.
        """
        before = f"{(now - _DAYS_KEPT).astimezone(UTC):%Y-%m-%d}"
        entries_before = (now - _ENTRIES_KEPT).timestamp()

        def days(connection: Connection, size: int, after: Sequence[object]) -> Piece:
            return _close_days(connection, before, size, after or ("", 0), now)

        def entries(connection: Connection, size: int, _after: Sequence[object]) -> Piece:
            rows = connection.execute(_OLD, [entries_before, size]).fetchall()
            _strike_out(connection, rows)
            return Piece(looked=len(rows), gone=len(rows))

        await self._release_orphans(now, most)
        closed = await in_pieces(self._database, days, most=most)
        await in_pieces(self._database, entries, most=most)
        return closed

    async def _release_orphans(self, now: datetime, most: int) -> None:
        found = await self._database.look(lambda one: one.execute(_ORPHANED).fetchall())
        tasks = [str(row["task"]) for row in found[:most]]

        def work(connection: Connection, size: int, after: Sequence[object]) -> Piece:
            done = len(after)
            some = tasks[done : done + size]
            if some:
                end_orphans(connection, some, {}, now)
            return Piece(looked=len(some), gone=len(some), after=tasks[: done + size])

        await in_pieces(self._database, work, most=most)

    async def kept(self) -> Mapping[int, int]:
        """What people and chats have to keep, the most first."""
        rows = await self._database.read(_KEPT)
        return {int(row["name"].partition(":")[2]): row["balance"] for row in rows}

    async def entries(self, number: int, *, most: int = 20) -> list[Entry]:
        """The latest movements of what a person or chat has, of any day that is still kept."""
        names = {"own": lasting(number), "days": f"%:{number}:%", "most": most}
        return [
            Entry(
                at=datetime.fromtimestamp(row["at"], UTC),
                kind=Movement(row["kind"]),
                taken_from=row["taken_from"],
                given_to=row["given_to"],
                amount=row["amount"],
                task=row["task"],
            )
            for row in await self._database.read(_ENTRIES, names)
        ]

    async def totals(self) -> Mapping[str, int]:
        known = {row["account"]: row["held"] for row in await self._database.read(_TOTALS)}
        return {name: known.get(name, 0) for name in TOTALS}

    async def examine(self) -> list[str]:
        found: list[str] = []
        for text, sql in _EXAMINATION:
            found += [text.format(*row) for row in await self._database.read(sql)]
        return found


def _close_days(
    connection: Connection, before: str, size: int, after: Sequence[object], now: datetime
) -> Piece:
    """As many of the oldest as have some `size` entries; the last of them perhaps in part."""
    looked = closed = 0
    while looked < size:
        day = connection.execute(_OLD_DAY, [before, *after]).fetchone()
        if day is None:
            break
        looked += 1
        if not day["held"]:
            if day["balance"]:
                move(connection, Movement.LAPSE, day["name"], FREE, day["balance"], now)
            some = max(1, size - looked)
            rows = connection.execute(_OF_DAY, {"account": day["id"], "most": some}).fetchall()
            _strike_out(connection, rows)
            looked += len(rows)
            if len(rows) == some:
                continue
            connection.execute("DELETE FROM accounts WHERE id = ?", [day["id"]])
            closed += 1
        after = (day["day"], day["id"])
    return Piece(looked=looked, gone=closed, after=after)


def _strike_out(connection: Connection, entries: Sequence[Row]) -> None:
    """Take entries out of the books. They go into what their accounts began with, so that those
    balance as before.
    """
    if not entries:
        return
    changes: Counter[int] = Counter()
    for entry in entries:
        changes[entry["given_to"]] += entry["amount"]
        changes[entry["taken_from"]] -= entry["amount"]
    connection.executemany(_BRING_FORWARD, [(change, one) for one, change in changes.items()])
    marks = ", ".join("?" * len(entries))
    connection.execute(
        f"DELETE FROM entries WHERE id IN ({marks})",  # noqa: S608 - marks
        [entry["id"] for entry in entries],
    )
