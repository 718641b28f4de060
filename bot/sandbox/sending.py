"""The methods that make new messages."""

from __future__ import annotations

from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.content import (
    caption_content,
    document_content,
    media_content,
    photo_content,
    text_content,
)
from bot.sandbox.keyboards import app_keyboard, markup_content
from bot.sandbox.places import Place, as_refusal, find_chat, find_message, open_chat, place
from bot.sandbox.refusals import ApiError, Json, bad_request
from bot.sandbox.world import World

ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip
KINDS = {"text": "text messages", "photo": "photos", "document": "documents"}


def send_message(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#sendmessage"""
    return send(world, args, text_content(world, args))


def send_photo(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#sendphoto"""
    return send(world, args, photo_content(world, args))


def send_document(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#senddocument"""
    return send(world, args, document_content(world, args))


def send_media_group(world: World, args: Arguments) -> list[Json]:
    """https://core.telegram.org/bots/api#sendmediagroup"""
    items = args.data("media")
    if not isinstance(items, list) or not items:
        raise bad_request("there are no messages to send")
    if args.data("reply_markup") is not None:
        raise bad_request("reply markup can't be used in albums")
    if len(items) > 10:
        raise bad_request("too many messages to send as an album")
    if len(items) < 2:
        raise bad_request("too few messages to send as an album")
    kinds = {str(item.get("type")) for item in items}
    if "document" in kinds and len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = [_item(world, args, item, number) for number, item in enumerate(items, 1)]
    where = place(world, args, *(KINDS[kind] for kind in sorted(kinds)))
    album = {"media_group_id": str(world.next("album", 13_800_000_000_000_001))}
    return [_post(world, where, content | album) for content in contents]


def copy_message(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#copymessage"""
    content = _content_of(find_message(find_chat(world, args, "from_chat_id"), args, "copy"))
    if args.values.get("caption") is not None and "text" not in content:
        for name in ("caption", "caption_entities"):
            content.pop(name, None)
        content |= caption_content(world, args)
    return {"message_id": send(world, args, content)["message_id"]}


def forward_message(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#forwardmessage"""
    message = find_message(find_chat(world, args, "from_chat_id"), args, "forward")
    sent = send(world, args, forwarded(message))
    world.stars.follow(message, sent)
    return sent


def send_chat_action(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#sendchataction"""
    action = args.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = open_chat(world, args)
    thread_id = args.number("message_thread_id")
    if thread_id and (thread_id not in chat.topics or chat.topics[thread_id].deleted):
        raise bad_request("message thread not found")
    shown: Json = {"chat_id": chat.id, "action": action, "at": world.clock()}
    if thread_id:
        shown["message_thread_id"] = thread_id
    world.actions.append(shown)
    world.tell("action", chat.id, shown)
    return True


def send_message_draft(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#sendmessagedraft"""
    chat = place(world, args).chat
    if chat.type != "private":
        raise bad_request("message drafts can be sent only to private chats")
    if not args.number("draft_id"):
        raise bad_request("draft identifier must be non-zero")
    empty = not args.text("text")
    content = {"text": ""} if empty else text_content(world, args)
    world.tell("draft", chat.id, {"draft_id": args.number("draft_id"), **content})
    return True


def _item(world: World, args: Arguments, item: Json, number: int) -> Json:
    try:
        return media_content(world, args, item)
    except ApiError as error:
        raise as_refusal(error, number) from error


def forwarded(message: Json) -> Json:
    """What a forwarded copy of the message says; ApiError for service and protected messages."""
    if message.get("has_protected_content"):
        raise bad_request("message has protected content and can't be forwarded")
    known = message.get("forward_origin")
    content = _invoice_of(message) if "invoice" in message else _content_of(message)
    return {"forward_origin": known or _origin(message), **content}


def _origin(message: Json) -> Json:
    origin: Json = {"date": message["date"]}
    spoken_as = message.get("sender_chat")
    if spoken_as is None:
        return {"type": "user", "sender_user": message["from"], **origin}
    if spoken_as["type"] != "channel":
        return {"type": "chat", "sender_chat": spoken_as, **origin}
    where = {"chat": spoken_as, "message_id": message["message_id"]}
    return {"type": "channel", **where, **origin}


def _invoice_of(message: Json) -> Json:
    """An invoice keeps its Pay button; with a start parameter it becomes a link to the bot."""
    button = message["reply_markup"]["inline_keyboard"][0][0]
    start = message["invoice"]["start_parameter"]
    if start and "pay" in button:
        address = f"https://t.me/{message['from']['username']}?start={start}"
        button = {"text": button["text"], "url": address}
    keyboard = {"inline_keyboard": [[button]]}
    return {"invoice": message["invoice"], "reply_markup": keyboard}


def _content_of(message: Json) -> Json:
    kept = {"text", "entities", "photo", "document", "sticker", "caption", "caption_entities"}
    content = {key: value for key, value in message.items() if key in kept}
    if not kept & {"text", "photo", "document", "sticker"} & content.keys():
        raise bad_request("message can't be copied")
    return content


def send(world: World, args: Arguments, content: Json) -> Json:
    """One message where the call wants it; a keyboard in `content` is the one it gets."""
    kinds = [words for key, words in KINDS.items() if key in content]
    where = place(world, args, *kinds)
    if "reply_markup" not in content:
        content = content | markup_content(args, where.chat.type)
    if args.text("message_effect_id") and where.chat.type == "private":
        content["effect_id"] = args.text("message_effect_id")
    if args.flag("protect_content"):
        content["has_protected_content"] = True
    return _post(world, where, content, app_keyboard(args))


def _post(world: World, where: Place, content: Json, keyboard: Json | None = None) -> Json:
    return world.post(
        where.chat,
        world.bot_user,
        content,
        topic=where.topic,
        reply_to=where.reply_to,
        keyboard=keyboard,
    )


METHODS: dict[str, Any] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
    "sendChatAction": send_chat_action,
    "sendMessageDraft": send_message_draft,
}
