"""What people do on the page happens in the chats, and only what they could do in Telegram."""

import asyncio

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
)

from tests.sandbox.pages import refusal

AGAIN = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again")]])


async def test_people_write_answer_edit_and_delete(telegram, browser, ann, started):
    place = {"person": ann.id, "chat": ann.id}
    status, said = await browser.post("say", **place, text="/imagine a fox")
    assert (status, said["text"], said["chat"]["id"]) == (200, "/imagine a fox", ann.id)
    _, answer = await browser.post("say", **place, text="blue", reply_to=said["message_id"])
    assert answer["reply_to_message"]["message_id"] == said["message_id"]
    number = answer["message_id"]
    _, edited = await browser.post("edit", **place, message_id=number, text="green")
    assert (edited["text"], "edit_date" in edited) == ("green", True)
    assert await browser.post("delete", **place, message_id=number) == (200, {})
    assert [one["text"] for one in telegram.messages(started)] == ["/start", "/imagine a fox"]


async def test_people_write_in_topics(telegram, browser, ann, bob, forum):
    topic = telegram.world.add_topic(forum, "Foxes")
    place = {"person": bob.id, "chat": forum.id, "topic": topic.id}
    _, said = await browser.post("say", **place, text="/imagine")
    assert said["message_thread_id"] == topic.id
    telegram.close_topic(forum, topic)
    assert refusal(await browser.post("say", **place, text="x")) == (400, "topic_closed", "topic")
    status, _ = await browser.post("say", **place | {"person": ann.id}, text="I own it")
    assert status == 200


async def test_people_react_forward_and_press(bot, telegram, browser, ann, group, started):
    sent = await bot.send_message(ann.id, "look", reply_markup=AGAIN)
    place = {"person": ann.id, "chat": ann.id, "message_id": sent.message_id}
    assert await browser.post("react", **place, emoji="👍") == (200, {})
    assert await browser.post("react", **place, emoji=None) == (200, {})
    assert started.reactions[sent.message_id] == []
    _, pressed = await browser.post("press", **place, data="again")
    assert telegram.world.queries.pressed[pressed["query_id"]].user_id == ann.id
    origin = {"from_chat": ann.id, "message_id": sent.message_id}
    _, passed_on = await browser.post("forward", person=ann.id, chat=group.id, **origin)
    assert (passed_on["chat"]["id"], passed_on["forward_origin"]["sender_user"]["id"]) == (
        group.id, bot.id,
    )  # fmt: skip


async def test_whoever_blocks_the_bot_writes_nothing(telegram, browser, ann, started):
    assert await browser.post("block", person=ann.id) == (200, {})
    said = await browser.post("say", person=ann.id, chat=ann.id, text="x")
    assert refusal(said) == (400, "blocked", "chat")
    assert await browser.post("unblock", person=ann.id) == (200, {})
    assert (await browser.post("say", person=ann.id, chat=ann.id, text="x"))[0] == 200


async def answered(bot, telegram, results, **more):
    """The bot answers the inline query that comes next."""
    async with asyncio.timeout(30):
        while not telegram.world.queries.inline:  # noqa: ASYNC110 - asked over HTTP
            await asyncio.sleep(0.001)
    (query_id,) = telegram.world.queries.inline
    await bot.answer_inline_query(query_id, results, **more)


async def test_inline_mode_from_question_to_message(bot, telegram, browser, ann, group):
    words = InlineQueryResultArticle("1", "x", InputTextMessageContent("fox"))
    button = InlineQueryResultsButton("More", start_parameter="more")
    answering = asyncio.create_task(
        answered(bot, telegram, [words], next_offset="1", button=button)
    )
    place = {"person": ann.id, "chat": group.id}
    status, shown = await browser.post("inline", **place, query="fox")
    await answering
    assert (status, shown["next_offset"], shown["button"]["text"]) == (200, "1", "More")
    assert [one["id"] for one in shown["results"]] == ["1"]
    choice = {"query_id": shown["query_id"], "result_id": "1"}
    _, message = await browser.post("inline/choose", **place, **choice)
    assert (message["text"], message["via_bot"]["id"]) == ("fox", bot.id)
    wrong = await browser.post("inline/choose", **place, **choice | {"result_id": "2"})
    assert refusal(wrong) == (400, "unknown_result", "result_id")
    wrong = await browser.post("inline/choose", **place, **choice | {"query_id": "2"})
    assert refusal(wrong) == (400, "unknown_query", "query_id")


@pytest.mark.parametrize("answer_seconds", [0.05])
async def test_a_bot_that_does_not_answer_or_has_no_inline_mode(
    answer_seconds, bot, telegram, browser, ann
):
    asked = {"person": ann.id, "chat": ann.id, "query": "fox"}
    assert refusal(await browser.post("inline", **asked)) == (504, "no_answer", "")
    await bot.get_updates(allowed_updates=["message"])
    assert refusal(await browser.post("inline", **asked)) == (400, "inline_off", "query")
    await bot.get_updates(allowed_updates=[])
    telegram.world.bot["supports_inline_queries"] = False
    assert refusal(await browser.post("inline", **asked)) == (400, "inline_off", "query")


