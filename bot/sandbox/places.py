"""Where a call points to: the chat, topic and message, or why the bot may not go there."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Chat, Topic
from bot.sandbox.entities import piece
from bot.sandbox.refusals import ApiError, Json, bad_request, forbidden
from bot.sandbox.world import World

REFUSED = {
    "new": "bot can't initiate conversation with a user",
    "blocked": "bot was blocked by the user",
    "deactivated": "user is deactivated",
    "kicked": "bot was kicked from the {type} chat",
    "left": "bot is not a member of the {type} chat",
    "deleted": "the group chat was deleted",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new message goes."""

    chat: Chat
    topic: Topic | None = None
    reply_to: Json | None = None


def find_chat(world: World, args: Arguments, name: str = "chat_id") -> Chat:
    """The chat a parameter names; ApiError if it is unknown or moved."""
    given = args.text(name).strip()
    if not given:
        raise bad_request(f"{name} is empty")
    try:
        chat_id = int(given)
    except ValueError as exc:
        raise bad_request("chat not found") from exc
    if chat_id in world.people:
        return world.private(world.people[chat_id])
    if chat_id == world.bot["id"]:
        raise forbidden("the bot can't send messages to the bot")
    chat = world.chats.get(chat_id)
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        text = "group chat was upgraded to a supergroup chat"
        raise bad_request(text, {"migrate_to_chat_id": chat.migrated_to})
    return chat


def open_chat(world: World, args: Arguments, name: str = "chat_id") -> Chat:
    """The same, and the bot must be welcome there."""
    chat = find_chat(world, args, name)
    if chat.bot in REFUSED:
        raise forbidden(REFUSED[chat.bot].format(type=chat.type))
    return chat


def place(world: World, args: Arguments, *kinds: str) -> Place:
    """Where a message with these kinds of content ("photos", ...) shall go."""
    chat = open_chat(world, args)
    topic = find_topic(chat, args.number("message_thread_id"))
    reply_to = _reply(world, args, chat, topic)
    for kind in kinds:
        if kind in chat.forbidden:
            raise bad_request(f"not enough rights to send {kind} to the chat")
    return Place(chat, topic, reply_to)


def find_topic(chat: Chat, thread_id: int | None) -> Topic | None:
    """The topic with this id. General has none: asking for 1 is refused, as Telegram does."""
    if not thread_id:
        return None
    topic = chat.topics.get(thread_id)
    if topic is None or topic.deleted:
        raise bad_request("message thread not found")
    if topic.closed and chat.bot != "administrator":
        raise bad_request("TOPIC_CLOSED")
    return topic


def _reply(world: World, args: Arguments, chat: Chat, topic: Topic | None) -> Json | None:
    wish = args.data("reply_parameters")
    if wish is None:
        return None
    if not isinstance(wish, dict):
        raise bad_request("object expected as reply parameters")
    options = args.within(wish)
    message_id = options.number("message_id")
    if not message_id:
        raise bad_request("message to be replied not specified")
    elsewhere = bool(wish.get("chat_id")) and options.text("chat_id") != str(chat.id)
    home = find_chat(world, options) if elsewhere else chat
    message = home.messages.get(message_id)
    if message is None:
        if options.flag("allow_sending_without_reply") and topic is None and not elsewhere:
            return None
        raise bad_request("message to be replied not found")
    quote = options.text("quote")
    if quote and quote not in str(message.get("text") or message.get("caption") or ""):
        raise bad_request("QUOTE_TEXT_INVALID")
    if elsewhere:
        world.problems.append("reply_parameters: replies to another chat are not played here")
        return None
    return message


def find_message(chat: Chat, args: Arguments, purpose: str, name: str = "message_id") -> Json:
    """A message of the chat; `purpose` is the word in "message to ... not found"."""
    message = chat.messages.get(args.number(name) or 0)
    if message is None:
        raise bad_request(f"message to {purpose} not found")
    return message


def addressed(text: str, entities: list[Json], username: str) -> bool:
    """Whether a text in a group is for the bot: a plain command, or one with its name, or @name."""
    ours = f"@{username}".lower()
    for entity in entities:
        words = piece(text, entity).lower()
        if entity["type"] == "mention" and words == ours:
            return True
        if entity["type"] == "bot_command":
            _, at, name = words.partition("@")
            if f"{at}{name}" == ours or (not at and entity["offset"] == 0):
                return True
    return False


def as_refusal(error: ApiError, number: int) -> ApiError:
    """An inner server's code (in capitals) for one item of an album, the way albums report it."""
    code = error.description.removeprefix("Bad Request: ")
    if not code.isupper():
        return error
    return bad_request(f'failed to send message #{number} with the error message "{code}"')
