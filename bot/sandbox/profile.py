"""What the bot says about itself: names and descriptions by language, menu buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.keyboards import check_web_app
from bot.sandbox.places import find_chat
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.world import World

LONGEST = {"name": 64, "description": 512, "short_description": 120}


def set_my(what: str, world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmyname and its like"""
    text = args.text(what)
    if len(text) > LONGEST[what]:
        raise bad_request(f"BOT_{'NAME' if what == 'name' else 'DESCRIPTION'}_TOO_LONG")
    world.descriptions[what, args.text("language_code")] = text
    return True


def get_my(what: str, world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getmyname and its like"""
    default = world.bot["first_name"] if what == "name" else ""
    texts, language = world.descriptions, args.text("language_code")
    return {what: texts.get((what, language)) or texts.get((what, "")) or default}


def set_chat_menu_button(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setchatmenubutton"""
    button = args.data("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("MenuButton has unsupported type")
    if button["type"] == "web_app":
        if not button.get("text"):
            raise bad_request("BUTTON_TEXT_INVALID")
        check_web_app(button.get("web_app", {}).get("url", ""), "menu button Web App")
    world.menu_buttons[_private_chat(world, args)] = button
    world.tell("chats", 0, {})
    return True


def get_chat_menu_button(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getchatmenubutton"""
    return menu_button(world, _private_chat(world, args))


def menu_button(world: World, chat_id: int) -> Json:
    """The button beside the input line of a private chat; 0: where nothing else was set."""
    button = world.menu_buttons.get(chat_id, {"type": "default"})
    if button["type"] == "default":
        button = world.menu_buttons.get(0, button)
    return {"type": "commands"} if button["type"] == "default" else button


def _private_chat(world: World, args: Arguments) -> int:
    if not args.text("chat_id"):
        return 0
    chat = find_chat(world, args)
    if chat.person is None:
        raise bad_request("chat not found")
    return chat.id


METHODS: dict[str, Callable[[World, Arguments], Any]] = {
    "setMyName": partial(set_my, "name"),
    "getMyName": partial(get_my, "name"),
    "setMyDescription": partial(set_my, "description"),
    "getMyDescription": partial(get_my, "description"),
    "setMyShortDescription": partial(set_my, "short_description"),
    "getMyShortDescription": partial(get_my, "short_description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
