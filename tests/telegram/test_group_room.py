"""/group, over HTTP: one message that edits itself for admins, a few lines for everybody else."""

import json
import sqlite3
from contextlib import closing

import pytest

from bot.group_rules import TOPICS_MAX
from tests.conftest import Studio
from tests.grouping import choose, heard, rows, sheet_of, shows
from tests.pressing import forge, labels, now, press, pressed, toast

FRESH = [
    "🔌 I draw here: yes",
    "🙋 Who may ask: everybody",
    "⏳ Pause: none",
    "👆 Buttons: for everybody",
    "🙈 Spoiler: as usual",
]


def friends(studio: Studio, **more):
    members = [studio.ann, studio.bob, studio.mei]
    return studio.telegram.world.add_group("Friends", members=members, **more)


async def test_an_admin_sees_the_rules_and_chooses_each_of_them(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, group)
    assert "Drawing in Friends" in sheet["text"]
    assert labels(sheet) == FRESH
    wanted = {"🙋": "only admins", "⏳": "5 minutes", "👆": "for who asked", "🙈": "hidden"}
    for setting, value in wanted.items():
        told = await choose(studio, studio.ann, sheet, setting, value)
        assert told.startswith(setting)
        assert told.endswith(f": {value}")
    await choose(studio, studio.ann, sheet, "🔌", "no")
    await shows(studio, sheet, "🔌 I draw here: no", *(f"{one}" for one in wanted))
    assert [one.partition(": ")[2] for one in labels(now(studio, sheet))] == [
        *("no", "only admins", "5 minutes", "for who asked", "hidden"),
    ]
    assert studio.from_bot(group) == [now(studio, sheet)]


async def test_the_present_choice_is_marked_and_there_is_a_way_back(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, group)
    await choose(studio, studio.ann, sheet, "⏳", "1 hour")
    await pressed(studio, studio.ann, sheet, "⏳")
    await shows(studio, sheet, "✓ 1 hour")
    assert labels(now(studio, sheet)) == [
        *("none", "10 seconds", "30 seconds", "1 minute", "5 minutes", "✓ 1 hour", "‹ Back"),
    ]
    await pressed(studio, studio.ann, sheet, "‹ Back")
    await shows(studio, sheet, "⏳ Pause: 1 hour")


async def test_its_buttons_work_after_a_restart_and_after_the_group_has_moved(
    studio: Studio,
) -> None:
    group = friends(studio)
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, group)
    await choose(studio, studio.ann, sheet, "⏳", "30 seconds")
    await pressed(studio, studio.ann, sheet, "🙋")
    await shows(studio, sheet, "only admins")
    await studio.stop()
    await studio.start()
    assert await pressed(studio, studio.ann, sheet, "only admins") == "🙋 Who may ask: only admins"
    await heard(studio)
    moved = studio.telegram.migrate(group)
    await heard(studio)
    sheet = await sheet_of(studio, studio.ann, moved)
    await shows(studio, sheet, "⏳ Pause: 30 seconds", "🙋 Who may ask: only admins")
    await choose(studio, studio.ann, sheet, "🙋", "everybody")
    assert rows(studio, "SELECT chat, body FROM group_rules") == [(moved.id, '{"cool_down": 30}')]


async def test_whoever_is_no_admin_reads_the_rules_and_what_the_group_has_left(
    studio: Studio,
) -> None:
    group = friends(studio)
    await studio.start(group_credits_daily=100)
    sheet = await sheet_of(studio, studio.ann, group)
    for setting, value in {"⏳": "1 minute", "👆": "for who asked", "🪙": "50 a day"}.items():
        await choose(studio, studio.ann, sheet, setting, value)
    told = await sheet_of(studio, studio.bob, group)
    assert told["text"].splitlines() == [
        "👥 Drawing in Friends",
        "",
        "• Anybody may ask.",
        "• Between two requests you pause for 1 minute.",
        "• The buttons that draw are for whoever asked for the picture.",
        "• 🪙 Credits of the group today: 0 of 50 spent, 50 left.",
    ]
    assert labels(told) == []
    told = await sheet_of(studio, studio.mei, group)
    assert "谁都可以提" in told["text"]


