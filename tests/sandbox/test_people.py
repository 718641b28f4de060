"""What people do, and what the bot hears of it."""

import io

import pytest
from PIL import Image


async def heard(bot):
    """The updates the bot has not seen, confirmed."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def test_a_person_writes_and_the_bot_hears_who_and_what(bot, telegram, ann):
    telegram.say(ann, "/imagine a fox for @bob_x")
    (update,) = await heard(bot)
    message = update.message
    assert (message.from_user.username, message.from_user.language_code) == ("ann", "en")
    assert (message.chat.type, message.chat.id) == ("private", ann.id)
    assert [e.type for e in message.entities] == ["bot_command", "mention"]


async def test_a_photo_loses_its_metadata_and_is_made_smaller(bot, telegram, ann):
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    output = io.BytesIO()
    Image.new("RGB", (2000, 1000), "green").save(output, "JPEG", exif=exif)
    telegram.send_photo(ann, output.getvalue(), caption="/imagine again")
    (update,) = await heard(bot)
    sizes = update.message.photo
    assert [(size.width, size.height) for size in sizes] == [
        (100, 50),
        (320, 160),
        (800, 400),
        (1280, 640),
    ]
    file = await bot.get_file(sizes[-1].file_id)
    data = bytes(await file.download_as_bytearray())
    assert len(data) == sizes[-1].file_size
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.format, dict(image.getexif())) == ((1280, 640), "JPEG", {})
    assert update.message.caption_entities[0].type == "bot_command"


async def test_a_document_stays_as_it_is(bot, telegram, ann, picture):
    data = picture(50, 50, "PNG")
    telegram.send_document(ann, data, filename="a.png", mime_type="image/png", caption="best")
    (update,) = await heard(bot)
    assert (update.message.document.file_name, update.message.caption) == ("a.png", "best")
    assert telegram.file_bytes(update.message.document.file_id) == data


async def test_an_album_is_several_updates(bot, telegram, ann, picture):
    telegram.send_album(ann, [picture(), picture(), picture()], caption="three")
    updates = await heard(bot)
    assert len({u.message.media_group_id for u in updates}) == 1
    assert [u.message.caption for u in updates] == ["three", None, None]


async def test_the_parts_of_an_album_may_come_one_by_one(bot, telegram, ann, picture):
    for caption in ("", "two"):
        telegram.send_photo(ann, picture(), caption=caption, album="8")
    updates = await heard(bot)
    assert [u.message.media_group_id for u in updates] == ["8", "8"]
    assert [u.message.caption for u in updates] == [None, "two"]


async def test_stickers_edits_and_deletions(bot, telegram, ann):
    telegram.send_sticker(ann, emoji="🦊")
    message = telegram.say(ann, "fox")
    telegram.edit(message, "/imagine wolf")
    telegram.delete(message)
    sticker, first, edited = await heard(bot)
    assert sticker.message.sticker.emoji == "🦊"
    assert (first.message.text, edited.edited_message.text) == ("fox", "/imagine wolf")
    assert edited.edited_message.edit_date is not None
    assert [m.get("text") for m in telegram.messages()] == [None]


async def test_buttons_are_pressed_by_data_or_text_and_must_be_there(bot, telegram, ann, started):
    rows = {
        "inline_keyboard": [
            [{"text": "Again", "callback_data": "a:1"}, {"text": "Site", "url": "https://x.org"}]
        ]
    }
    message = telegram.world.post(
        started, telegram.world.bot_user, {"text": "?", "reply_markup": rows}
    )
    ids = [telegram.press(ann, message, "a:1"), telegram.press(ann, message, "Again")]
    updates = await heard(bot)
    assert [u.callback_query.id for u in updates] == ids
    assert {u.callback_query.data for u in updates} == {"a:1"}
    assert updates[0].callback_query.message.text == "?"
    for button in ("Site", "nothing"):
        with pytest.raises(LookupError, match="no button"):
            telegram.press(ann, message, button)


GROUP_TALK = [
    ("/imagine fox", True),
    ("/imagine@Nano_Banana_Bot fox", True),
    ("/imagine@other_bot fox", False),
    ("hey @nano_banana_bot", True),
    ("hey @nano_banana_bots", False),
    ("please /imagine fox", False),
    ("a fox", False),
]


@pytest.mark.parametrize(("text", "delivered"), GROUP_TALK)
async def test_privacy_mode(bot, telegram, ann, group, picture, text, delivered):
    telegram.say(ann, text, chat=group)
    telegram.send_photo(ann, picture(), caption=text, chat=group)
    assert len(await heard(bot)) == 2 * delivered
    telegram.promote_bot(group)
    telegram.say(ann, text, chat=group)
    assert [u.message.text for u in await heard(bot) if u.message] == [text]


async def test_replies_to_the_bot_are_heard_and_to_others_only_with_a_command(
    bot, telegram, ann, bob, group
):
    sent = await bot.send_message(group.id, "ready")
    asked = telegram.say(bob, "look at this", chat=group)
    telegram.say(ann, "bluer", chat=group, reply_to=telegram.messages(group)[0])
    telegram.say(ann, "nice", chat=group, reply_to=asked)
    telegram.say(ann, "/imagine", chat=group, reply_to=asked)
    blue, command = await heard(bot)
    assert (blue.message.text, blue.message.reply_to_message.message_id) == (
        "bluer",
        sent.message_id,
    )
    assert command.message.reply_to_message.text == "look at this"


async def test_without_privacy_mode_everything_is_heard(bot, telegram, ann, group):
    telegram.privacy_mode = False
    telegram.say(ann, "a fox", chat=group)
    assert len(await heard(bot)) == 1


async def test_topics_carry_their_id_and_look_like_replies_to_their_beginning(
    bot, telegram, ann, forum
):
    topic = telegram.world.add_topic(forum, "Foxes")
    telegram.say(ann, "/imagine", chat=forum, topic=topic)
    telegram.say(ann, "/general", chat=forum)
    created, inside, general = (u.message for u in await heard(bot))
    assert created.forum_topic_created.name == "Foxes"
    assert (inside.message_thread_id, inside.is_topic_message) == (topic.id, True)
    assert inside.reply_to_message.forum_topic_created is not None
    assert (general.message_thread_id, general.is_topic_message, general.chat.is_forum) == (
        None,
        None,
        True,
    )
    with pytest.raises(ValueError, match="no forum"):
        telegram.world.add_topic(telegram.world.private(ann), "x")


async def test_reply_chains_in_supergroups_have_a_thread_that_is_no_topic(bot, telegram, ann):
    group = telegram.world.add_group("Big", members=[ann], supergroup=True)
    first = telegram.say(ann, "/one", chat=group)
    second = telegram.say(ann, "/two", chat=group, reply_to=first)
    telegram.say(ann, "/three", chat=group, reply_to=second)
    updates = await heard(bot)
    assert [u.message.message_thread_id for u in updates] == [
        None,
        first["message_id"],
        first["message_id"],
    ]
    assert not any(u.message.is_topic_message for u in updates)


async def test_the_bot_hears_where_it_stands(bot, telegram, ann, started):
    telegram.block(ann)
    with pytest.raises(ValueError, match="blocked"):
        telegram.say(ann, "x")
    telegram.unblock(ann)
    group = telegram.world.add_group("New", members=[ann], bot="left")
    telegram.add_bot(group)
    telegram.promote_bot(group)
    telegram.kick(group)
    telegram.say(ann, "/imagine", chat=group)
    updates = await heard(bot)
    moves = [u.my_chat_member for u in updates if u.my_chat_member]
    assert [(m.old_chat_member.status, m.new_chat_member.status) for m in moves] == [
        ("member", "kicked"), ("kicked", "member"),
        ("left", "member"), ("member", "administrator"), ("administrator", "kicked"),
    ]  # fmt: skip
    services = [u.message for u in updates if u.message]
    assert [m.new_chat_members[0].id for m in services] == [bot.id]


async def test_only_members_write_in_a_group(telegram, ann, bob):
    group = telegram.world.add_group("Ann's", members=[ann])
    with pytest.raises(ValueError, match="Bob is not in Ann's"):
        telegram.say(bob, "hi", chat=group)
    telegram.join(group, bob)
    telegram.say(bob, "hi", chat=group)


async def test_migration_needs_a_small_group(telegram, ann, forum):
    with pytest.raises(ValueError, match="no small group"):
        telegram.migrate(forum)


async def test_waiting_finds_what_is_there_what_comes_and_tells_what_is_not(
    bot, telegram, ann, started
):
    assert (await telegram.wait_for(lambda m: m["text"] == "/start"))["message_id"] == 1
    await bot.send_message(ann.id, "fox")
    found = await telegram.wait_for(lambda m: m["text"] == "fox", chat=started)
    found["text"] = "changed by the test"
    assert telegram.messages(started)[1]["text"] == "fox"
    with pytest.raises(TimeoutError, match="#2 Nano Banana \\(text\\): fox"):
        await telegram.wait_for(lambda m: m["text"] == "wolf", seconds=0.005)
