"""What Telegram refuses, in its own words."""

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again:1")]])
JPEG, WEBP, LONG, FLAT, HUGE = "a JPEG", "a WebP", "a long picture", "a wide one", "10 MB of JPEG"
WITHOUT_CHAT = {"get_file", "answer_callback_query", "set_my_commands"}


def keyboard(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])


def photos(*pictures: str):
    """An album, made when the pictures are there."""
    return lambda data: [InputMediaPhoto(data[one]) for one in pictures]


def mixed(data):
    return [InputMediaPhoto(data[JPEG]), InputMediaDocument(data[JPEG])]


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("send_message", {"text": "x" * 4097}, "message is too long"),
        ("send_message", {"text": " \n "}, "message text is empty"),
        ("send_message", {"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: can't find end tag"),
        ("send_message", {"text": "x", "parse_mode": "rtf"}, "unsupported parse_mode"),
        ("send_message", {"text": "x", "chat_id": 5}, "chat not found"),
        ("send_message", {"text": "x", "chat_id": "@nobody"}, "chat not found"),
        ("send_message", {"text": "x", "message_thread_id": 7}, "message thread not found"),
        ("send_message", {"text": "x", "reply_parameters": ReplyParameters(999)}, "message to be replied not found"),
        ("send_message", {"text": "x", "reply_parameters": ReplyParameters(1, quote="?")}, "quote_text_invalid"),
        ("send_message", {"text": "x", "reply_markup": keyboard("d" * 65)}, "button_data_invalid"),
        ("send_message", {"text": "x", "reply_markup": keyboard("é" * 33)}, "button_data_invalid"),
        ("send_photo", {"photo": JPEG, "caption": "x" * 1025}, "message caption is too long"),
        ("send_photo", {"photo": LONG}, "photo_invalid_dimensions"),
        ("send_photo", {"photo": FLAT}, "photo_invalid_dimensions"),
        ("send_photo", {"photo": b"not a picture"}, "image_process_failed"),
        ("send_photo", {"photo": JPEG, "filename": "a.webp"}, "photo has unsupported extension"),
        ("send_photo", {"photo": WEBP}, "photo has unsupported extension"),
        ("send_photo", {"photo": HUGE}, "is too big for a photo; the maximum size is 10485760 bytes"),
        ("send_photo", {"photo": b""}, "file must be non-empty"),
        ("send_photo", {"photo": "AgACunknown"}, "wrong file identifier/http url specified"),
        ("send_photo", {"photo": "https://example.org/a.jpg"}, "failed to get http url content"),
        ("send_media_group", {"media": photos(JPEG)}, "too few messages to send as an album"),
        ("send_media_group", {"media": photos(*[JPEG] * 11)}, "too many messages to send as an album"),
        ("send_media_group", {"media": mixed}, "document can't be mixed with other media types"),
        ("send_media_group", {"media": photos(JPEG, FLAT)}, 'failed to send message #2 with the error message "photo_invalid_dimensions"'),
        ("send_media_group", {"media": photos(JPEG, JPEG), "api_kwargs": {"reply_markup": keyboard("x").to_json()}}, "reply markup can't be used in albums"),
        ("edit_message_text", {"text": "x", "message_id": 999}, "message to edit not found"),
        ("edit_message_text", {"text": "x", "message_id": 1}, "message can't be edited"),
        ("delete_message", {"message_id": 999}, "message to delete not found"),
        ("copy_message", {"from_chat_id": 5, "message_id": 999}, "chat not found"),
        ("get_file", {"file_id": "nothing"}, "wrong file_id or the file is temporarily unavailable"),
        ("answer_callback_query", {"callback_query_id": "1"}, "query is too old and response timeout expired or query id is invalid"),
        ("send_chat_action", {"action": "dancing"}, "wrong parameter action in request"),
        ("set_message_reaction", {"message_id": 1, "reaction": "🦊"}, "reaction_invalid"),
        ("set_message_reaction", {"message_id": 1, "reaction": ["👀", "👍"]}, "reactions_too_many"),
        ("set_my_commands", {"commands": [("Imagine", "x")]}, "bot_command_invalid"),
    ],
)  # fmt: skip
async def test_what_telegram_refuses_with_400(bot, ann, started, picture, method, params, words):
    data = {
        JPEG: picture(),
        WEBP: picture(9, 9, "WEBP"),
        LONG: picture(100, 9901),
        FLAT: picture(420, 20),
    }
    data[HUGE] = data[JPEG] + bytes(10 << 20)
    params = params if method in WITHOUT_CHAT else {"chat_id": ann.id, "filename": "a.jpg"} | params
    if method != "send_photo":
        params.pop("filename", None)
    photo, media = params.get("photo"), params.get("media")
    if photo is not None:
        params["photo"] = data.get(photo, photo)
    if media is not None:
        params["media"] = media(data)
    with pytest.raises(BadRequest) as refusal:
        await getattr(bot, method)(**params)
    assert words in refusal.value.message.lower()
    assert len(started.messages) == 1


async def test_an_edit_that_changes_nothing_is_refused(bot, ann, started, picture):
    text = await bot.send_message(ann.id, "fox", reply_markup=BUTTONS)
    photo = await bot.send_photo(ann.id, picture(), caption="fox", filename="a.jpg")
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("fox", ann.id, text.message_id, reply_markup=BUTTONS)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_caption(ann.id, photo.message_id, caption="fox")
    same = InputMediaPhoto(photo.photo[-1].file_id, caption="fox")
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_media(same, ann.id, photo.message_id)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(ann.id, photo.message_id)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("wolf", ann.id, photo.message_id)
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(ann.id, text.message_id, caption="wolf")


