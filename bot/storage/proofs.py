"""Proofs that were spent: each opens one session, and never another."""

from datetime import datetime

from bot.storage.database import Connection, Database

_SPEND = "INSERT INTO proofs (proof, until) VALUES (?, ?) ON CONFLICT (proof) DO NOTHING"


class ProofStore:
    """Fits `webhooks.callers.Proofs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, proof: str, until: datetime) -> bool:
        """False when it was spent before. It is remembered `until` then."""

        def work(connection: Connection) -> bool:
            row = [proof, until.timestamp()]
            return connection.execute(_SPEND, row).rowcount == 1

        return await self._database.write(work)

    async def is_spent(self, proof: str) -> bool:
        return bool(await self._database.read("SELECT 1 FROM proofs WHERE proof = ?", [proof]))
