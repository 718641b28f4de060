"""Questions on disk, until they are answered or too old."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.origin import Reference
from bot.questions import Question, Topic
from bot.storage.database import Connection, Database

_PUT = (
    "INSERT INTO questions (id, chat, message, person, asked_at, body) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET message = excluded.message, body = excluded.body"
)
_NOTE = "UPDATE questions SET chat = ?, message = ?, body = ? WHERE id = ?"


class QuestionStore:
    """Fits `questions.Questions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, question: Question, now: datetime) -> None:
        row = [
            *(question.id, question.chat, question.message, question.person),
            *(now.timestamp(), _body(question)),
        ]

        def work(connection: Connection) -> None:
            connection.execute(_PUT, row)

        await self._database.write(work)

    async def note(self, question: Question) -> bool:
        row = [question.chat, question.message, _body(question), question.id]

        def work(connection: Connection) -> bool:
            return connection.execute(_NOTE, row).rowcount > 0

        return await self._database.write(work)

    async def get(self, question_id: str) -> Question | None:
        return await self._one("id = ?", question_id)

    async def at(self, chat: int, message: int) -> Question | None:
        return await self._one("chat = ? AND message = ?", chat, message)

    async def drop(self, question_id: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM questions WHERE id = ?", [question_id])

        await self._database.write(work)

    async def _one(self, which: str, *parameters: object) -> Question | None:
        sql = f"SELECT body FROM questions WHERE {which}"  # noqa: S608 - our own words
        rows = await self._database.read(sql, parameters)
        return _question(json.loads(rows[0]["body"])) if rows else None


def _body(question: Question) -> str:
    return json.dumps(asdict(question), ensure_ascii=False, default=datetime.isoformat)


def _question(body: dict[str, Any]) -> Question:
    return Question(
        **{
            **body,
            "topic": Topic(body["topic"]),
            # Where it lies for a while is found out again.
            "references": tuple(
                Reference(source=one["source"], picture=one["picture"])
                for one in body["references"]
            ),
        }
    )
