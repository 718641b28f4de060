"""Two worlds with different bases share no ids, however much happens in the first."""

from bot.sandbox.bot_api import BotApiServer


def ids(first_id):
    telegram = BotApiServer(conformance=False, first_id=first_id)
    world = telegram.world
    people = [world.add_person(str(number)) for number in range(20)]
    small = world.add_group("Small", members=people)
    forum = world.add_group("Forum", members=people, forum=True)
    channel = world.add_channel("News", owner=people[0])
    private = world.private(people[0])
    messages = [telegram.say(people[0], "/x", chat=chat) for chat in (private, small, forum)]
    keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    asked = world.post(private, world.bot_user, {"text": "?", "reply_markup": keyboard})
    queries = {int(telegram.press(people[0], asked, "x")), int(telegram.ask_inline(people[0]))}
    chats = {one.id for one in (*people, small, forum, channel)}
    numbers = {one["message_id"] for one in messages}
    return chats, queries, numbers


def test_worlds_that_begin_a_second_apart_share_no_people_chats_and_queries():
    first, later = ids(28_000_000), ids(28_000_001)
    assert len(first[0]) == 23
    assert not first[0] & later[0]
    assert not first[1] & later[1]


def test_ids_have_the_size_of_real_ones():
    chats, _, messages = ids(300_000_000)  # nine years of seconds
    assert all(abs(one) < 2**52 for one in chats)
    assert all(0 < one < 2**31 for one in messages)
    assert min(messages) > 300_000_000


def test_a_world_begins_at_one_unless_told_otherwise():
    assert min(ids(0)[2]) == 1
