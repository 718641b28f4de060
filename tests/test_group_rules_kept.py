"""What the admins of a group have decided counts: who may ask, where, how often, from which pool."""

from datetime import timedelta
from typing import Any

import pytest

from bot.ordering import Ordering, Request
from bot.origin import Origin
from bot.presets import PRESETS
from bot.sandbox.chats import Chat, Person
from bot.storage.group_rules import GroupRulesStore
from bot.storage.preferences import PreferenceStore
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from tests.conftest import Studio, eventually, photo
from tests.grouping import LaterClock, choose, decide, heard, rows, sheet_of, shows
from tests.inlining import draw_here, filled, started
from tests.pressing import jobs, labels, now, press, pressed, prompts, settled, toast
from tests.stage import START
from tests.telegram.rooms import access_on
from tests.telegram.test_answering import Keeping

OFF = "🔌 The admins of this group have switched me off here."
ONLY_ADMINS = "🙋 In this group only admins may ask me for pictures."


def friends(studio: Studio, **more: Any) -> Chat:
    members = [studio.ann, studio.bob, studio.mei]
    return studio.telegram.world.add_group("Friends", members=members, **more)


async def drawn(studio: Studio, person: Person, prompt: str, group: Chat, **where: Any) -> Any:
    """The picture this person asks for and gets."""
    studio.telegram.say(person, f"/imagine {prompt}", chat=group, **where)
    picture = await studio.picture(group, prompt)
    await studio.quiet(group)
    return picture


async def allow_here(studio: Studio, sheet: dict[str, Any]) -> None:
    """Ann allows the topic in which she has opened the sheet."""
    await pressed(studio, studio.ann, sheet, "💬")
    await shows(studio, sheet, "➕")
    await pressed(studio, studio.ann, sheet, "➕")
    await shows(studio, sheet, "✕")


def said(studio: Studio, group: Chat) -> list[str]:
    """What the bot has said in the group, but for pictures."""
    return [one["text"] for one in studio.from_bot(group) if "text" in one]


# --- off ----------------------------------------------------------------------------------


async def test_switched_off_it_says_nothing_whatever_anybody_says(studio: Studio) -> None:
    group = friends(studio)
    studio.telegram.promote_bot(group)
    await studio.start()
    picture = await drawn(studio, studio.bob, "a red fox", group)
    await decide(studio, studio.ann, group, "🔌", "no")
    before = studio.from_bot(group)
    for person in (studio.bob, studio.ann):
        for text in (
            *(
                "/imagine a fox",
                "@nano_banana_bot a fox",
                "/help",
                "/settings",
                "/styles",
                "/cancel",
            ),
            *("/batch a\nb", "/balance", "/start", "/imagine", "/imagine a fox --ar 7:7:7"),
        ):
            studio.telegram.say(person, text, chat=group)
    studio.telegram.say(studio.bob, "with a hat", chat=group, reply_to=picture)
    studio.telegram.say(studio.bob, "/group", chat=group)
    studio.telegram.send_photo(studio.bob, photo(), caption="/imagine bluer", chat=group)
    album = [photo(colour=one) for one in ("red", "blue")]
    studio.telegram.send_album(studio.bob, album, caption="/imagine both", chat=group)
    await heard(studio)
    assert studio.from_bot(group) == before
    assert prompts(studio) == ["a red fox"]


