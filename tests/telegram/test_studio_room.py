"""The way into the Mini App: the command, the link, the first message and the menu button."""

from typing import Any

from telegram import Bot

from bot.telegram.studio import publish_menu_button
from tests.conftest import TOKEN, Studio, eventually


def opens(message: dict[str, Any]) -> list[str]:
    """The addresses of the Mini Apps its buttons open."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [one["web_app"]["url"] for row in rows for one in row if "web_app" in one]


async def test_in_private_the_command_and_the_first_message_open_it(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    for said, answer in (("/studio", "The Studio is a page"), ("/start", "Ann")):
        studio.telegram.say(studio.ann, said)
        assert opens(await studio.words(chat, answer)) == [f"{studio.address}/studio"]


async def test_in_a_group_the_way_is_through_the_private_chat(studio: Studio) -> None:
    await studio.start()
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    studio.telegram.say(studio.ann, "/studio", chat=group)
    there = await studio.words(group, "")
    (button,) = there["reply_markup"]["inline_keyboard"][0]
    assert button["url"].endswith("?start=studio")
    studio.telegram.say(studio.ann, "/start studio")
    assert opens(await studio.words(studio.chat(studio.ann), "The Studio is a page"))


async def test_the_menu_button_opens_it_and_is_set_once(studio: Studio) -> None:
    await studio.start()
    world = studio.telegram.world
    await eventually(lambda: 0 in world.menu_buttons)
    assert world.menu_buttons[0] == {
        "type": "web_app",
        "text": "Studio",
        "web_app": {"url": f"{studio.address}/studio"},
    }
    await studio.stop()
    calls = len(studio.telegram.calls)
    async with Bot(TOKEN, base_url=f"{studio.telegram.url}/bot") as bot:
        await publish_menu_button(bot, f"{studio.address}/studio")
    assert [one.method for one in studio.telegram.calls[calls:]] == ["getMe", "getChatMenuButton"]


async def test_without_an_address_there_is_none_and_the_button_goes(studio: Studio) -> None:
    await studio.start()
    world = studio.telegram.world
    await eventually(lambda: 0 in world.menu_buttons)
    await studio.stop()
    await studio.start(webhook=False)
    await eventually(lambda: world.menu_buttons[0]["type"] == "commands")
    studio.telegram.say(studio.ann, "/start studio")
    assert opens(await studio.words(studio.chat(studio.ann), "has no Studio")) == []
