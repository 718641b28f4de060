"""Anonymous administrators, people who speak as a channel, and who administrates a group."""

import pytest
from telegram.error import BadRequest


async def heard(bot):
    updates = await bot.get_updates(allowed_updates=["message", "message_reaction", "chat_member"])
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def test_an_anonymous_administrator_speaks_as_the_group(bot, telegram, ann, group):
    telegram.speak_as(group, ann, group)
    message = telegram.say(ann, "/imagine a fox", chat=group)
    heard_as = (await heard(bot))[0].message
    assert (heard_as.from_user.id, heard_as.from_user.username) == (
        1_087_968_824, "GroupAnonymousBot",
    )  # fmt: skip
    assert heard_as.sender_chat.id == group.id
    assert (await bot.get_chat_member(group.id, ann.id)).is_anonymous is True
    telegram.promote_bot(group)
    telegram.react(ann, message, "👍")
    reaction = (await heard(bot))[0].message_reaction
    assert (reaction.user, reaction.actor_chat.id) == (None, group.id)
    telegram.forward(ann, message)
    assert (await heard(bot))[0].message.forward_origin.sender_chat.id == group.id
    telegram.speak_as(group, ann, None)
    telegram.say(ann, "/imagine a fox", chat=group)
    assert (await heard(bot))[0].message.from_user.id == ann.id


async def test_a_person_speaks_as_a_channel_of_theirs(bot, telegram, ann, bob, group):
    channel = telegram.world.add_channel("News", owner=ann)
    telegram.speak_as(group, ann, channel)
    message = telegram.say(ann, "/imagine a fox", chat=group)
    heard_as = (await heard(bot))[0].message
    assert (heard_as.from_user.id, heard_as.sender_chat.title) == (136_817_688, "News")
    assert (heard_as.sender_chat.type, heard_as.chat.id) == ("channel", group.id)
    telegram.forward(ann, message)
    assert (await heard(bot))[0].message.forward_origin.chat.id == channel.id
    with pytest.raises(ValueError, match="Bob may not speak for News"):
        telegram.speak_as(group, bob, channel)
    with pytest.raises(ValueError, match="Bob may not speak for Family"):
        telegram.speak_as(group, bob, group)


async def test_administrators_are_listed(bot, telegram, ann, bob, group, started):
    listed = await bot.get_chat_administrators(group.id)
    assert [(one.user.id, one.status) for one in listed] == [(ann.id, "creator")]
    telegram.promote(group, bob)
    telegram.promote_bot(group)
    listed = await bot.get_chat_administrators(group.id)
    assert [one.user.id for one in listed] == [ann.id, bob.id, bot.id]
    assert (await bot.get_chat_member(group.id, bob.id)).status == "administrator"
    assert await bot.get_chat_member_count(group.id) == 3
    assert await bot.get_chat_member_count(ann.id) == 2
    with pytest.raises(BadRequest, match="There are no administrators in the private chat"):
        await bot.get_chat_administrators(ann.id)


async def test_comings_and_goings_are_told_to_administrators_who_asked(
    bot, telegram, ann, bob, group
):
    telegram.promote(group, bob)
    assert [update.chat_member for update in await heard(bot)] == []
    telegram.promote_bot(group)
    telegram.leave(group, bob)
    telegram.join(group, bob)
    moves = [u.chat_member for u in await heard(bot) if u.chat_member]
    assert [(m.old_chat_member.status, m.new_chat_member.status) for m in moves] == [
        ("administrator", "left"), ("left", "member"),
    ]  # fmt: skip
