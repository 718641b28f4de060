"""Guest mode: a bot called by its name in a chat it is not in answers once, and edits its answer."""

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputTextMessageContent,
)
from telegram.error import BadRequest

ANSWER = InlineQueryResultArticle("1", "A fox", InputTextMessageContent("drawing…"))


@pytest.fixture
def far(telegram, ann, bob):
    return telegram.world.add_group("Far", members=[ann, bob], bot="left")


async def guests(bot):
    return [one.guest_message for one in await bot.get_updates(allowed_updates=[])]


async def test_the_bot_is_told_of_its_name_where_it_is_not(bot, telegram, ann, far):
    telegram.say(ann, "@nano_banana_bot a fox", chat=far)
    (message,) = await guests(bot)
    assert (message.text, message.chat.id) == ("@nano_banana_bot a fox", far.id)
    assert message.guest_query_id
    assert (await bot.get_me()).supports_guest_queries


async def test_nothing_else_there_reaches_it(bot, telegram, ann, far):
    for text in ("a fox", "/imagine a fox", "/imagine@nano_banana_bot a fox", "@other_bot a fox"):
        telegram.say(ann, text, chat=far)
    telegram.world.bot["supports_guest_queries"] = False
    telegram.say(ann, "@nano_banana_bot a fox", chat=far)
    assert await guests(bot) == []


async def test_it_answers_once_and_changes_its_answer(bot, telegram, ann, far, picture, started):
    sent = await bot.send_photo(started.id, picture(), filename="a.jpg")
    asked = telegram.say(ann, "@nano_banana_bot a fox", chat=far)
    query_id = (await guests(bot))[-1].guest_query_id
    answer = await bot.answer_guest_query(query_id, ANSWER)
    for late in (query_id, "unknown"):
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_guest_query(late, ANSWER)
    media = InputMediaPhoto(sent.photo[-1].file_id, caption="a fox")
    button = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again")]])
    inline_id = answer.inline_message_id
    assert await bot.edit_message_media(media, inline_message_id=inline_id, reply_markup=button)
    message = telegram.messages(far)[-1]
    assert message["photo"][-1]["file_id"] == sent.photo[-1].file_id
    assert message["from"]["id"] == bot.id
    assert message["guest_bot_caller_user"]["id"] == ann.id
    assert message["reply_to_message"]["message_id"] == asked["message_id"]
    telegram.press(ann, message, "again")
    pressed = (await bot.get_updates())[-1].callback_query
    assert (pressed.inline_message_id, pressed.message) == (inline_id, None)
