"""The books on disk: accounts, and every movement between them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.credits import FREE, GRANTED, TOTALS, Entry, Movement, Purse, Statement, lasting
from bot.storage.books import (
    GIVEN,
    About,
    balance,
    is_known,
    left_of,
    move,
    release_orphans,
)
from bot.storage.database import Connection, Database

# A day is over everywhere after two, and until then what was reserved may come back to it.
_DAYS_KEPT = timedelta(days=2)
_ACCOUNTS_AT_ONCE = 200
# A year and a month, as for a shoebox of receipts.
_ENTRIES_KEPT = timedelta(days=400)
_ENTRIES_AT_ONCE = 500

_OLD_DAYS = (
    "SELECT id, name, balance FROM accounts WHERE day < ?"
    " AND NOT EXISTS (SELECT 1 FROM holds WHERE account = accounts.id) LIMIT ?"
)
# What is taken out of the books goes into what its accounts began with: they balance as before.
_BRING_FORWARD = (
    "UPDATE accounts SET opening = opening"
    " + coalesce((SELECT sum(amount) FROM entries WHERE given_to = accounts.id"
    " AND taken_from = :account), 0)"
    " - coalesce((SELECT sum(amount) FROM entries WHERE taken_from = accounts.id"
    " AND given_to = :account), 0)"
    " WHERE id IN (SELECT given_to FROM entries WHERE taken_from = :account"
    " UNION SELECT taken_from FROM entries WHERE given_to = :account)"
)
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
_OLD = "SELECT id FROM entries WHERE at < :before ORDER BY at, id LIMIT :most"
_FORGET_OLD = (
    "UPDATE accounts SET opening = opening"  # noqa: S608 - our own words
    " + coalesce((SELECT sum(amount) FROM entries"
    f" WHERE given_to = accounts.id AND id IN ({_OLD})), 0)"
    " - coalesce((SELECT sum(amount) FROM entries"
    f" WHERE taken_from = accounts.id AND id IN ({_OLD})), 0)"
    f" WHERE id IN (SELECT given_to FROM entries WHERE id IN ({_OLD})"
    f" UNION SELECT taken_from FROM entries WHERE id IN ({_OLD}))"
)
_DELETE_OLD = f"DELETE FROM entries WHERE id IN ({_OLD})"  # noqa: S608 - our own words
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

    async def sweep(self, now: datetime) -> int:
        """Close the days that are over, a bounded piece each time; returns how many.

        What is left of them goes back to where it came from, and their entries go; so do all
        entries older than a year.
        """
        before = f"{(now - _DAYS_KEPT).astimezone(UTC):%Y-%m-%d}"

        def work(connection: Connection) -> int:
            release_orphans(connection, now)
            days = connection.execute(_OLD_DAYS, [before, _ACCOUNTS_AT_ONCE]).fetchall()
            for day in days:
                if day["balance"]:
                    move(connection, Movement.LAPSE, day["name"], FREE, day["balance"], now)
                _strike_out(connection, day["id"])
            gone = {"before": (now - _ENTRIES_KEPT).timestamp(), "most": _ENTRIES_AT_ONCE}
            for sql in (_FORGET_OLD, _DELETE_OLD):
                connection.execute(sql, gone)
            return len(days)

        return await self._database.write(work)

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


def _strike_out(connection: Connection, account: int) -> None:
    """Take an empty account and its entries out of the books."""
    connection.execute(_BRING_FORWARD, {"account": account})
    connection.execute(
        "DELETE FROM entries WHERE taken_from = :account OR given_to = :account",
        {"account": account},
    )
    connection.execute("DELETE FROM accounts WHERE id = ?", [account])
