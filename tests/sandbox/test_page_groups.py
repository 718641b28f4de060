"""Topics are opened, closed and deleted, the bot is thrown out and taken in, groups grow up."""

import pytest

from tests.sandbox.pages import refusal


async def test_topics_have_their_whole_life(telegram, browser, forum):
    async def act(action, **more):
        status, state = await browser.post("group", action=action, chat=forum.id, **more)
        assert status == 200
        return state["topics"]

    (topic,) = await act("add_topic", name=" Foxes ")
    assert (topic["name"], topic["closed"]) == ("Foxes", False)
    for action, closed in (("close_topic", True), ("close_topic", True), ("reopen_topic", False)):
        assert (await act(action, topic=topic["id"]))[0]["closed"] is closed
    assert await act("delete_topic", topic=topic["id"]) == []
    services = [next(iter(set(one) - PLAIN)) for one in telegram.messages(forum)]
    assert services == []


PLAIN = {"message_id", "from", "chat", "date"}


async def test_the_bot_is_thrown_out_and_taken_in_again(telegram, browser, group):
    for action, standing in (
        ("kick_bot", "kicked"), ("kick_bot", "kicked"), ("add_bot", "member"), ("add_bot", "member"),
    ):  # fmt: skip
        _, state = await browser.post("group", action=action, chat=group.id)
        assert state["bot"] == standing
    moves = [update.kind for update in telegram.updates.pending.values()]
    assert moves == ["my_chat_member", "my_chat_member", "message"]


async def test_a_small_group_grows_up_and_is_shown_once(telegram, browser, group):
    _, state = await browser.post("group", action="migrate", chat=group.id)
    assert (state["type"], state["migrated_from"]) == ("supergroup", group.id)
    _, everything = await browser.get("state")
    assert [one["id"] for one in everything["chats"] if one["title"] == "Family"] == [state["id"]]
    assert refusal(await browser.get("messages", chat=group.id)) == (400, "migrated", "chat")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"action": "burn"}, ("invalid", "action")),
        ({"action": "add_topic", "chat": "group", "name": "x"}, ("no_forum", "chat")),
        ({"action": "add_topic", "name": " "}, ("invalid", "name")),
        ({"action": "add_topic"}, ("invalid", "name")),
        ({"action": "close_topic"}, ("invalid", "topic")),
        ({"action": "close_topic", "topic": 7}, ("unknown_topic", "topic")),
        ({"action": "migrate"}, ("no_small_group", "chat")),
        ({"action": "migrate", "chat": "ann"}, ("not_a_group", "chat")),
        ({"action": "migrate", "chat": 5}, ("unknown_chat", "chat")),
    ],
)
async def test_mistakes_name_their_field(browser, ann, group, forum, body, wrong):
    named = {"group": group.id, "ann": ann.id}
    chat = body.get("chat", forum.id)
    answer = await browser.post("group", **body | {"chat": named.get(chat, chat)})
    assert refusal(answer) == (400, *wrong)
