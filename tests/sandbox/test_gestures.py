"""What people do without words, and what the bot hears of it."""

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from bot.sandbox.refusals import ApiError

AGAIN = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again")]])
ASKED = ["message", "message_reaction", "chat_member", "my_chat_member"]


async def heard(bot):
    """The updates the bot has not seen, confirmed; it asks for reactions."""
    updates = await bot.get_updates(allowed_updates=ASKED)
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def test_a_press_is_answered_once_and_in_time(bot, telegram, clock, ann, started):
    await bot.send_message(ann.id, "look", reply_markup=AGAIN)
    message = telegram.messages(started)[-1]
    first, second = telegram.press(ann, message, "again"), telegram.press(ann, message, "again")
    clock.now += 150
    await bot.answer_callback_query(first, "drawing", show_alert=True)
    assert telegram.callback_answers[-1]["show_alert"] is True
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query(first)
    clock.now += 1
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query(second)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://t.me/nano_banana_bot?start=show-7", True),
        ("https://t.me/Nano_Banana_Bot?start=x", True),
        ("https://t.me/other_bot?start=x", False),
        ("https://t.me/nano_banana_bot", False),
        ("https://example.org/?start=x", False),
    ],
)
async def test_an_answer_may_open_the_bots_own_chat_only(bot, telegram, ann, started, url, taken):
    await bot.send_message(ann.id, "look", reply_markup=AGAIN)
    query = telegram.press(ann, telegram.messages(started)[-1], "again")
    if taken:
        await bot.answer_callback_query(query, url=url)
        assert telegram.callback_answers[-1]["url"] == url
    else:
        with pytest.raises(BadRequest, match="Url_invalid"):
            await bot.answer_callback_query(query, url=url)


async def test_reactions_are_told_to_administrators_who_asked(bot, telegram, ann, group):
    message = telegram.say(ann, "/fox", chat=group)
    await heard(bot)
    telegram.react(ann, message, "👍")
    assert await heard(bot) == ()
    telegram.promote_bot(group)
    await heard(bot)
    telegram.react(ann, message, "🍌")
    telegram.react(ann, message, "🍌")
    telegram.react(ann, message, None)
    first, second = (update.message_reaction for update in await heard(bot))
    emojis = lambda reactions: [one.emoji for one in reactions]  # noqa: E731
    assert (emojis(first.old_reaction), emojis(first.new_reaction)) == (["👍"], ["🍌"])
    assert (emojis(second.old_reaction), emojis(second.new_reaction)) == (["🍌"], [])
    assert (first.user.id, first.message_id, first.chat.id) == (
        ann.id,
        message["message_id"],
        group.id,
    )
    await bot.get_updates(allowed_updates=[])
    telegram.react(ann, message, "👍")
    assert await bot.get_updates() == ()


async def test_everybody_has_a_reaction_of_their_own(bot, telegram, ann, bob, group):
    message = telegram.say(ann, "/fox", chat=group)
    seen = []
    telegram.on_change(seen.append)
    telegram.react(ann, message, "👍")
    telegram.react(bob, message, "🔥")
    await bot.set_message_reaction(group.id, message["message_id"], "👀")
    telegram.react(ann, message, None)
    shown = seen[-1].data["reactions"]
    assert [(one["emoji"], one["by"]) for one in shown] == [("🔥", bob.id), ("👀", bot.id)]


async def test_a_reaction_to_an_album_lands_on_its_first_picture(bot, telegram, ann, picture):
    album = telegram.send_album(ann, [picture(), picture()])
    await bot.set_message_reaction(ann.id, album[1]["message_id"], "👀")
    chat = telegram.world.private(ann)
    assert list(chat.reactions) == [album[0]["message_id"]]


async def test_people_pass_messages_on(bot, telegram, ann, bob, group, picture):
    photo = telegram.send_photo(bob, picture(), caption="a fox")
    telegram.forward(ann, photo)
    once = telegram.messages(telegram.world.private(ann))[-1]
    telegram.forward(ann, once, chat=group)
    updates = await heard(bot)
    first = updates[-1].message
    assert (first.caption, first.photo[-1].file_id) == ("a fox", photo["photo"][-1]["file_id"])
    assert (first.forward_origin.sender_user.id, first.from_user.id) == (bob.id, ann.id)
    twice = telegram.messages(group)[-1]
    assert twice["forward_origin"] == once["forward_origin"]


async def test_what_is_protected_or_a_service_message_stays(bot, telegram, ann, group, forum):
    await bot.send_message(group.id, "secret", protect_content=True)
    with pytest.raises(ApiError, match="protected content"):
        telegram.forward(ann, telegram.messages(group)[-1])
    with pytest.raises(BadRequest, match="protected content"):
        await bot.forward_message(ann.id, group.id, telegram.messages(group)[-1]["message_id"])
    telegram.world.add_topic(forum, "Foxes")
    with pytest.raises(ApiError, match="can't be copied"):
        telegram.forward(ann, telegram.messages(forum)[-1])
