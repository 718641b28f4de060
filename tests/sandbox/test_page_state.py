"""The page shows who is there, what was said, and which menus each person has."""

import pytest
from telegram import ForceReply

from tests.sandbox.pages import refusal


async def test_the_state_shows_bot_people_and_chats(
    bot, telegram, browser, ann, bob, forum, started
):
    topic = telegram.world.add_topic(forum, "Foxes")
    telegram.close_topic(forum, topic)
    gone = telegram.world.add_topic(forum, "Gone")
    telegram.delete_topic(forum, gone)
    telegram.world.add_channel("News", owner=ann)
    status, state = await browser.get("state")
    assert status == 200
    assert state["bot"] == {
        "id": bot.id,
        "username": "nano_banana_bot",
        "first_name": "Nano Banana",
    }
    assert state["process"] == {"running": True, "restarts": 0}
    assert (state["speed"], state["limits"]) == (10.0, False)
    assert state["people"][0] == {
        "id": ann.id, "first_name": "Ann", "username": "ann", "language_code": "en", "stars": 1000,
    }  # fmt: skip
    chats = {chat["title"]: chat for chat in state["chats"]}
    assert set(chats) == {"Ann", "Bob", "Friends"}
    assert (chats["Ann"]["person"], chats["Ann"]["bot"], chats["Bob"]["bot"]) == (
        ann.id, "member", "new",
    )  # fmt: skip
    friends = chats["Friends"]
    assert (friends["type"], friends["forum"], friends["members"], friends["admins"]) == (
        "supergroup", True, [ann.id, bob.id], [ann.id],
    )  # fmt: skip
    assert friends["topics"] == [{"id": topic.id, "name": "Foxes", "closed": True}]


async def test_standings_are_the_few_the_page_knows(telegram, browser, ann, bob, group, forum):
    telegram.block(ann)
    telegram.deactivate(bob)
    telegram.promote_bot(group)
    telegram.delete_group(forum)
    _, state = await browser.get("state")
    shown = {chat["title"]: (chat["bot"], chat["bot_is_admin"]) for chat in state["chats"]}
    assert shown == {
        "Ann": ("blocked", False), "Bob": ("blocked", False),
        "Family": ("member", True), "Friends": ("left", False),
    }  # fmt: skip


async def test_messages_come_oldest_first_with_what_only_apps_know(
    bot, telegram, browser, ann, bob, group
):
    asked = telegram.say(bob, "/imagine", chat=group)
    reply = {"reply_parameters": {"message_id": asked["message_id"]}}
    await bot.send_message(
        group.id, "what?", reply_markup=ForceReply(selective=True), api_kwargs=reply
    )
    telegram.react(ann, asked, "👍")
    _, (first, second) = await browser.get("messages", chat=group.id)
    assert (first["text"], first["reactions"]) == ("/imagine", [{"emoji": "👍", "by": ann.id}])
    assert second["reply_markup"] == {"force_reply": True, "selective": True}
    assert second["reply_markup_for"] == [bob.id]


async def test_menus_are_those_of_the_person_in_the_chat(bot, browser, ann, bob, group):
    await bot.set_my_commands([("imagine", "Draw")])
    await bot.set_my_commands([("imagine", "Zeichne")], language_code="de")
    _, commands = await browser.get("commands", person=bob.id, chat=group.id)
    assert commands == [{"command": "imagine", "description": "Zeichne"}]


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("messages", {}, ("invalid", "chat")),
        ("messages", {"chat": "x"}, ("invalid", "chat")),
        ("messages", {"chat": 5}, ("unknown_chat", "chat")),
        ("commands", {"chat": 5}, ("invalid", "person")),
        ("commands", {"chat": 5, "person": 5}, ("unknown_person", "person")),
        ("commands", {"chat": 5, "person": 2**60}, ("invalid", "person")),
    ],
)
async def test_questions_that_make_no_sense_name_the_field(browser, path, query, wrong):
    assert refusal(await browser.get(path, **query)) == (400, *wrong)
