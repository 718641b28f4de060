"""A group that takes the bot in hears a short hello, once."""

from tests.conftest import Studio
from tests.telegram.test_settings_room import choose, settings_of


def hellos(studio: Studio, chat) -> list[str]:
    return [one["text"] for one in studio.from_bot(chat) if "👋" in one.get("text", "")]


async def test_a_group_hears_how_to_ask_in_the_language_of_whoever_added_the_bot(
    studio: Studio,
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.mei], bot="left")
    await studio.start()
    studio.telegram.add_bot(group, by=studio.mei)
    told = await studio.words(group, "👋")
    assert "/imagine 雪地里的红狐狸" in told["text"]
    assert len(told["text"]) < 200


async def test_a_language_the_adder_has_chosen_counts(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann], bot="left")
    await studio.start()
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "🌐", "简体中文", "🌐 语言：简体中文")
    studio.telegram.add_bot(group, by=studio.ann)
    await studio.words(group, "大家好")


async def test_the_group_speaks_as_it_has_chosen(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/settings", chat=group)
    sheet = await studio.words(group, "Settings of Friends")
    await choose(studio, studio.ann, sheet, "🌐", "简体中文", "🌐 语言：简体中文")
    studio.telegram.kick(group)
    studio.telegram.add_bot(group, by=studio.bob)
    await studio.words(group, "大家好")


async def test_nothing_is_said_about_new_rights_and_nothing_twice(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann], bot="left")
    await studio.start()
    studio.telegram.add_bot(group)
    await studio.words(group, "👋")
    studio.telegram.promote_bot(group)
    studio.telegram.kick(group)
    studio.telegram.add_bot(group)
    studio.telegram.say(studio.ann, "/imagine a fox", chat=group)
    await studio.picture(group, "fox")
    assert len(hellos(studio, group)) == 1


async def test_a_group_that_grows_up_is_no_new_one(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    new = studio.telegram.migrate(group)
    studio.telegram.say(studio.ann, "/imagine a fox", chat=new)
    await studio.picture(new, "fox")
    studio.telegram.kick(new)
    studio.telegram.add_bot(new)
    studio.telegram.say(studio.ann, "/imagine a frog", chat=new)
    await studio.picture(new, "frog")
    assert hellos(studio, new) == []


async def test_whoever_unblocks_the_bot_in_private_hears_no_hello(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/start")
    chat = studio.chat(studio.ann)
    await studio.words(chat, "Hello Ann")
    studio.telegram.block(studio.ann)
    studio.telegram.unblock(studio.ann)
    studio.telegram.say(studio.ann, "a fox")
    await studio.picture(chat, "fox")
    assert hellos(studio, chat) == []


async def test_where_the_bot_may_not_write_it_says_nothing_and_goes_on(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann], bot="left")
    group.forbidden.add("text messages")
    await studio.start()
    studio.telegram.add_bot(group)
    studio.telegram.say(studio.ann, "a fox")
    await studio.picture(studio.chat(studio.ann), "fox")
    await studio.telegram.wait_until(lambda: not studio.telegram.updates.pending)
    assert studio.from_bot(group) == []