async def test_file_ids_keep_their_kind(bot, ann, started, picture):
    photo = await bot.send_photo(ann.id, picture(), filename="a.jpg")
    document = await bot.send_document(ann.id, picture(), filename="a.jpg")
    with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
        await bot.send_document(ann.id, photo.photo[-1].file_id)
    with pytest.raises(BadRequest, match="Can't use file of type document as photo"):
        await bot.send_photo(ann.id, document.document.file_id)


async def test_old_messages_and_queries_cannot_be_touched(bot, telegram, clock, ann, started):
    sent = await bot.send_message(ann.id, "fox", reply_markup=BUTTONS)
    query = telegram.press(ann, telegram.messages(started)[-1], "again:1")
    clock.now += 151
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(query)
    clock.now += 2 * 24 * 3600
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(ann.id, sent.message_id)


async def test_topics(bot, telegram, ann, forum):
    topic = telegram.world.add_topic(forum, "Foxes")
    sent = await bot.send_message(forum.id, "hi", message_thread_id=topic.id)
    assert (sent.is_topic_message, sent.message_thread_id) == (True, topic.id)
    assert (await bot.send_message(forum.id, "hi")).message_thread_id is None
    general = ReplyParameters(999, allow_sending_without_reply=True)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(forum.id, "hi", message_thread_id=topic.id, reply_parameters=general)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(forum.id, "hi", message_thread_id=1)
    telegram.close_topic(forum, topic)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(forum.id, "hi", message_thread_id=topic.id)
    telegram.reopen_topic(forum, topic)
    await bot.send_message(forum.id, "hi", message_thread_id=topic.id)
    telegram.delete_topic(forum, topic)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(forum.id, "hi", message_thread_id=topic.id)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_chat_action(forum.id, "typing", message_thread_id=topic.id)


async def test_who_may_not_be_written_to(bot, telegram, ann, bob, group, forum, started):
    telegram.block(ann)
    telegram.kick(group)
    telegram.delete_group(forum)
    outside = telegram.world.add_group("Others", members=[ann], supergroup=True, bot="left")
    cases = {
        ann.id: "Forbidden: bot was blocked by the user",
        bob.id: "Forbidden: bot can't initiate conversation with a user",
        group.id: "Forbidden: bot was kicked from the group chat",
        forum.id: "Forbidden: the group chat was deleted",
        outside.id: "Forbidden: bot is not a member of the supergroup chat",
        bot.id: "Forbidden: the bot can't send messages to the bot",
    }
    for chat_id, words in cases.items():
        with pytest.raises(Forbidden) as refusal:
            await bot.send_message(chat_id, "x")
        assert refusal.value.message == words
    telegram.unblock(ann)
    await bot.send_message(ann.id, "welcome back")
    telegram.deactivate(ann)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(ann.id, "x")


async def test_rights_in_a_group(bot, telegram, group, picture):
    group.forbidden.add("photos")
    with pytest.raises(BadRequest, match="Not enough rights to send photos to the chat"):
        await bot.send_photo(group.id, picture(), filename="a.jpg")
    await bot.send_document(group.id, picture(), filename="a.jpg")


async def test_a_group_that_moved_tells_its_new_id(bot, telegram, ann, group):
    new = telegram.migrate(group)
    with pytest.raises(ChatMigrated) as refusal:
        await bot.send_message(group.id, "x")
    assert refusal.value.new_chat_id == new.id
    await bot.send_message(new.id, "x")
    services = [update.json["message"] for update in telegram.updates.pending.values()]
    assert [m.get("migrate_to_chat_id") or m["migrate_from_chat_id"] for m in services] == [
        new.id,
        group.id,
    ]


async def test_too_large_files(bot, telegram, ann, started):
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_document(ann.id, b"x" * ((11 << 20) + 1), filename="a.bin")
    big = telegram.send_document(ann, b"x" * ((20 << 20) + 1), filename="a.bin", mime_type="x/y")
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(big["document"]["file_id"])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"reply_markup": "{"}, "can't parse reply markup JSON object"),
        ({"reply_markup": "[]"}, "object expected as reply markup"),
        ({"reply_markup": '{"inline_keyboard":[[{"text":"x"}]]}'}, "Text buttons are unallowed"),
        ({"reply_markup": '{"inline_keyboard":[[{"url":"https://x.org"}]]}'}, 'Field "text" must be'),
        ({"reply_markup": '{"inline_keyboard":[[{"text":"x","url":"nowhere"}]]}'}, "Wrong HTTP URL"),
        ({"reply_markup": '{"inline_keyboard":[[{"text":"x","url":"tg://a","callback_data":"x"}]]}'}, "BUTTON_TYPE_INVALID"),
        ({"reply_markup": '{"inline_keyboard":[[{"text":"x","copy_text":{"text":""}}]]}'}, "BUTTON_COPY_TEXT_INVALID"),
        ({"reply_markup": '{"inline_keyboard":[[{"text":"x","web_app":{"url":"http://x.org"}}]]}'}, "Only HTTPS links are allowed"),
        ({"reply_parameters": "[]"}, "object expected as reply parameters"),
        ({"reply_parameters": "{}"}, "message to be replied not specified"),
        ({"message_thread_id": "x"}, "invalid message_thread_id specified"),
    ],
)  # fmt: skip
async def test_parameters_that_make_no_sense(telegram, http, ann, started, params, words):
    params = {"chat_id": str(ann.id), "text": "x", **params}
    async with http.post(f"{telegram.url}/bot123456:secret/sendMessage", data=params) as answer:
        assert answer.status == 400
        assert words in (await answer.json())["description"]
