"""The table of methods, and those that ask about the bot, files, chats and members.

A method is a function of the world and the arguments that returns the `result` or raises
ApiError; a new one needs a line in a `METHODS` table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox import answering, commands, editing, invoices, payments, profile, sending
from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Chat, member_json
from bot.sandbox.places import find_chat, open_chat
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.world import World

Method = Callable[[World, Arguments], Any]

DOWNLOAD_BYTES = 20 << 20


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
    if world.user(user_id) is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return _member(world, chat, user_id)


def get_chat_administrators(world: World, args: Arguments) -> list[Json]:
    """https://core.telegram.org/bots/api#getchatadministrators"""
    chat = open_chat(world, args)
    if chat.person is not None:
        raise bad_request("there are no administrators in the private chat")
    ids = chat.ranks("creator", "administrator")
    own = [world.bot["id"]] if chat.bot == "administrator" else []
    return [_member(world, chat, one) for one in ids + own]


def get_chat_member_count(world: World, args: Arguments) -> int:
    """https://core.telegram.org/bots/api#getchatmembercount"""
    chat = open_chat(world, args)
    return 1 + (1 if chat.person else len(chat.ranks("creator", "administrator", "member")))


def _member(world: World, chat: Chat, user_id: int) -> Json:
    own = user_id == world.bot["id"]
    inside = "member" if chat.person and chat.person.id == user_id else "left"
    status = chat.bot if own else chat.members.get(user_id, inside)
    anonymous = chat.masks.get(user_id) is chat
    return member_json(world.user(user_id) or {}, status, anonymous=anonymous)


METHODS: dict[str, Method] = {
    **sending.METHODS,
    **editing.METHODS,
    **answering.METHODS,
    **commands.METHODS,
    **profile.METHODS,
    **invoices.METHODS,
    **payments.METHODS,
    "getMe": get_me,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
}
