"""A bot that lived on SQLite goes on on PostgreSQL: what people had, and what was under way."""

import asyncio
import re

import pytest

from bot.sandbox.bot_api import Fault
from tests.buckets import Bucket
from tests.conftest import Studio, eventually, photo
from tests.console.commands import run
from tests.keeping import OnServer
from tests.postgres import PostgresServer

CREDITS = 400


async def moved(studio: Studio, server: PostgresServer, url: str, *more: str, **env: str) -> None:
    """Stop the bot, move all it has, and let the studio look there from now on."""
    await studio.stop()
    told = await asyncio.to_thread(run, studio.folder, "move", "--to", url, *more, **env)
    assert told.exit_code == 0, told.output
    studio.keeping = OnServer(server, url)


def timeless(balance: str) -> str:
    """Without how long it is until there are new credits."""
    return re.sub(r"new ones in [^\n]*", "", balance)


# The database is named first, because it has to stay until the bot has ended.
async def test_everything_people_had_is_still_theirs(
    postgres_server: PostgresServer, postgres_url: str, studio: Studio, bucket: Bucket
) -> None:
    await studio.start(free_credits_daily=CREDITS)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    fox = await studio.picture(chat, "a red fox")
    await studio.noted(fox)
    ((id_,),) = studio.keeping.rows("SELECT id FROM pictures")
    await studio.press(studio.ann, fox, f"star:{id_}")
    studio.telegram.send_photo(studio.ann, photo(), caption="make it a watercolor --n 3")
    await studio.picture(chat, "make it a watercolor")
    await studio.quiet(chat)
    studio.telegram.say(studio.ann, "/balance")
    before = timeless((await studio.words(chat, "credits"))["text"])
    last = studio.telegram.messages(chat)[-1]["message_id"]

    access = {name: value for name, value in bucket.variables.items() if name != "STORAGE_URL"}
    pictures = ("--pictures-to", bucket.url)
    await moved(studio, postgres_server, postgres_url, *pictures, **access)
    assert len(bucket.files()) == 5
    await studio.start(free_credits_daily=CREDITS, **bucket.settings)

    assert studio.keeping.rows("SELECT picture FROM favourites") == [(id_,)]
    studio.telegram.say(studio.ann, "/balance")
    after = await studio.telegram.wait_for(
        lambda one: one["from"]["is_bot"] and "credits" in one.get("text", "")
        and one["message_id"] > last,
        chat=chat,
    )  # fmt: skip
    assert timeless(after["text"]) == before
    studio.telegram.say(studio.ann, "/history fox")
    found = await studio.picture(chat, "a red fox", after=after["message_id"])
    # The button under a picture of before.
    await studio.press(studio.ann, fox, f"again:{id_}")
    await studio.picture(chat, "a red fox", after=found["message_id"])
    await studio.quiet(chat)
    assert len(studio.generator.jobs) == 5
    assert studio.keeping.rows("SELECT count(*) FROM tasks") == [(3,)]


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_what_was_under_way_comes_once(
    postgres_server: PostgresServer, postgres_url: str, studio: Studio, webhook: bool
) -> None:
    await studio.start(webhook=webhook)
    # Ann's is drawn and cannot be brought, Bob's is being drawn, Mei's has not been heard.
    studio.telegram.faults.add(
        Fault(method="sendPhoto", times=1000, status=502, description="Bad Gateway")
    )
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.keeping.rows("SELECT 1 FROM pictures WHERE state = 'stored'"))
    studio.generator.hold()
    studio.telegram.say(studio.bob, "a blue whale")
    await eventually(lambda: len(studio.generator.jobs) == 2)

    await moved(studio, postgres_server, postgres_url)
    studio.telegram.say(studio.mei, "a green frog")
    studio.telegram.faults.clear()
    studio.generator.release()
    await studio.start(webhook=webhook)
    for person, prompt in (
        (studio.ann, "a red fox"),
        (studio.bob, "a blue whale"),
        (studio.mei, "a green frog"),
    ):
        chat = studio.chat(person)
        await studio.picture(chat, prompt)
        await studio.quiet(chat)
        assert sum("photo" in one for one in studio.from_bot(chat)) == 1
    assert len(studio.generator.jobs) == 3
