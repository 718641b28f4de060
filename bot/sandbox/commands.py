"""Command menus: set per scope and language, seen by each person in each chat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Chat, Person
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


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
    if world.commands.get(_scope(args)) != commands:
        world.commands[_scope(args)] = commands
        world.tell("chats", 0, {})
    return True


def get_my_commands(world: World, args: Arguments) -> list[Json]:
    """https://core.telegram.org/bots/api#getmycommands"""
    return world.commands.get(_scope(args), [])


def delete_my_commands(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands"""
    world.commands.pop(_scope(args), None)
    world.tell("chats", 0, {})
    return True


def seen_by(world: World, person: Person, chat: Chat) -> list[Json]:
    """The menu this person has in this chat: the narrowest scope that was set, their language
    before all languages. https://core.telegram.org/bots/api#determining-list-of-commands
    """
    language = person.language_code.partition("-")[0]
    for scope in _scopes(chat, person):
        for code in (language, ""):
            commands = world.commands.get((scope, code))
            if commands:
                return commands
    return []


def _scopes(chat: Chat, person: Person) -> Iterator[str]:
    if chat.person is not None:
        yield f"chat:{chat.id}"
        yield "all_private_chats"
    else:
        administrates = person.id in chat.ranks("creator", "administrator")
        yield f"chat_member:{chat.id}:{person.id}"
        if administrates:
            yield f"chat_administrators:{chat.id}"
        yield f"chat:{chat.id}"
        if administrates:
            yield "all_chat_administrators"
        yield "all_group_chats"
    yield "default"


def _scope(args: Arguments) -> tuple[str, str]:
    scope = args.data("scope") or {"type": "default"}
    parts = [str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope]
    return ":".join(parts), args.text("language_code")


METHODS: dict[str, Callable[[World, Arguments], Any]] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
}
