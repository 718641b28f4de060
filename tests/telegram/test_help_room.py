"""/start, /help and what leads to them, over HTTP."""

import re

import pytest

from bot.sandbox.commands import seen_by
from bot.telegram import words_help
from bot.telegram.texts import texts
from bot.telegram.words_help import HelpTopic
from tests.conftest import Studio
from tests.telegram.test_settings_room import answered, buttons, now, shows
from tests.telegram.test_words_help import BOT

EN = texts("en")


async def test_a_newcomer_sees_what_to_do_and_where_to_go(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/start")
    welcome = await studio.words(studio.chat(studio.ann), "Hello Ann!")
    assert [one["type"] for one in welcome["entities"]] == ["code", "code"]
    assert buttons(welcome) == ["❓ Help topics", "⚙️ Settings", "🎨 Open the Studio"]
    studio.telegram.press(studio.ann, welcome, "❓ Help topics")
    await shows(studio, welcome, "• ✍️ Asking")
    studio.telegram.say(studio.ann, "/start")
    again = await studio.telegram.wait_for(
        lambda one: (
            "Hello Ann!" in one.get("text", "") and one["message_id"] != welcome["message_id"]
        )
    )
    studio.telegram.press(studio.ann, again, "⚙️ Settings")
    await shows(studio, again, "🌐 Language: as usual")


async def test_an_example_that_was_copied_becomes_a_picture(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/start")
    welcome = await studio.words(studio.chat(studio.ann), "Hello Ann!")
    last = welcome["entities"][-1]
    units = welcome["text"].encode("utf-16-le")
    copied = units[2 * last["offset"] : 2 * (last["offset"] + last["length"])].decode("utf-16-le")
    studio.telegram.say(studio.ann, copied)
    await studio.picture(studio.chat(studio.ann), "a lighthouse at night")


async def test_help_is_one_message_that_turns_its_pages(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.mei, "/help")
    chat = studio.chat(studio.mei)
    told = await studio.words(chat, "怎么画")
    t = texts("zh")
    studio.telegram.press(studio.mei, told, "help:options")
    await shows(studio, told, "• 🎛 参数")
    page = now(studio, told)
    assert page["text"] == words_help.page(t, HelpTopic.OPTIONS, BOT).text
    assert {one["type"] for one in page["entities"]} >= {"code"}
    assert len(studio.from_bot(chat)) == 1


async def test_a_page_that_is_shown_already_is_no_trouble(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/help")
    told = await studio.words(studio.chat(studio.ann), "✍️ Asking")
    await answered(studio, studio.telegram.press(studio.ann, told, "help:asking"))
    studio.telegram.press(studio.ann, told, "help:groups")
    await shows(studio, told, "• 👥 Groups")
    assert "📷" not in now(studio, told)["text"]


@pytest.mark.parametrize("topic", HelpTopic)
async def test_every_topic_has_a_deep_link(studio: Studio, topic: HelpTopic) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, f"/start help_{topic.value}")
    await studio.words(studio.chat(studio.ann), words_help.title(EN, topic))


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ("help", "✍️ Asking"),
        ("help_nothing", "✍️ Asking"),
        ("settings", "Your settings"),
        ("privacy", "What I keep"),
        ("forget", "Shall I forget you"),
        ("style_watercolor", "a red fox --style watercolor"),
        ("style_restore", "Send a photo"),
        ("style_nothing", "What would you like to see?"),
        ("nothing", "Hello Ann!"),
        ("nothing_at_all", "Hello Ann!"),
        ("_", "Hello Ann!"),
        ("a.b", "Hello Ann!"),
    ],
)
async def test_start_follows_links_and_knows_none_as_an_ordinary_start(
    studio: Studio, payload: str, told: str
) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, f"/start {payload}")
    await studio.words(studio.chat(studio.ann), told)


async def test_a_bare_imagine_gets_one_example_and_the_way_to_help(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine", chat=group)
    told = await studio.words(group, "What would you like to see?")
    assert len(told["text"].splitlines()) == 2
    studio.telegram.press(studio.ann, told, "❓ Help topics")
    await shows(studio, told, "• ✍️ Asking")


async def test_whoever_joins_the_bot_into_a_group_by_a_link_sees_how_to_ask(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    studio.telegram.say(studio.ann, "/start settings", chat=group)
    told = await studio.words(group, "👋 Hello!")
    assert "/imagine a red fox" in told["text"]


async def test_people_see_the_menu_of_their_place_and_language(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.mei])
    await studio.start()
    await studio.telegram.wait_until(lambda: len(studio.telegram.world.commands) == 6)
    world = studio.telegram.world

    def menu(person, chat) -> dict[str, str]:
        return {one["command"]: one["description"] for one in seen_by(world, person, chat)}

    assert "history" in menu(studio.mei, studio.chat(studio.mei))
    assert menu(studio.mei, group)["settings"] == "常用的模型、比例、语言"
    assert menu(studio.ann, group)["settings"] == "What is usual in this group"
    assert re.search(r"[\u4e00-\u9fff]", "".join(menu(studio.mei, group).values()))