async def test_switched_off_buttons_that_draw_say_why_they_do_nothing(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    picture = await drawn(studio, studio.bob, "a red fox", group)
    studio.telegram.say(studio.bob, "/styles", chat=group)
    styles = await studio.words(group, "--style")
    await decide(studio, studio.ann, group, "🔌", "no")
    for label in ("Again", "Variations", "4K", "✏️ Edit"):
        told = await toast(studio, press(studio, studio.bob, picture, label))
        assert (told["text"], told["show_alert"]) == (OFF, True)
    told = await toast(studio, press(studio, studio.bob, styles, labels(styles)[0]))
    assert (told["text"], told["show_alert"]) == (OFF, True)
    assert await pressed(studio, studio.bob, picture, "Favourite") != OFF
    assert prompts(studio) == ["a red fox"]
    assert said(studio, group) == [styles["text"]]


async def test_an_admin_switches_it_on_again_also_after_a_restart_and_a_move(
    studio: Studio,
) -> None:
    group = friends(studio)
    await studio.start()
    await decide(studio, studio.ann, group, "🔌", "no")
    await studio.stop()
    await studio.start()
    studio.telegram.say(studio.bob, "/imagine a fox", chat=group)
    await heard(studio)
    moved = studio.telegram.migrate(group)
    await heard(studio)
    studio.telegram.say(studio.bob, "/imagine a hen", chat=moved)
    await heard(studio)
    assert studio.from_bot(moved) == []
    sheet = await sheet_of(studio, studio.ann, moved)
    await shows(studio, sheet, "🔌 I draw here: no")
    await choose(studio, studio.ann, sheet, "🔌", "yes")
    await drawn(studio, studio.bob, "a cat", moved)
    assert prompts(studio) == ["a cat"]


async def test_what_was_asked_for_before_still_comes(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.bob, "/imagine a red fox", chat=group)
    await eventually(lambda: jobs(studio))
    await decide(studio, studio.ann, group, "🔌", "no")
    studio.generator.release()
    await studio.picture(group, "a red fox")


async def test_elsewhere_people_draw_as_before(studio: Studio) -> None:
    studio.telegram.world.bot["supports_inline_queries"] = True
    group, other = friends(studio), friends(studio)
    await studio.start()
    for setting, value in {"🙋": "only admins", "⏳": "1 hour", "🔌": "no"}.items():
        await decide(studio, studio.ann, group, setting, value)
    await drawn(studio, studio.bob, "a fox", other)
    await started(studio, studio.bob)
    # What is sent through inline mode is between Telegram and the person.
    for prompt in ("one", "two"):
        await filled(studio, await draw_here(studio, studio.bob, prompt, chat=group), "photo")
    studio.telegram.say(studio.bob, "a hen")
    await studio.picture(studio.chat(studio.bob), "a hen")


# --- who ----------------------------------------------------------------------------------


async def test_where_only_admins_may_ask_everybody_else_is_told_once(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    await decide(studio, studio.ann, group, "🙋", "only admins")
    for text in ("/imagine a fox", "/imagine a hen", "/batch a\nb"):
        studio.telegram.say(studio.bob, text, chat=group)
    studio.telegram.send_photo(studio.bob, photo(), caption="/imagine", chat=group)
    album = [photo(colour=one) for one in ("red", "blue")]
    studio.telegram.send_album(studio.bob, album, caption="/imagine both", chat=group)
    studio.telegram.send_album(studio.bob, album, caption="/imagine", chat=group)
    await heard(studio)
    assert said(studio, group) == [ONLY_ADMINS]
    await studio.stop()
    await studio.start()
    studio.telegram.say(studio.bob, "/imagine a fox", chat=group)
    studio.telegram.say(studio.mei, "/imagine a fox", chat=group)
    await studio.words(group, "只有管理员")
    picture = await drawn(studio, studio.ann, "a red fox", group)
    assert len(said(studio, group)) == 2
    for label in ("Again", "✏️ Edit"):
        told = await toast(studio, press(studio, studio.bob, picture, label))
        assert (told["text"], told["show_alert"]) == (ONLY_ADMINS, True)
    studio.telegram.promote(group, studio.bob)
    assert await pressed(studio, studio.bob, picture, "Again") == "Drawing again…"
    await settled(studio, group, 2)
    assert prompts(studio) == ["a red fox"] * 2


async def test_an_anonymous_admin_may_ask_and_a_channel_may_not(studio: Studio) -> None:
    group = friends(studio)
    channel = studio.telegram.world.add_channel("News", owner=studio.bob)
    await studio.start(group_credits_daily=40)
    await decide(studio, studio.ann, group, "🙋", "only admins")
    studio.telegram.speak_as(group, studio.ann, group)
    studio.telegram.speak_as(group, studio.bob, channel)
    studio.telegram.say(studio.bob, "/imagine a hen", chat=group)
    await studio.words(group, ONLY_ADMINS)
    await drawn(studio, studio.ann, "a fox", group)
    assert prompts(studio) == ["a fox"]


async def test_operators_are_never_stopped(studio: Studio) -> None:
    group = friends(studio)
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    for setting, value in {"🙋": "only admins", "⏳": "1 hour", "👆": "for who asked"}.items():
        await decide(studio, studio.ann, group, setting, value)
    await decide(studio, studio.ann, group, "🔌", "no")
    for prompt in ("a fox", "a hen"):
        await drawn(studio, studio.bob, prompt, group)
    await decide(studio, studio.ann, group, "🔌", "yes")
    picture = await drawn(studio, studio.ann, "a cat", group)
    assert await pressed(studio, studio.bob, picture, "Again") == "Drawing again…"


# --- where --------------------------------------------------------------------------------


async def test_in_other_topics_it_says_once_where_it_draws(studio: Studio) -> None:
    forum = friends(studio, forum=True)
    foxes, hens = (studio.telegram.world.add_topic(forum, one) for one in ("Foxes", "Hens"))
    await studio.start()
    in_hens = await drawn(studio, studio.bob, "an old hen", forum, topic=hens)
    sheet = await sheet_of(studio, studio.ann, forum, foxes)
    await allow_here(studio, sheet)
    await heard(studio)
    studio.telegram.delete(sheet)
    for topic in (hens, None, hens):
        studio.telegram.say(studio.bob, "/imagine a hen", chat=forum, topic=topic)
    studio.telegram.send_photo(studio.bob, photo(), caption="/imagine", chat=forum, topic=hens)
    album = [photo(colour=one) for one in ("red", "blue")]
    studio.telegram.send_album(studio.bob, album, caption="/imagine a", chat=forum, topic=hens)
    await heard(studio)
    (told,) = [one for one in studio.from_bot(forum) if "text" in one]
    assert told["text"] == "💬 In this group I draw here: Foxes"
    assert told["message_thread_id"] == hens.id
    answer = await toast(studio, press(studio, studio.bob, in_hens, "Again"))
    assert (answer["text"], answer["show_alert"]) == (told["text"], True)
    picture = await drawn(studio, studio.bob, "a fox", forum, topic=foxes)
    assert picture["message_thread_id"] == foxes.id
    await studio.stop()
    await studio.start()
    studio.telegram.say(studio.mei, "/imagine a hen", chat=forum)
    told = await studio.words(forum, "只在这些话题里画图：Foxes")
    assert "is_topic_message" not in told
    assert sorted(prompts(studio)) == ["a fox", "an old hen"]


async def test_general_is_a_topic_too(studio: Studio) -> None:
    forum = friends(studio, forum=True)
    hens = studio.telegram.world.add_topic(forum, "Hens")
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, forum)
    await allow_here(studio, sheet)
    await drawn(studio, studio.bob, "a fox", forum)
    studio.telegram.say(studio.bob, "/imagine a hen", chat=forum, topic=hens)
    await studio.words(forum, "I draw here: General")


async def test_a_group_that_is_no_forum_any_more_can_take_its_topics_back(studio: Studio) -> None:
    forum = friends(studio, forum=True)
    hens = studio.telegram.world.add_topic(forum, "Hens")
    await studio.start()
    sheet = await sheet_of(studio, studio.ann, forum, hens)
    await allow_here(studio, sheet)
    await heard(studio)
    forum.forum = False
    sheet = await sheet_of(studio, studio.ann, forum)
    await pressed(studio, studio.ann, sheet, "💬")
    await shows(studio, sheet, "✕ Hens")
    await pressed(studio, studio.ann, sheet, "In all topics")
    await shows(studio, sheet, "✓ In all topics")
    await drawn(studio, studio.bob, "a fox", forum)


# --- how often ----------------------------------------------------------------------------


async def test_between_two_requests_of_a_person_lies_a_pause(studio: Studio) -> None:
    clock = studio.clock = LaterClock()
    group = friends(studio)
    await studio.start()
    await decide(studio, studio.ann, group, "⏳", "1 hour")
    first = await drawn(studio, studio.bob, "one", group)
    for _ in range(2):
        studio.telegram.say(studio.bob, "/imagine too soon", chat=group)
    await studio.words(group, "Yours is next in 60 minutes.")
    await drawn(studio, studio.ann, "hers", group)
    await studio.stop()
    await studio.start()
    told = await toast(studio, press(studio, studio.bob, first, "Again"))
    assert told["show_alert"]
    assert "Yours is next in" in told["text"]
    clock.ahead = timedelta(hours=1)
    await drawn(studio, studio.bob, "two", group)
    assert prompts(studio) == ["one", "hers", "two"]
    assert len(said(studio, group)) == 1


async def test_the_pause_goes_on_where_the_group_has_moved(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    await decide(studio, studio.ann, group, "⏳", "1 hour")
    await drawn(studio, studio.bob, "one", group)
    moved = studio.telegram.migrate(group)
    await heard(studio)
    studio.telegram.say(studio.bob, "/imagine two", chat=moved)
    await studio.words(moved, "Yours is next in")
    assert prompts(studio) == ["one"]


async def test_an_album_is_one_request_and_does_not_stop_itself(studio: Studio) -> None:
    group = friends(studio)
    studio.telegram.promote_bot(group)
    await studio.start()
    await decide(studio, studio.ann, group, "⏳", "5 minutes")
    studio.generator.hold()
    album = {"album": "77", "chat": group}
    studio.telegram.send_photo(studio.bob, photo(), caption="/imagine both", **album)
    await eventually(lambda: jobs(studio))
    # The rest of it comes when it has become a request already.
    studio.telegram.send_photo(studio.bob, photo(colour="red"), **album)
    await heard(studio)
    studio.generator.release()
    await studio.picture(group, "both")
    await studio.quiet(group)
    assert not [one for one in said(studio, group) if "⏳" in one]


async def test_many_at_once_are_one_request_and_the_answer_to_our_question_no_other(
    studio: Studio,
) -> None:
    group = friends(studio)
    await studio.start()
    await decide(studio, studio.ann, group, "⏳", "5 minutes")
    studio.telegram.say(studio.bob, "/imagine a {red,blue} fox", chat=group)
    question = await studio.words(group, "Shall I draw them?")
    assert await pressed(studio, studio.bob, question, "Draw") == "I am on it."
    await settled(studio, group, 2)
    studio.telegram.say(studio.bob, "/imagine a {red,blue} hen", chat=group)
    question = await studio.telegram.wait_for(
        lambda one: (
            "Shall I draw" in one.get("text", "") and one["message_id"] > question["message_id"]
        ),
        chat=group,
    )
    told = await toast(studio, press(studio, studio.bob, question, "Draw"))
    assert told["show_alert"]
    assert "Yours is next in" in told["text"]
    # It can still be answered when the pause is over.
    assert now(studio, question) == question


async def test_a_request_handled_once_more_is_not_stopped_by_itself(tmp_path) -> None:
    database = await SQLite.open(tmp_path / "bot.db")
    tasks, origin = TaskStore(database), Origin(chat=-1, message=2, person=3, private=False)
    await GroupRulesStore(database).change(-1, {"cool_down": 300}, START)
    ordering = Ordering(
        pipeline=Keeping(tasks),
        preferences=PreferenceStore(database),
        presets=PRESETS,
        access=access_on(database, lambda: START),
        history=tasks,
        clock=lambda: START,
    )
    request = Request(key="message:-1:2", origin=origin, text="a fox")
    first = await ordering.place(request)
    assert (await ordering.place(request)).id == first.id
    await database.close()


# --- from which pool ----------------------------------------------------------------------


async def test_without_its_pool_a_group_pays_for_nobody(studio: Studio) -> None:
    group = friends(studio)
    await studio.start(free_credits_daily=4, group_credits_daily=100)
    await drawn(studio, studio.bob, "mine", group)
    await drawn(studio, studio.bob, "ours", group)
    await decide(studio, studio.ann, group, "🪙", "none")
    studio.telegram.say(studio.bob, "/imagine nobody's", chat=group)
    await studio.words(group, "This costs 4 credits, and 0 are left.")
    await decide(studio, studio.ann, group, "🪙", "100 a day")
    await drawn(studio, studio.bob, "ours again", group)
    sheet = await sheet_of(studio, studio.ann, group)
    assert "8 of 100 spent, 92 left" in sheet["text"]


async def test_of_a_smaller_pool_what_was_spent_today_is_spent(studio: Studio) -> None:
    group = friends(studio)
    await studio.start(free_credits_daily=0, group_credits_daily=100)
    await drawn(studio, studio.bob, "one", group)
    await decide(studio, studio.ann, group, "🪙", "10 a day")
    await drawn(studio, studio.bob, "two", group)
    studio.telegram.say(studio.bob, "/imagine three", chat=group)
    await studio.words(group, "This costs 4 credits, and 2 are left.")
    await decide(studio, studio.ann, group, "🪙", "20 a day")
    await drawn(studio, studio.bob, "three", group)
    # The operator gives less than that from now on.
    await studio.stop()
    await studio.start(free_credits_daily=0, group_credits_daily=13)
    told = await sheet_of(studio, studio.mei, group)
    assert "共 13，已用 12，还剩 1" in told["text"]
    studio.telegram.say(studio.mei, "/imagine four", chat=group)
    await studio.words(group, "还剩 1。")


async def test_the_balance_in_a_group_knows_its_pool(studio: Studio) -> None:
    group = friends(studio)
    await studio.start(free_credits_daily=5, group_credits_daily=100)
    await started(studio, studio.bob)
    await decide(studio, studio.ann, group, "🪙", "20 a day")
    studio.telegram.say(studio.bob, "/balance", chat=group)
    await studio.words(studio.chat(studio.bob), "20 credits of this group's 20 for today")


# --- whose buttons ------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Again", "Variations", "✏️ Edit", "4K", "Ratio"])
async def test_the_buttons_can_be_for_whoever_asked(studio: Studio, label: str) -> None:
    group = friends(studio)
    await studio.start()
    picture = await drawn(studio, studio.bob, "a red fox", group)
    await decide(studio, studio.ann, group, "👆", "for who asked")
    told = await toast(studio, press(studio, studio.mei, picture, label))
    assert "/imagine" in told["text"]
    assert told["show_alert"]
    await heard(studio)
    assert (len(jobs(studio)), said(studio, group)) == (1, [])
    assert now(studio, picture) == picture
    # The asker and admins always can.
    for person in (studio.bob, studio.ann):
        told = await toast(studio, press(studio, person, picture, label))
        assert not told.get("show_alert")


async def test_what_draws_nothing_stays_for_everybody(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    picture = await drawn(studio, studio.bob, "a red fox", group)
    await decide(studio, studio.ann, group, "👆", "for who asked")
    for label in ("Details", "Original", "Favourite"):
        told = await toast(studio, press(studio, studio.mei, picture, label))
        assert "/imagine" not in told.get("text", "")
    await settled(studio, group, 2)
    # And whoever replies asks for something of their own.
    studio.telegram.say(studio.mei, "/imagine bluer", chat=group, reply_to=picture)
    await studio.picture(group, "bluer")


async def test_the_picture_of_an_anonymous_admin_is_that_of_admins(studio: Studio) -> None:
    group = friends(studio)
    await studio.start(group_credits_daily=40)
    await decide(studio, studio.ann, group, "👆", "for who asked")
    studio.telegram.speak_as(group, studio.ann, group)
    picture = await drawn(studio, studio.ann, "a red fox", group)
    told = await toast(studio, press(studio, studio.bob, picture, "Again"))
    assert told["show_alert"]
    assert await pressed(studio, studio.ann, picture, "Again") == "Drawing again…"
    await settled(studio, group, 2)


async def test_after_a_move_the_rules_count_for_a_picture_from_before(studio: Studio) -> None:
    group = friends(studio)
    await studio.start()
    await decide(studio, studio.ann, group, "👆", "for who asked")
    picture = await drawn(studio, studio.bob, "a red fox", group)
    moved = studio.telegram.migrate(group)
    await heard(studio)
    body = rows(studio, "SELECT chat, body FROM group_rules")
    assert body == [(moved.id, '{"for_asker": true}')]
    again = await drawn(studio, studio.bob, "a hen", moved)
    for one in (picture, again):
        told = await toast(studio, press(studio, studio.mei, one, "Again"))
        assert told["show_alert"]
