"""`python -m bot credits`: who has how many, giving and taking, and the check of the books."""

import asyncio
import json
import sqlite3
from contextlib import closing

from tests.conftest import Studio
from tests.console.commands import beside, run, said, values
from tests.grouping import decide
from tests.inlining import is_at_rest


async def test_what_is_given_is_there_at_once_and_told_by_balance(studio: Studio) -> None:
    await studio.start(free_credits_daily=4)
    ann = str(studio.ann.id)
    assert await said(studio, "credits", "grant", ann, "30") == f"{ann} has 30 credits to keep\n"
    studio.telegram.say(studio.ann, "/balance")
    page = await studio.words(studio.chat(studio.ann), "🪙 34 credits left")
    assert "30 credits of yours to keep" in page["text"]
    assert await said(studio, "credits", "grant", ann, "-50") == f"{ann} has 0 credits to keep\n"


async def test_groups_may_be_given_some_too_and_the_list_has_the_most_first(
    studio: Studio,
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    await said(studio, "credits", "grant", str(group.id), "50")
    await said(studio, "credits", "grant", str(studio.bob.id), "70")
    assert await values(studio, "credits", "list") == [
        {"id": studio.bob.id, "credits": 70},
        {"id": group.id, "credits": 50},
    ]
    page = (await said(studio, "credits", "list")).splitlines()
    assert [line.split() for line in page[1:]] == [
        [str(studio.bob.id), "70"],
        [str(group.id), "50"],
    ]


async def test_show_tells_where_they_went(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann))
    await is_at_rest(studio)
    told = await values(studio, "credits", "show", str(studio.ann.id))
    assert sorted(told["purses"].values()) == [0, 36]
    assert told["reserved"] == 0
    assert [one["kind"] for one in told["latest"]] == ["reserve", "daily"]
    page = await said(studio, "credits", "show", str(studio.ann.id))
    assert "latest movements" in page
    assert "reserve" in page


async def test_the_books_are_checked(studio: Studio) -> None:
    await studio.start()
    await said(studio, "credits", "grant", str(studio.ann.id), "30")
    assert await said(studio, "credits", "check") == "the books balance\n"
    await studio.stop()
    spoil = "UPDATE accounts SET balance = balance + ? WHERE name = 'granted'"
    for difference in (1, -1):
        with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
            database.execute(spoil, [difference])
        checked = await beside(studio, "credits", "check")
        assert checked.exit_code == (1 if difference > 0 else 0)
        assert ("all accounts together hold 1" in checked.stderr) == (difference > 0)


async def test_too_much_at_once_is_refused(studio: Studio) -> None:
    await studio.start()
    result = await beside(studio, "credits", "grant", str(studio.ann.id), "1000001")
    assert result.exit_code == 2
    assert "1000001 is not in the range" in result.stderr


async def test_a_group_has_as_much_for_a_day_as_its_admins_allow(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start(group_credits_daily=100)
    await decide(studio, studio.ann, group, "🪙", "20 a day")
    result = await asyncio.to_thread(
        run,
        studio.folder,
        *("credits", "show", str(group.id), "--json"),
        GROUP_CREDITS_DAILY="100",
    )
    purses = json.loads(result.stdout)["purses"]
    assert [one for name, one in purses.items() if name.startswith("pool:")] == [20]
