"""The methods of the Bot API server, called by a real client."""

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import BadRequest, InvalidToken

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again:1")]])


async def test_the_bot_learns_who_it_is(bot, telegram):
    me = await bot.get_me()
    assert (me.id, me.username, me.can_read_all_group_messages) == (
        123456,
        "nano_banana_bot",
        False,
    )
    assert telegram.calls[-1].method == "getMe"


async def test_a_message_comes_back_as_it_is_shown(bot, telegram, ann, started):
    sent = await bot.send_message(
        ann.id, " <b>Fox</b>, see /help ", parse_mode="HTML", reply_markup=BUTTONS
    )
    assert sent.text == "Fox, see /help"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [
        ("bold", 0, 3),
        ("bot_command", 9, 5),
    ]
    assert sent.from_user.id == bot.id
    (_, shown) = telegram.messages(started)
    assert shown["reply_markup"]["inline_keyboard"][0][0] == {
        "text": "Again",
        "callback_data": "again:1",
    }
    assert telegram.problems == []


async def test_a_photo_has_sizes_the_largest_last_and_can_be_fetched_and_sent_again(
    bot, telegram, ann, started, picture
):
    data = picture(1000, 500)
    sent = await bot.send_photo(ann.id, InputFile(data, filename="fox.jpg"), caption="A fox")
    assert [(size.width, size.height) for size in sent.photo] == [
        (100, 50),
        (320, 160),
        (800, 400),
        (1000, 500),
    ]
    file = await bot.get_file(sent.photo[-1].file_id)
    assert await file.download_as_bytearray() == data == telegram.file_bytes(sent.photo[-1].file_id)
    small = await bot.get_file(sent.photo[0].file_id)
    assert len(await small.download_as_bytearray()) == small.file_size
    again = await bot.send_photo(ann.id, sent.photo[0].file_id)
    assert again.photo == sent.photo
    assert telegram.calls[0].files == {"photo": ("fox.jpg", len(data))}


async def test_a_document_keeps_its_bytes(bot, telegram, ann, started, picture):
    data = picture(20, 10, "PNG")
    sent = await bot.send_document(ann.id, data, filename="fox.png")
    assert (sent.document.file_name, sent.document.mime_type) == ("fox.png", "image/png")
    assert telegram.file_bytes(sent.document.file_id) == data
    assert (sent.document.thumbnail.width, sent.document.thumbnail.height) == (20, 10)
    again = await bot.send_document(ann.id, sent.document.file_id)
    assert again.document == sent.document


async def test_an_album_is_several_messages_with_one_group_id(bot, ann, started, picture):
    sent = await bot.send_media_group(
        ann.id, [InputMediaPhoto(picture(), caption="two"), InputMediaPhoto(picture())]
    )
    assert len({one.media_group_id for one in sent}) == 1
    assert [one.caption for one in sent] == ["two", None]


async def test_replies_show_the_original_one_level_deep(bot, telegram, ann, started):
    asked = telegram.say(ann, "a fox")
    first = await bot.send_message(
        ann.id, "one", reply_parameters=ReplyParameters(asked["message_id"])
    )
    second = await bot.send_message(
        ann.id, "two", reply_parameters=ReplyParameters(first.message_id)
    )
    assert second.reply_to_message.text == "one"
    assert second.reply_to_message.reply_to_message is None
    gone = ReplyParameters(999, allow_sending_without_reply=True)
    assert (await bot.send_message(ann.id, "three", reply_parameters=gone)).reply_to_message is None


async def test_a_placeholder_becomes_a_picture_and_loses_its_keyboard(
    bot, telegram, ann, started, picture
):
    sent = await bot.send_message(ann.id, "drawing…", reply_markup=BUTTONS)
    edited = await bot.edit_message_media(
        InputMediaPhoto(picture(), caption="done"), ann.id, sent.message_id
    )
    assert (edited.text, edited.caption, edited.reply_markup) == (None, "done", None)
    edited = await bot.edit_message_caption(
        ann.id, sent.message_id, caption="<i>done</i>", parse_mode="HTML"
    )
    assert edited.caption_entities[0].type == "italic"
    edited = await bot.edit_message_reply_markup(ann.id, sent.message_id, reply_markup=BUTTONS)
    assert (edited.caption, edited.reply_markup) == ("done", BUTTONS)
    assert telegram.problems == []


async def test_deleted_messages_are_gone(bot, telegram, ann, started):
    sent = [await bot.send_message(ann.id, str(number)) for number in range(3)]
    await bot.delete_message(ann.id, sent[0].message_id)
    await bot.delete_messages(ann.id, [one.message_id for one in sent[1:]])
    assert [one["text"] for one in telegram.messages(started)] == ["/start"]
    assert [one["text"] for one in telegram.deleted(started)] == ["0", "1", "2"]


