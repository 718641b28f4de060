"""The books as operators read them, and refunds."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from math import ceil

from bot.bookkeeping import Entry, Money, Turnover
from bot.credits import GRANTED, SOLD, SPENT, Movement, is_daily, lasting
from bot.storage.books import About, is_known, move
from bot.storage.database import Connection, Database
from bot.task import Task

_OF_TASK = (
    "SELECT at, kind, sum(amount) AS amount FROM entries WHERE task = ?"
    " GROUP BY at, kind ORDER BY at, min(id)"
)
_HELD = "SELECT coalesce(sum(amount), 0) AS held FROM holds WHERE task = ?"
_SPENT = (
    "SELECT picture, sum(amount) AS amount FROM entries"
    " WHERE task = ? AND kind = 'commit' GROUP BY picture ORDER BY picture"
)
_RESERVED = (
    "SELECT picture, name, sum(amount) AS amount FROM entries"
    " JOIN accounts ON accounts.id = taken_from"
    " WHERE task = ? AND kind = 'reserve' GROUP BY picture, name ORDER BY min(entries.id)"
)
_TURNOVER = (
    "SELECT CAST((at - :since) / :step AS INTEGER) AS piece, source.name AS taken_from,"
    " goal.name AS given_to, sum(amount) AS amount FROM entries"
    " JOIN accounts AS source ON source.id = taken_from JOIN accounts AS goal ON goal.id = given_to"
    " WHERE at >= :since AND at < :until"
    # Released into the till is what was paid back before.
    " AND (kind IN ('grant', 'sale', 'commit', 'refund') OR goal.name = 'sold')"
    " GROUP BY 1, 2, 3"
)


class BookkeepingStore:
    """Fits `bookkeeping.Bookkeeping`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_task(self, task_id: str) -> Money:
        rows = await self._database.read(_OF_TASK, [task_id])
        (held,) = await self._database.read(_HELD, [task_id])
        sums: Counter[str] = Counter()
        for row in rows:
            sums[row["kind"]] += row["amount"]
        return Money(
            held=held["held"],
            spent=sums[Movement.COMMIT],
            refunded=sums[Movement.REFUND],
            entries=tuple(
                Entry(
                    at=datetime.fromtimestamp(row["at"], UTC),
                    movement=Movement(row["kind"]),
                    amount=row["amount"],
                )
                for row in rows
            ),
        )

    async def refund(self, task: Task, now: datetime) -> int:
        key = f"refund:{task.id}"

        def work(connection: Connection) -> int:
            if is_known(connection, key):
                return 0
            back = _sources(connection, task)
            for number, (account, amount) in enumerate(back.items()):
                # Only the first says that it was done: they are written together or not at all.
                about = About(task=task.id, key=f"{key}:{number}" if number else key)
                move(connection, Movement.REFUND, SPENT, account, amount, now, about)
            return back.total()

        return await self._database.write(work)

    async def turnover(self, since: datetime, until: datetime, step: timedelta) -> list[Turnover]:
        asked = {
            "since": since.timestamp(),
            "until": until.timestamp(),
            "step": step.total_seconds(),
        }
        pieces: list[Counter[str]] = [
            Counter() for _ in range(max(1, ceil((until - since) / step)))
        ]
        for row in await self._database.read(_TURNOVER, asked):
            piece = pieces[min(row["piece"], len(pieces) - 1)]
            piece[row["taken_from"]] += row["amount"]
            piece[row["given_to"]] -= row["amount"]
        return [Turnover(given=one[GRANTED], sold=one[SOLD], spent=-one[SPENT]) for one in pieces]


def _sources(connection: Connection, task: Task) -> Counter[str]:
    """To which accounts goes how much of what was spent for a task."""
    reserved = defaultdict(list)
    for row in connection.execute(_RESERVED, [task.id]):
        reserved[row["picture"]].append((row["name"], row["amount"]))
    back: Counter[str] = Counter()
    for picture, spent in connection.execute(_SPENT, [task.id]):
        left = spent
        for account, amount in reserved[picture]:
            if not is_daily(account):
                back[account] += min(amount, left)
                left -= min(amount, left)
        if left:
            back[lasting(task.origin.person)] += left
    return back