async def test_who_is_no_admin_cannot_press_and_who_is_none_any_more_neither(
    studio: Studio,
) -> None:
    group = friends(studio)
    studio.telegram.promote(group, studio.bob)
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, group)
    told = await toast(studio, press(studio, studio.mei, sheet, "🔌"))
    assert "管理员" in told["text"]
    assert told["show_alert"]
    told = await forge(studio, studio.mei, sheet, "group:x:on:no")
    assert told["show_alert"]
    await pressed(studio, studio.bob, sheet, "🔌")
    await shows(studio, sheet, "no")
    group.members[studio.bob.id] = "member"
    told = await toast(studio, press(studio, studio.bob, sheet, "no"))
    assert told["text"] == "Only admins of this group can change this."
    assert told["show_alert"]
    assert rows(studio, "SELECT * FROM group_rules") == []


async def test_an_anonymous_admin_is_an_admin_and_a_channel_is_not(studio: Studio) -> None:
    group = friends(studio)
    channel = studio.telegram.world.add_channel("News", owner=studio.bob)
    studio.telegram.speak_as(group, studio.ann, group)
    studio.telegram.speak_as(group, studio.bob, channel)
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, group)
    await choose(studio, studio.ann, sheet, "⏳", "10 seconds")
    told = await sheet_of(studio, studio.bob, group)
    assert "you pause for 10 seconds" in told["text"]
    assert labels(told) == []


async def test_in_private_it_says_where_it_belongs(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/group")
    message = await studio.words(studio.chat(studio.ann), "Write /group in a group")
    told = await forge(studio, studio.ann, message, "group:x:on:no")
    assert told["text"] == ""
    assert rows(studio, "SELECT * FROM group_rules") == []


async def test_a_topic_is_allowed_where_it_is_and_taken_out_from_anywhere(studio: Studio) -> None:
    forum = friends(studio, forum=True)
    foxes, hens = (studio.telegram.world.add_topic(forum, one) for one in ("Foxes", "Hens"))
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, forum, foxes)
    await shows(studio, sheet, "💬 Topics: all")
    await pressed(studio, studio.ann, sheet, "💬")
    await shows(studio, sheet, "✓ In all topics", "➕ This topic: Foxes")
    told = await pressed(studio, studio.ann, sheet, "➕")
    assert told == "💬 Topics: 1 topic"
    await shows(studio, sheet, "In all topics", "✕ Foxes", "‹ Back")
    for topic, name in ((hens, "Hens"), (None, "General")):
        other = await sheet_of(studio, studio.ann, forum, topic)
        await pressed(studio, studio.ann, other, "💬")
        await shows(studio, other, f"➕ This topic: {name}", "✕ Foxes")
        await pressed(studio, studio.ann, other, "➕")
        await shows(studio, other, f"✕ {name}")
    told = await sheet_of(studio, studio.bob, forum, hens)
    assert "• Topics: Foxes, Hens, General" in told["text"]
    assert await pressed(studio, studio.ann, sheet, "✕ Foxes") == "💬 Topics: 2 topics"
    await shows(studio, sheet, "➕ This topic: Foxes", "✕ Hens", "✕ General")
    await pressed(studio, studio.ann, sheet, "In all topics")
    await shows(studio, sheet, "✓ In all topics")
    await pressed(studio, studio.ann, sheet, "‹ Back")
    await shows(studio, sheet, "💬 Topics: all")


async def test_more_topics_than_there_is_room_for_are_not_taken(studio: Studio) -> None:
    forum = friends(studio, forum=True)
    topic = studio.telegram.world.add_topic(forum, "Foxes")
    await studio.start()
    body = json.dumps({"topics": list(range(1000, 1000 + TOPICS_MAX))})
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
        database.execute("INSERT INTO group_rules VALUES (?, ?, 0)", [forum.id, body])
    sheet = await sheet_of(studio, studio.ann, forum, topic)
    await pressed(studio, studio.ann, sheet, "💬")
    await shows(studio, sheet, "✕ #1000")
    told = await toast(studio, press(studio, studio.ann, sheet, "➕"))
    assert "More topics than these" in told["text"]
    assert told["show_alert"]
    assert rows(studio, "SELECT json_array_length(body, '$.topics') FROM group_rules") == [
        (TOPICS_MAX,)
    ]


