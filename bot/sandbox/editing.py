"""The methods that change or remove messages, and reactions to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Chat
from bot.sandbox.content import caption_content, media_content, text_content
from bot.sandbox.keyboards import markup_content, pay_keyboard
from bot.sandbox.places import REFUSED, find_chat, find_message, open_chat
from bot.sandbox.refusals import BAD_FILE, NOT_MODIFIED, Json, bad_request, forbidden
from bot.sandbox.world import World

TEXT = ("text", "entities", "link_preview_options")
CAPTION = ("caption", "caption_entities", "show_caption_above_media")
MEDIA = ("photo", "document", "has_media_spoiler")
MARKUP = ("reply_markup",)
TWO_DAYS = 48 * 3600
_REACTIONS = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 "
    "💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 "
    "😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
REACTIONS = frozenset(_REACTIONS.split())


@dataclass(frozen=True, slots=True)
class Target:
    """The message an edit is for; `inline`: it was sent by a person via the bot."""

    chat: Chat
    message: Json
    inline: bool


def edit_text(world: World, args: Arguments) -> Any:
    """https://core.telegram.org/bots/api#editmessagetext"""
    content = text_content(world, args)
    target = _target(world, args)
    if "text" not in target.message:
        raise bad_request("there is no text in the message to edit")
    return _rewrite(world, args, target, TEXT, content)


def edit_caption(world: World, args: Arguments) -> Any:
    """https://core.telegram.org/bots/api#editmessagecaption"""
    content = caption_content(world, args)
    target = _target(world, args)
    if "photo" not in target.message and "document" not in target.message:
        raise bad_request("there is no caption in the message to edit")
    return _rewrite(world, args, target, CAPTION, content)


def edit_media(world: World, args: Arguments) -> Any:
    """https://core.telegram.org/bots/api#editmessagemedia"""
    item = args.data("media")
    if not isinstance(item, dict):
        raise bad_request("can't parse media JSON object")
    target = _target(world, args)
    if target.inline and (args.files or str(item.get("media")).startswith("attach://")):
        raise bad_request(BAD_FILE)
    content = media_content(world, args, item)
    was = target.message
    if "media_group_id" in was and ("document" in was) != ("document" in content):
        raise bad_request("can't change media type in the album")
    return _rewrite(world, args, target, TEXT + CAPTION + MEDIA, content)


def edit_markup(world: World, args: Arguments) -> Any:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    return _rewrite(world, args, _target(world, args), (), {})


def delete_message(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemessage"""
    chat = _reachable(world, args)
    message = find_message(chat, args, "delete")
    _check_deletable(world, chat, message)
    world.remove(chat, message["message_id"])
    return True


def delete_messages(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#deletemessages"""
    ids = args.data("message_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise bad_request("message identifiers are not specified")
    chat = _reachable(world, args)
    messages = [chat.messages[one] for one in map(int, ids) if one in chat.messages]
    for message in messages:
        _check_deletable(world, chat, message)
    for message in messages:
        world.remove(chat, message["message_id"])
    return True


def set_reaction(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#setmessagereaction"""
    chat = open_chat(world, args)
    message_id = find_message(chat, args, "react")["message_id"]
    reactions = args.data("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(one.get("type") != "emoji" or one.get("emoji") not in REACTIONS for one in reactions):
        raise bad_request("REACTION_INVALID")
    react(world, chat, message_id, world.bot["id"], reactions)
    return True


def react(world: World, chat: Chat, message_id: int, user_id: int, reactions: list[Json]) -> None:
    """One's reactions replaced by others. On an album they land on its first item."""
    album = chat.messages[message_id].get("media_group_id")
    if album is not None:
        items = [n for n, one in chat.messages.items() if one.get("media_group_id") == album]
        message_id = min(items)
    others = [one for one in chat.reactions.get(message_id, []) if one["by"] != user_id]
    mine = [{"type": "emoji", "emoji": one["emoji"], "by": user_id} for one in reactions]
    chat.reactions[message_id] = others + mine
    world.tell("reaction", chat.id, {"message_id": message_id, "reactions": others + mine})


def _reachable(world: World, args: Arguments) -> Chat:
    chat = find_chat(world, args)
    if chat.bot in REFUSED and chat.bot != "blocked":
        raise forbidden(REFUSED[chat.bot].format(type=chat.type))
    return chat


def _target(world: World, args: Arguments) -> Target:
    inline_id = args.text("inline_message_id")
    if inline_id:
        chat_id, message_id = world.queries.sent.get(inline_id, (0, 0))
        if chat_id not in world.chats or message_id not in world.chats[chat_id].messages:
            raise bad_request("MESSAGE_ID_INVALID")
        chat = world.chats[chat_id]
        return Target(chat, chat.messages[message_id], inline=True)
    chat = _reachable(world, args)
    message = find_message(chat, args, "edit")
    if message["from"]["id"] != world.bot["id"]:
        raise bad_request("message can't be edited")
    return Target(chat, message, inline=False)


def _check_deletable(world: World, chat: Chat, message: Json) -> None:
    own = message["from"]["id"] == world.bot["id"]
    allowed = own or chat.type == "private" or chat.bot == "administrator"
    if not allowed:
        raise bad_request("message can't be deleted")
    if world.clock() - message["date"] > TWO_DAYS:
        raise bad_request("message can't be deleted for everyone")


def _rewrite(
    world: World, args: Arguments, target: Target, fields: tuple[str, ...], content: Json
) -> Any:
    """The given fields and the keyboard replaced: an edit without a keyboard takes it away."""
    chat, message = target.chat, target.message
    kind = "inline" if target.inline else chat.type
    price = message.get("invoice", {}).get("total_amount")
    content |= markup_content(args, kind) if price is None else pay_keyboard(args, kind, price)
    fields += MARKUP
    if {key: message[key] for key in fields if key in message} == content:
        raise bad_request(NOT_MODIFIED)
    edited = world.rewrite(chat, message["message_id"], fields, content)
    return True if target.inline else edited


METHODS: dict[str, Any] = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_reaction,
}