async def test_mini_apps_are_opened_signed(browser, ann):
    place = {"person": ann.id, "chat": ann.id}
    button = {"url": "http://127.0.0.1:1/app"}
    _, opened = await browser.post("webapp", **place, button=button)
    assert opened["url"].startswith("http://127.0.0.1:1/app#tgWebAppData=")
    wrong = await browser.post("webapp", **place, button={"url": "https://example.org"})
    assert refusal(wrong) == (400, "invalid", "button.url")


async def test_a_prepared_message_is_shared(bot, telegram, browser, ann, group):
    words = InlineQueryResultArticle("1", "x", InputTextMessageContent("fox"))
    saved = await bot.save_prepared_inline_message(ann.id, words, allow_group_chats=True)
    prepared = saved.id
    _, message = await browser.post("share", person=ann.id, chat=group.id, id=prepared)
    assert message["text"] == "fox"
    wrong = await browser.post("share", person=ann.id, chat=group.id, id="x")
    assert refusal(wrong) == (400, "unknown_prepared", "id")


MISTAKES = [
    ("say", {}, ("invalid", "person")),
    ("say", {"person": 5}, ("unknown_person", "person")),
    ("say", {"person": "ann"}, ("invalid", "person")),
    ("say", {"chat": 5}, ("unknown_chat", "chat")),
    ("say", {"chat": "bob"}, ("not_a_member", "chat")),
    ("say", {"chat": "theirs"}, ("not_a_member", "chat")),
    ("say", {"text": ""}, ("invalid", "text")),
    ("say", {"text": " \n"}, ("invalid", "text")),
    ("say", {"text": "x" * 4097}, ("invalid", "text")),
    ("say", {"text": 7}, ("invalid", "text")),
    ("say", {"topic": 7}, ("unknown_topic", "topic")),
    ("say", {"reply_to": 999}, ("unknown_message", "reply_to")),
    ("say", {"loud": True}, ("invalid", "loud")),
    ("edit", {"message_id": 999}, ("unknown_message", "message_id")),
    ("edit", {"message_id": 2}, ("not_yours", "message_id")),
    ("delete", {"message_id": 999, "text": None}, ("unknown_message", "message_id")),
    ("forward", {"from_chat": 5, "message_id": 1, "text": None}, ("unknown_chat", "from_chat")),
    ("press", {"message_id": 1, "data": "x", "text": None}, ("no_button", "data")),
    ("press", {"message_id": 1, "data": "", "text": None}, ("invalid", "data")),
    ("react", {"message_id": 1, "emoji": "🦊", "text": None}, ("invalid", "emoji")),
    ("inline", {"query": "x" * 257, "text": None}, ("invalid", "query")),
    ("webapp", {"button": {}, "text": None}, ("invalid", "button.url")),
    ("block", {"person": 5, "chat": None, "text": None}, ("unknown_person", "person")),
]


@pytest.mark.parametrize(("path", "fields", "wrong"), MISTAKES)
async def test_every_mistake_names_its_field(bot, telegram, browser, ann, path, fields, wrong):
    telegram.say(ann, "/start")
    await bot.send_message(ann.id, "hello")  # message 2
    bob = telegram.world.add_person("Bob")
    theirs = telegram.world.add_group("Theirs", members=[bob])
    body = {"person": ann.id, "chat": ann.id, "text": "x", **fields} if fields else {}
    body = {name: value for name, value in body.items() if value is not None}
    if body.get("chat") in ("bob", "theirs"):
        body["chat"] = bob.id if body["chat"] == "bob" else theirs.id
    before = telegram.messages()
    assert refusal(await browser.post(path, **body)) == (400, *wrong)
    assert telegram.messages() == before


async def test_others_messages_are_deleted_by_administrators_only(
    telegram, browser, ann, bob, group
):
    said = telegram.say(bob, "/x", chat=group)["message_id"]
    own = telegram.say(ann, "/x", chat=group)["message_id"]
    wrong = await browser.post("delete", person=bob.id, chat=group.id, message_id=own)
    assert refusal(wrong) == (400, "not_yours", "message_id")
    assert (await browser.post("delete", person=ann.id, chat=group.id, message_id=said))[0] == 200
    assert (await browser.post("delete", person=ann.id, chat=group.id, message_id=own))[0] == 200


async def test_what_telegram_would_not_do_is_refused_in_its_words(
    bot, telegram, browser, ann, group
):
    await bot.send_message(group.id, "secret", protect_content=True, reply_markup=AGAIN)
    source = {"from_chat": group.id, "message_id": telegram.messages(group)[-1]["message_id"]}
    answer = await browser.post("forward", person=ann.id, chat=ann.id, **source)
    assert refusal(answer) == (400, "refused", "")
    assert "protected content" in answer[1]["error"]["message"]


async def test_nothing_is_pressed_in_a_blocked_chat(bot, telegram, browser, ann, started):
    sent = await bot.send_message(ann.id, "look", reply_markup=AGAIN)
    telegram.block(ann)
    place = {"person": ann.id, "chat": ann.id, "message_id": sent.message_id}
    assert refusal(await browser.post("press", **place, data="again")) == (400, "blocked", "chat")


async def test_a_sticker_has_no_words_to_edit(telegram, browser, ann):
    sent = telegram.send_sticker(ann)
    place = {"person": ann.id, "chat": ann.id, "message_id": sent["message_id"]}
    answer = await browser.post("edit", **place, text="x")
    assert refusal(answer) == (400, "not_editable", "message_id")
