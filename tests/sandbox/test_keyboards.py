"""Buttons: those that stay with a message, those only the apps keep, and Mini Apps."""

import pytest
from telegram import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    WebAppInfo,
)
from telegram.error import BadRequest


def app_button(address):
    button = InlineKeyboardButton("Open", web_app=WebAppInfo(address))
    return InlineKeyboardMarkup([[button]])


@pytest.mark.parametrize(
    "markup",
    [
        ForceReply(selective=True, input_field_placeholder="What to draw?"),
        ReplyKeyboardMarkup([["a fox", "a cat"]], resize_keyboard=True),
        ReplyKeyboardRemove(),
    ],
)
async def test_what_only_the_apps_keep_is_not_in_the_message(bot, telegram, ann, started, markup):
    sent = await bot.send_message(ann.id, "?", reply_markup=markup)
    assert sent.reply_markup is None
    assert started.keyboards[sent.message_id] == markup.to_dict()
    assert telegram.problems == []


async def test_a_placeholder_has_64_characters_at_most(bot, telegram, http, ann, started):
    markup = {"force_reply": True, "input_field_placeholder": "x" * 65}
    params = {"chat_id": ann.id, "text": "?", "reply_markup": markup}
    async with http.post(f"{telegram.url}/bot123456:secret/sendMessage", json=params) as answer:
        assert "1-64 characters" in (await answer.json())["description"]


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://example.org/app", True),
        ("http://127.0.0.1:8080/app", True),
        ("http://localhost/app", True),
        ("http://example.org/app", False),
        ("ftp://127.0.0.1/app", False),
    ],
)
async def test_mini_apps_have_https_or_live_on_this_machine(bot, ann, started, address, taken):
    if taken:
        sent = await bot.send_message(ann.id, "?", reply_markup=app_button(address))
        assert sent.reply_markup.inline_keyboard[0][0].web_app.url == address
    else:
        with pytest.raises(BadRequest, match="only https links are allowed"):
            await bot.send_message(ann.id, "?", reply_markup=app_button(address))


async def test_mini_apps_open_from_private_chats_only(bot, group):
    with pytest.raises(BadRequest, match="Button_type_invalid"):
        await bot.send_message(group.id, "?", reply_markup=app_button("https://example.org"))
