"""What the chat page shows: the state of chats and people, and messages with all that is on them."""

from __future__ import annotations

import copy
from typing import Any

from bot.sandbox.chats import Change, Chat
from bot.sandbox.profile import menu_button
from bot.sandbox.refusals import Json
from bot.sandbox.world import World

STANDING = {
    "administrator": "member",
    "deactivated": "blocked",
    "deleted": "left",
}


def people_and_chats(world: World) -> Json:
    """`people`, `chats` and `menu_button` of /api/state."""
    for person in list(world.people.values()):
        world.private(person)
    shown = [one for one in world.chats.values() if one.type != "channel" and not one.migrated_to]
    names = ("id", "first_name", "username", "language_code")
    people = [
        {name: getattr(one, name) for name in names} | {"stars": world.stars.balance(one.id)}
        for one in world.people.values()
    ]
    chats = [chat_state(world, chat) for chat in shown]
    return {"people": people, "chats": chats, "menu_button": menu_button(world, 0)}


def chat_state(world: World, chat: Chat) -> Json:
    """One chat of /api/state. `admins`, `bot_is_admin` and the rest go beyond the contract."""
    state: Json = {"id": chat.id, "type": chat.type, "title": chat.name, "forum": chat.forum}
    state["bot"] = STANDING.get(chat.bot, chat.bot)
    state["bot_is_admin"] = chat.bot == "administrator"
    state["topics"] = [
        {"id": topic.id, "name": topic.name, "closed": topic.closed}
        for topic in chat.topics.values()
        if not topic.deleted
    ]
    if chat.person is not None:
        button = menu_button(world, chat.id)
        return state | {
            "person": chat.person.id,
            "members": [chat.person.id],
            "menu_button": button,
        }
    state["members"] = chat.ranks("creator", "administrator", "member")
    state["admins"] = chat.ranks("creator", "administrator")
    before = [one.id for one in world.chats.values() if one.migrated_to == chat.id]
    return state | ({"migrated_from": before[0]} if before else {})


def message_view(chat: Chat, message: Json) -> Json:
    """A message with the keyboards only apps keep, and its reactions."""
    view = copy.deepcopy(message)
    number = message["message_id"]
    keyboard = chat.keyboards.get(number)
    if keyboard is not None and "reply_markup" not in view:
        view["reply_markup"] = keyboard
        if keyboard.get("selective"):
            view["reply_markup_for"] = _meant(chat, message)
    if chat.reactions.get(number):
        view["reactions"] = _reactions(chat.reactions[number])
    return view


def event_of(world: World, change: Change) -> Json | None:
    """What the page hears of a change, if anything."""
    data, chat_id = change.data, change.chat_id
    match change.kind:
        case "new" | "edited":
            return {"kind": change.kind, "message": message_view(world.chats[chat_id], data)}
        case "deleted":
            return {"kind": "deleted", "chat": chat_id, "message_id": data["message_id"]}
        case "action":
            topic = data.get("message_thread_id")
            return {"kind": "action", "chat": chat_id, "topic": topic, "action": data["action"]}
        case "reaction":
            shown = {"message_id": data["message_id"], "reactions": _reactions(data["reactions"])}
            return {"kind": "reaction", "chat": chat_id, **shown}
        case "answer":
            return {"kind": "answer", **_answer(data)}
        case "draft":
            return {"kind": "draft", "chat": chat_id, "text": data["text"]}
    return None


def _answer(data: Json) -> Json:
    answer: dict[str, Any] = {"query_id": data["callback_query_id"], "person": data["user_id"]}
    answer |= {"text": data["text"], "alert": data["show_alert"]}
    return answer | ({"url": data["url"]} if data["url"] else {})


def _reactions(reactions: list[Json]) -> list[Json]:
    return [{"emoji": one["emoji"], "by": one["by"]} for one in reactions]


def _meant(chat: Chat, message: Json) -> list[int]:
    """Whom a selective keyboard is for: those mentioned, and whose message is answered."""
    entities = message.get("entities", []) + message.get("caption_entities", [])
    people = [one["user"]["id"] for one in entities if one["type"] == "text_mention"]
    original = message.get("reply_to_message")
    if original is not None:
        people.append(chat.authors.get(original["message_id"], original["from"]["id"]))
    return people
