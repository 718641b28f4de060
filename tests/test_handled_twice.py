"""A crash between an effect and its note: every update is handled again after the next start."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from telegram import Bot

from bot.sandbox.chats import Chat
from bot.sandbox.payments import collect
from bot.sandbox.stars import Invoice
from bot.shop import Package, Shop
from tests.conftest import TOKEN, Studio, eventually, photo
from tests.grouping import decide
from tests.inlining import draw_here, filled
from tests.pressing import pressed, settled
from tests.telegram.test_settings_room import choose
from tests.test_deleting import asked_whether

# What an update says is taken away once it is handled; a crash would have left it there.
_KEEP = """
CREATE TABLE kept (update_id INTEGER, queue TEXT, body BLOB);
CREATE TRIGGER keep BEFORE UPDATE OF state ON updates WHEN NEW.state = 'done' BEGIN
    INSERT INTO kept VALUES (OLD.update_id, OLD.queue, OLD.body);
END;
"""


def rows(studio: Studio, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return database.execute(sql).fetchall()


def state(studio: Studio) -> dict[str, list[tuple[Any, ...]]]:
    """What is on disk, but for moments and for what was answered how often."""
    return {
        "tasks": rows(studio, "SELECT id, key, slot, state, chat, person FROM tasks ORDER BY id"),
        "pictures": rows(studio, "SELECT id, state, message, deleted FROM pictures ORDER BY id"),
        "favourites": rows(studio, "SELECT person, picture FROM favourites ORDER BY 1, 2"),
        "preferences": rows(studio, "SELECT scope, body FROM preferences ORDER BY 1"),
        "group_rules": rows(studio, "SELECT chat, body FROM group_rules"),
        "questions": rows(studio, "SELECT id, chat, message, person, body FROM questions"),
        "searches": rows(studio, "SELECT person, words FROM searches ORDER BY 2"),
        "purchases": rows(studio, "SELECT charge, person, told, taken FROM purchases ORDER BY 1"),
        "credits": rows(studio, "SELECT name, balance FROM accounts ORDER BY 1"),
        "albums": rows(studio, "SELECT chat, album, due_at, task, told FROM albums"),
    }


async def is_at_rest(studio: Studio) -> None:
    await eventually(lambda: not studio.telegram.updates.pending)
    await eventually(lambda: not rows(studio, "SELECT 1 FROM updates WHERE state = 'new'"), 60)
    await eventually(lambda: not rows(studio, "SELECT 1 FROM tasks WHERE due_at IS NOT NULL"))
    await eventually(lambda: not rows(studio, "SELECT 1 FROM albums WHERE due_at IS NOT NULL"))


async def everything(studio: Studio) -> None:
    """Something in every room."""
    telegram, ann, chat = studio.telegram, studio.ann, studio.chat(studio.ann)
    group = telegram.world.add_group("Friends", members=[ann, studio.bob])
    elsewhere = telegram.world.add_group("Without us", members=[ann], bot="left")
    telegram.say(ann, "a red fox")
    picture = await studio.picture(chat, "a red fox")
    for label in ("Again", "Favourite", "✏️ Edit", "Original", "Details"):
        await pressed(studio, ann, picture, label)
    question = await studio.words(chat, "What shall I change")
    telegram.say(ann, "with a hat", reply_to=question)
    await studio.picture(chat, "with a hat")
    telegram.send_photo(ann, photo())
    question = await studio.words(chat, "What shall I do with this picture")
    telegram.say(ann, "make it blue", reply_to=question)
    await pressed(studio, ann, await studio.picture(chat, "make it blue"), "Favourite")
    telegram.send_album(ann, [photo(), photo(colour="red")], caption="a stamp")
    await studio.picture(chat, "a stamp")
    telegram.say(ann, "/imagine a {red,blue} hen", chat=group)
    offer = await studio.words(group, "Shall I draw them?")
    await pressed(studio, ann, offer, "Draw 2")
    await settled(studio, group, 2)
    telegram.say(ann, "/history fox")
    telegram.say(ann, "/settings")
    sheet = await studio.words(chat, "Your settings")
    await choose(studio, ann, sheet, "📐", "4:3", "📐 Shape: 4:3")
    await filled(studio, await draw_here(studio, ann, "a whale", chat=elsewhere), "photo")
    telegram.say(ann, "@nano_banana_bot a wolf", chat=elsewhere)
    await studio.picture(chat, "a wolf")
    telegram.say(studio.bob, "/styles", chat=group)
    await buy(studio, chat)
    # From now on nobody could ask for all of this so quickly.
    await decide(studio, ann, group, "⏳", "1 hour")
    await is_at_rest(studio)
    await asked_whether(studio, ann, picture)
    await pressed(studio, ann, picture, "Really")
    telegram.say(ann, "/cancel")
    await is_at_rest(studio)


async def buy(studio: Studio, chat: Chat) -> None:
    """Two payments, one of them paid back."""
    payload = Shop(key=TOKEN).payload(studio.ann.id, Package(stars=50, credits=100))
    sold = Invoice(title="a", description="b", payload=payload, amount=50)
    for _ in range(2):
        collect(studio.telegram.world, studio.ann, sold)
    await eventually(lambda: rows(studio, "SELECT sum(told) FROM purchases") == [(2,)])
    async with Bot(TOKEN, base_url=f"{studio.telegram.url}/bot") as bot:
        await bot.refund_star_payment(
            studio.ann.id, next(iter(studio.telegram.world.stars.charges))
        )
    await studio.words(chat, "100 credits taken back")


async def test_whatever_is_handled_twice_leaves_no_more_behind_than_once(studio: Studio) -> None:
    await studio.start()
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        database.executescript(_KEEP)
    await everything(studio)
    await studio.stop()
    before, drawn = state(studio), len(studio.generator.jobs)
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
        for number, queue, content in database.execute("SELECT * FROM kept").fetchall():
            again = json.dumps(json.loads(content) | {"update_id": number + 1_000_000})
            database.execute(
                "INSERT INTO updates (update_id, queue, received_at, body) VALUES (?, ?, 9e9, ?)",
                [number + 1_000_000, queue, again.encode()],
            )
    assert len(rows(studio, "SELECT 1 FROM updates WHERE state = 'new'")) >= 20
    await studio.start()
    await is_at_rest(studio)
    assert rows(studio, "SELECT error FROM updates WHERE state = 'parked'") == []
    assert len(studio.generator.jobs) == drawn
    assert state(studio) == before
