"""The table of methods, and those that concern neither messages nor updates.

A method is a function of the world and the arguments that returns the `result` or raises
ApiError; a new one needs a line in a `METHODS` table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox import editing, sending
from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import member_json
from bot.sandbox.places import find_chat, open_chat
from bot.sandbox.refusals import OLD_QUERY, Json, bad_request
from bot.sandbox.world import World

Method = Callable[[World, Arguments], Any]

DOWNLOAD_BYTES = 20 << 20
CALLBACK_SECONDS = 150
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


def get_me(world: World, _args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getme"""
    return world.bot


def get_file(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getfile"""
    file = world.files.by_id.get(args.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    size = len(file.content()) if file.size is None else file.size
    if size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {**file.json, "file_size": size, "file_path": file.path}


def get_chat(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getchat"""
    chat = find_chat(world, args)
    if chat.bot in ("kicked", "left", "deleted"):
        open_chat(world, args)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
             "gifts_from_channels")  # fmt: skip
    full = {"accent_color_id": 0, "max_reaction_count": 11}
    return {**chat.json, **full, "accepted_gift_types": dict.fromkeys(gifts, False)}


def get_chat_member(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#getchatmember"""
    chat = open_chat(world, args)
    user_id = args.number("user_id") or 0
    user = world.user(user_id)
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    own = user_id == world.bot["id"]
    inside = "member" if chat.person and chat.person.id == user_id else "left"
    status = chat.bot if own else chat.members.get(user_id, inside)
    return member_json(user, status)


def answer_callback_query(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    query = world.callback_queries.get(args.text("callback_query_id"))
    if query is None or world.clock() - query["at"] > CALLBACK_SECONDS:
        raise bad_request(OLD_QUERY)
    if len(args.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    answer: Json = {"callback_query_id": args.text("callback_query_id"), "text": args.text("text")}
    answer |= {"show_alert": args.flag("show_alert"), "url": args.text("url")}
    answer["user_id"] = query["user_id"]
    world.callback_answers.append(answer)
    world.tell("answer", query["chat_id"], answer)
    return True


def set_my_commands(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmycommands"""
    commands = args.data("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse list of bot commands: expected an Array")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", "")).lstrip("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_scope(args)] = commands
    return True


def get_my_commands(world: World, args: Arguments) -> list[Json]:
    """https://core.telegram.org/bots/api#getmycommands"""
    return world.commands.get(_scope(args), [])


def delete_my_commands(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands"""
    world.commands.pop(_scope(args), None)
    return True


def set_my_description(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmydescription"""
    return _describe(world, args, "description", 512)


def set_my_short_description(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmyshortdescription"""
    return _describe(world, args, "short_description", 120)


def set_chat_menu_button(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setchatmenubutton"""
    chat_id = find_chat(world, args).id if args.text("chat_id") else 0
    world.menu_buttons[chat_id] = args.data("menu_button") or {"type": "default"}
    return True


def _describe(world: World, args: Arguments, name: str, longest: int) -> bool:
    text = args.text(name)
    if len(text) > longest:
        raise bad_request("BOT_DESCRIPTION_TOO_LONG")
    world.descriptions[name, args.text("language_code")] = text
    return True


def _scope(args: Arguments) -> tuple[str, str]:
    scope = args.data("scope") or {"type": "default"}
    parts = [str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope]
    return ":".join(parts), args.text("language_code")


METHODS: dict[str, Method] = {
    **sending.METHODS,
    **editing.METHODS,
    "getMe": get_me,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": set_my_description,
    "setMyShortDescription": set_my_short_description,
    "setChatMenuButton": set_chat_menu_button,
}
