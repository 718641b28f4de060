"""Proofs that were spent: each opens one session, and never another."""

import sqlite3
from datetime import datetime

from bot.storage.sqlite import SQLite


class ProofStore:
    """Fits `webhooks.callers.Proofs`."""

    def __init__(self, database: SQLite) -> None:
        self._database = database

    async def spend(self, proof: str, until: datetime) -> bool:
        """False when it was spent before. It is remembered `until` then."""

        def work(connection: sqlite3.Connection) -> bool:
            row = [proof, until.timestamp()]
            added = connection.execute("INSERT OR IGNORE INTO proofs VALUES (?, ?)", row)
            return added.rowcount == 1

        return await self._database.write(work)

    async def is_spent(self, proof: str) -> bool:
        return bool(await self._database.read("SELECT 1 FROM proofs WHERE proof = ?", [proof]))