async def test_copies_and_forwards(bot, telegram, ann, started, group, picture):
    sent = await bot.send_photo(ann.id, picture(), caption="fox", filename="a.jpg")
    copied = await bot.copy_message(group.id, ann.id, sent.message_id, caption="wolf")
    forwarded = await bot.forward_message(group.id, ann.id, sent.message_id)
    assert group.messages[copied.message_id]["caption"] == "wolf"
    assert forwarded.photo == sent.photo
    assert forwarded.forward_origin.sender_user.id == bot.id


async def test_actions_reactions_and_answers_are_seen(bot, telegram, ann, started):
    seen = []
    telegram.on_change(seen.append)
    sent = await bot.send_message(ann.id, "look", reply_markup=BUTTONS)
    await bot.send_chat_action(ann.id, "upload_photo")
    await bot.set_message_reaction(ann.id, sent.message_id, "👀")
    query = telegram.press(ann, {"message_id": sent.message_id, "chat": {"id": ann.id}}, "Again")
    await bot.answer_callback_query(query, "drawing", show_alert=True)
    assert [change.kind for change in seen] == ["new", "action", "reaction", "answer"]
    assert telegram.actions[0]["action"] == "upload_photo"
    assert started.reactions[sent.message_id][0]["emoji"] == "👀"
    assert telegram.callback_answers[0]["text"] == "drawing"


async def test_commands_by_language_descriptions_and_menu(bot, telegram, ann, started):
    await bot.set_my_commands([("imagine", "Draw")])
    await bot.set_my_commands([("imagine", "Zeichne")], language_code="de")
    assert (await bot.get_my_commands(language_code="de"))[0].description == "Zeichne"
    await bot.delete_my_commands(language_code="de")
    assert await bot.get_my_commands(language_code="de") == ()
    assert (await bot.get_my_commands())[0].description == "Draw"
    await bot.set_my_description("Draws")
    await bot.set_my_short_description("Draws", language_code="de")
    await bot.set_chat_menu_button()
    assert telegram.world.descriptions[("short_description", "de")] == "Draws"


async def test_chats_and_members(bot, telegram, ann, bob, group, started):
    assert (await bot.get_chat(group.id)).title == "Family"
    assert (await bot.get_chat_member(group.id, ann.id)).status == "creator"
    assert (await bot.get_chat_member(group.id, bot.id)).status == "member"
    telegram.promote_bot(group)
    assert (await bot.get_chat_member(group.id, bot.id)).status == "administrator"
    assert (await bot.get_chat_member(ann.id, bob.id)).status == "left"


async def test_the_longest_texts_count_after_parsing_and_go_through(bot, ann, started, picture):
    assert (
        len((await bot.send_message(ann.id, f"<b>{'🦊' * 4096}</b>", parse_mode="HTML")).text)
        == 4096
    )
    sent = await bot.send_photo(
        ann.id,
        picture(),
        caption="&amp;" * 1024,
        parse_mode="HTML",
        filename="a.jpg",
        reply_markup=BUTTONS,
    )
    assert len(sent.caption) == 1024


async def test_the_door_checks_token_and_method(telegram, http, started):
    stranger = Bot("123456:wrong", base_url=f"{telegram.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
    cases = [
        ("/bot123456:wrong/getMe", 401, "Unauthorized"),
        ("/file/bot123456:wrong/photos/file_0.jpg", 401, "Unauthorized"),
        ("/bot123456:secret/dance", 404, "Not Found: method not found"),
        ("/file/bot123456:secret/photos/no.jpg", 404, "Not Found"),
        ("/bot123456:secret/sendMessage?chat_id=x&text=x", 400, "Bad Request: chat not found"),
        ("/bot123456:secret/sendMessage?text=x", 400, "Bad Request: chat_id is empty"),
    ]
    for path, status, words in cases:
        async with http.get(telegram.url + path) as answer:
            assert answer.status == status
            assert await answer.json() == {"ok": False, "error_code": status, "description": words}


async def test_names_in_any_case_and_parameters_in_any_form(telegram, http, ann, started):
    address = f"{telegram.url}/bot123456:secret/SENDmessage"
    params = {"chat_id": str(ann.id), "text": "fox"}
    json_params = {"chat_id": ann.id, "text": "fox", "protect_content": True, "reply_markup": None}
    for request in (
        http.get(address, params=params),
        http.post(address, data=params),
        http.post(address, json=json_params),
    ):
        async with request as answer:
            assert (await answer.json())["result"]["text"] == "fox"
    assert {call.method for call in telegram.calls} == {"sendMessage"}
    assert all("text=fox" in text for text in telegram.received)


async def test_the_record_shows_what_came_in(bot, telegram, ann, started):
    await bot.send_message(ann.id, "fox")
    (call,) = telegram.calls
    assert (call.method, call.params["text"], call.status, call.description) == (
        "sendMessage",
        "fox",
        200,
        "",
    )
    with pytest.raises(BadRequest):
        await bot.send_message(5, "fox")
    assert telegram.calls[-1].description == "Bad Request: chat not found"
    assert "host: 127.0.0.1" in telegram.received[-1].lower()
