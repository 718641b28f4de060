"""What admins choose on the sheet of their group, and whether everything said was heard."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from bot.clock import now as steady
from bot.sandbox.chats import Chat, Person, Topic
from tests.conftest import Studio, eventually
from tests.pressing import buttons, now, pressed

Message = dict[str, Any]


class LaterClock:
    """The clock, and what a test has put it forward by."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return steady() + self.ahead


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


async def heard(studio: Studio) -> None:
    """Wait until everything that was said or pressed is handled, and albums have become wishes."""
    await eventually(lambda: not studio.telegram.updates.pending)
    await eventually(lambda: not rows(studio, "SELECT 1 FROM updates WHERE state = 'new'"))
    await eventually(lambda: not rows(studio, "SELECT 1 FROM albums WHERE due_at IS NOT NULL"))


async def sheet_of(
    studio: Studio, person: Person, group: Chat, topic: Topic | None = None
) -> Message:
    """A new sheet with the rules of the group."""
    said = studio.telegram.say(person, "/group", chat=group, topic=topic)
    return await studio.telegram.wait_for(
        lambda one: one.get("text", "").startswith("👥") and one["message_id"] > said["message_id"],
        chat=group,
    )


async def shows(studio: Studio, sheet: Message, *lines: str) -> Message:
    """Wait until the sheet has buttons that begin like this."""
    await studio.telegram.wait_until(
        lambda: all(any(one.startswith(line) for one in _labels(studio, sheet)) for line in lines)
    )
    return now(studio, sheet)


async def choose(studio: Studio, person: Person, sheet: Message, setting: str, value: str) -> str:
    """Open one rule of the sheet, choose a value by its words; returns what the press is told."""
    await pressed(studio, person, sheet, setting)
    await shows(studio, sheet, "‹ Back")
    (found,) = [
        one["callback_data"]
        for one in buttons(now(studio, sheet))
        if one["text"].removeprefix("✓ ") == value
    ]
    told = await studio.press(person, now(studio, sheet), found)
    await shows(studio, sheet, "🔌")
    return told


async def decide(studio: Studio, person: Person, group: Chat, setting: str, value: str) -> Message:
    """The same on a sheet that is opened for it, and gone afterwards; returns it."""
    sheet = await sheet_of(studio, person, group)
    await choose(studio, person, sheet, setting, value)
    await heard(studio)
    studio.telegram.delete(sheet)
    return sheet


def _labels(studio: Studio, sheet: Message) -> list[str]:
    return [one["text"] for one in buttons(now(studio, sheet))]
