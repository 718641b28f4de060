"""What people do in inline mode, and what they are shown."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from bot.sandbox.chats import Chat, Person
from bot.sandbox.queries import InlineAnswer
from tests.conftest import Studio, eventually


@dataclass(frozen=True)
class Offered:
    """The list above the input line."""

    query: str
    answer: InlineAnswer

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.answer.results]

    def shown(self, result: str) -> dict[str, Any]:
        return next(one.shown for one in self.answer.results if one.id == result)


async def offered(
    studio: Studio, person: Person, text: str = "", *, chat: Chat | None = None, offset: str = ""
) -> Offered:
    """The person types `@bot text` and waits for the answer."""
    query_id = studio.telegram.ask_inline(person, text, chat=chat, offset=offset)
    query = studio.telegram.world.queries.inline[query_id]
    await studio.telegram.wait_until(lambda: query.answer is not None)
    assert query.answer is not None
    return Offered(query_id, query.answer)


async def draw_here(studio: Studio, person: Person, text: str, *, chat: Chat) -> dict[str, Any]:
    """The person chooses to draw in that chat; gives the placeholder."""
    offer = await offered(studio, person, text, chat=chat)
    return studio.telegram.choose(person, offer.query, "draw", chat=chat)


async def filled(studio: Studio, placeholder: dict[str, Any], kind: str) -> dict[str, Any]:
    """Wait until the placeholder has become `photo` or `document`."""
    number, chat = placeholder["message_id"], placeholder["chat"]["id"]
    return await studio.telegram.wait_for(
        lambda message: message["message_id"] == number and kind in message,
        chat=studio.telegram.world.chats[chat],
    )


async def told(studio: Studio, placeholder: dict[str, Any], text: str) -> dict[str, Any]:
    """Wait until the placeholder says this."""
    number, chat = placeholder["message_id"], placeholder["chat"]["id"]
    return await studio.telegram.wait_for(
        lambda message: message["message_id"] == number and text in message.get("text", ""),
        chat=studio.telegram.world.chats[chat],
    )


async def started(studio: Studio, person: Person) -> Chat:
    """The person's private chat, which is open to the bot."""
    studio.telegram.say(person, "/start")
    chat = studio.chat(person)
    await studio.telegram.wait_for(lambda message: message["from"]["is_bot"], chat=chat)
    return chat


async def drawn(studio: Studio, person: Person, prompt: str) -> dict[str, Any]:
    """The person has a picture drawn in private, and it is in their gallery."""
    last = max((one["message_id"] for one in studio.telegram.messages()), default=0)
    studio.telegram.say(person, prompt)
    caption = prompt.partition(" --")[0]
    picture = await studio.picture(studio.chat(person), caption, after=last)
    noted = f"SELECT 1 FROM pictures WHERE message = {picture['message_id']}"
    await eventually(lambda: rows(studio, noted))
    return picture


BOTH_MODES = pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
ASK = "⏳ How is it going?"


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


def run(studio: Studio, sql: str) -> None:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        database.execute(sql)
        database.commit()


def newest(studio: Studio) -> str:
    return str(rows(studio, "SELECT id FROM pictures ORDER BY shelf DESC")[0][0])


async def is_at_rest(studio: Studio) -> None:
    """Wait until nothing is left to do for any task."""
    await eventually(lambda: rows(studio, "SELECT id FROM tasks WHERE due_at IS NOT NULL") == [])


def elsewhere(studio: Studio) -> Chat:
    """A group of Ann and Bob the bot is not in."""
    people = [studio.ann, studio.bob, studio.mei]
    return studio.telegram.world.add_group("Without the bot", members=people, bot="left")


def count_of(studio: Studio, method: str) -> int:
    return sum(call.method == method for call in studio.telegram.calls)