async def test_the_spoiler_is_the_one_of_settings(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, group)
    await choose(studio, studio.ann, sheet, "🙈", "hidden")
    studio.telegram.say(studio.ann, "/settings", chat=group)
    settings = await studio.words(group, "Settings of Friends")
    assert "🙈 Spoiler: hidden" in labels(settings)
    await pressed(studio, studio.ann, settings, "🙈")
    await shows(studio, settings, "shown")
    await pressed(studio, studio.ann, settings, "shown")
    await shows(studio, settings, "🙈 Spoiler: shown")
    await shows(studio, await sheet_of(studio, studio.ann, group), "🙈 Spoiler: shown")
    await choose(studio, studio.ann, sheet, "🙈", "as usual")
    assert rows(studio, "SELECT * FROM preferences") == []


async def test_admins_see_what_is_spent_of_the_groups_credits_and_allow_less(
    studio: Studio,
) -> None:
    group = friends(studio)
    await studio.start(free_credits_daily=0, group_credits_daily=300)
    sheet = await sheet_of(studio, studio.ann, group)
    assert "🪙 Credits of the group today: 0 of 300 spent, 300 left." in sheet["text"]
    await shows(studio, sheet, "🪙 Credits of the group: 300 a day")
    studio.telegram.say(studio.bob, "/imagine a fox --model pro", chat=group)
    await studio.picture(group, "a fox")
    await pressed(studio, studio.ann, sheet, "🪙")
    page = await shows(studio, sheet, "✓ 300 a day")
    # Never more than the operator gives.
    assert labels(page) == [
        *("none", "10 a day", "20 a day", "50 a day", "100 a day", "200 a day", "✓ 300 a day"),
        "‹ Back",
    ]
    await pressed(studio, studio.ann, sheet, "100 a day")
    text = (await shows(studio, sheet, "🪙 Credits of the group: 100 a day"))["text"]
    assert "18 of 100 spent, 82 left" in text
    await choose(studio, studio.ann, sheet, "🪙", "none")
    assert "Everybody spends their own credits" in now(studio, sheet)["text"]


@pytest.mark.parametrize(
    "settings",
    [{"group_credits_daily": 0}, {"free_credits_daily": "unlimited", "group_credits_daily": 50}],
    ids=["none are given", "nobody pays"],
)
async def test_where_a_group_has_no_credits_to_share_none_are_spoken_of(
    studio: Studio, settings
) -> None:
    group = friends(studio)
    if settings.get("free_credits_daily") == "unlimited":
        settings = {**settings, "free_credits_daily": None}
    await studio.start(**settings)
    sheet = await sheet_of(studio, studio.ann, group)
    assert "🪙" not in sheet["text"] + "".join(labels(sheet))
    assert "🪙" not in (await sheet_of(studio, studio.bob, group))["text"]


async def test_two_admins_pressing_and_pressing_twice_do_no_harm(studio: Studio) -> None:
    group = friends(studio)
    studio.telegram.promote(group, studio.bob)
    await studio.start()
    mine = await sheet_of(studio, studio.ann, group)
    theirs = await sheet_of(studio, studio.bob, group)
    await pressed(studio, studio.ann, mine, "⏳")
    await pressed(studio, studio.bob, theirs, "🙋")
    await shows(studio, mine, "10 seconds")
    await shows(studio, theirs, "only admins")
    presses = [press(studio, studio.ann, mine, "10 seconds") for _ in range(2)]
    for one in presses:
        assert (await toast(studio, one))["text"] == "⏳ Pause: 10 seconds"
    await pressed(studio, studio.bob, theirs, "only admins")
    await shows(studio, theirs, "⏳ Pause: 10 seconds", "🙋 Who may ask: only admins")


async def test_it_stands_in_the_menu_of_admins_and_in_the_help(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    studio.telegram.say(studio.bob, "/help@nano_banana_bot", chat=group)
    help_ = await studio.words(group, "")
    await pressed(studio, studio.bob, help_, "Groups")
    await studio.words(group, "/group")
