"""The methods that change or remove messages, and reactions to them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Chat
from bot.sandbox.content import caption_content, markup_content, media_content, text_content
from bot.sandbox.places import REFUSED, find_chat, find_message, open_chat
from bot.sandbox.refusals import NOT_MODIFIED, Json, bad_request, forbidden
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


def edit_text(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#editmessagetext"""
    content = text_content(world, args)
    chat, message = _own(world, args)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _rewrite(world, args, chat, message, TEXT, content)


def edit_caption(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#editmessagecaption"""
    content = caption_content(world, args)
    chat, message = _own(world, args)
    if "photo" not in message and "document" not in message:
        raise bad_request("there is no caption in the message to edit")
    return _rewrite(world, args, chat, message, CAPTION, content)


def edit_media(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#editmessagemedia"""
    item = args.data("media")
    if not isinstance(item, dict):
        raise bad_request("can't parse media JSON object")
    content = media_content(world, args, item)
    chat, message = _own(world, args)
    if "media_group_id" in message and ("document" in message) != ("document" in content):
        raise bad_request("can't change media type in the album")
    return _rewrite(world, args, chat, message, TEXT + CAPTION + MEDIA, content)


def edit_markup(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    chat, message = _own(world, args)
    return _rewrite(world, args, chat, message, (), {})


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
    chat.reactions[message_id] = reactions
    world.tell("reaction", chat.id, {"message_id": message_id, "reaction": reactions})
    return True


def _reachable(world: World, args: Arguments) -> Chat:
    chat = find_chat(world, args)
    if chat.bot in REFUSED and chat.bot != "blocked":
        raise forbidden(REFUSED[chat.bot].format(type=chat.type))
    return chat


def _own(world: World, args: Arguments) -> tuple[Chat, Json]:
    if args.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = _reachable(world, args)
    message = find_message(chat, args, "edit")
    if message["from"]["id"] != world.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _check_deletable(world: World, chat: Chat, message: Json) -> None:
    own = message["from"]["id"] == world.bot["id"]
    allowed = own or chat.type == "private" or chat.bot == "administrator"
    if not allowed:
        raise bad_request("message can't be deleted")
    if world.clock() - message["date"] > TWO_DAYS:
        raise bad_request("message can't be deleted for everyone")


def _rewrite(
    world: World,
    args: Arguments,
    chat: Chat,
    message: Json,
    fields: tuple[str, ...],
    content: Json,
) -> Json:
    """The given fields and the keyboard replaced: an edit without a keyboard takes it away."""
    content = content | markup_content(args, chat.type)
    fields += MARKUP
    if {key: message[key] for key in fields if key in message} == content:
        raise bad_request(NOT_MODIFIED)
    return world.rewrite(chat, message["message_id"], fields, content)


METHODS: dict[str, Any] = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_reaction,
}
