"""Payments in Telegram Stars on disk; what they credit is in the books in the same transaction."""

from datetime import UTC, datetime
from typing import Any

from bot.shop import Purchase
from bot.storage import books
from bot.storage.database import Connection, Database, Row

_ADD = (
    "INSERT INTO purchases (charge, person, stars, credits, at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (charge) DO NOTHING"
)
_REFUND = "UPDATE purchases SET refunded_at = ?, taken = ? WHERE charge = ?"
_GET = "SELECT * FROM purchases WHERE charge = ?"
_OF = "SELECT * FROM purchases WHERE person = ? ORDER BY at DESC, charge LIMIT ?"


class PurchaseStore:
    """Fits `shop.Purchases`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, purchase: Purchase) -> Purchase:
        charge, person, at = purchase.charge, purchase.person, purchase.at
        row = [charge, person, purchase.stars, purchase.credits, at.timestamp()]

        def work(connection: Connection) -> Purchase:
            new = connection.execute(_ADD, row).rowcount
            if new and purchase.credits:
                books.sell(connection, person, purchase.credits, f"stars:{charge}", at)
            return _purchase(connection.execute(_GET, [charge]).fetchone())

        return await self._database.write(work)

    async def told(self, charge: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute("UPDATE purchases SET told = 1 WHERE charge = ?", [charge])

        await self._database.write(work)

    async def refund(self, charge: str, now: datetime) -> Purchase | None:
        def work(connection: Connection) -> Purchase | None:
            row = connection.execute(_GET, [charge]).fetchone()
            if row is None or row["refunded_at"] is not None:
                return row and _purchase(row)
            taken = books.take_back(
                connection, row["person"], row["credits"], f"refund:{charge}", now
            )
            connection.execute(_REFUND, [now.timestamp(), taken, charge])
            return _purchase(connection.execute(_GET, [charge]).fetchone())

        return await self._database.write(work)

    async def any(self) -> bool:
        return bool(await self._database.read("SELECT 1 FROM purchases LIMIT 1"))

    async def get(self, charge: str) -> Purchase | None:
        rows = await self._database.read(_GET, [charge])
        return _purchase(rows[0]) if rows else None

    async def of(self, person: int, most: int) -> list[Purchase]:
        return [_purchase(row) for row in await self._database.read(_OF, [person, most])]


def _purchase(row: Row) -> Purchase:
    fields: dict[str, Any] = dict(row)
    for name in ("at", "refunded_at"):
        if fields[name] is not None:
            fields[name] = datetime.fromtimestamp(fields[name], UTC)
    return Purchase(**{**fields, "told": bool(fields["told"])})
