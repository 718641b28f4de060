"""What people do without words: pressing buttons and reacting."""

from __future__ import annotations

import copy

from bot.sandbox.chats import Chat, Person
from bot.sandbox.editing import react
from bot.sandbox.people import People
from bot.sandbox.queries import Pressed
from bot.sandbox.refusals import Json
from bot.sandbox.world import STRIDE


class Gestures(People):
    """The fingers of the people in a world."""

    def press(self, person: Person, message: Json, button: str) -> str:
        """The person presses the button with this callback data or text; gives the query's id."""
        chat = self.world.chats[message["chat"]["id"]]
        current = chat.messages[message["message_id"]]
        rows = current.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [one for row in rows for one in row]
        named = [one for one in buttons if button in (one.get("callback_data"), one["text"])]
        if not named or "callback_data" not in named[0]:
            there = [one.get("callback_data", one["text"]) for one in buttons]
            raise LookupError(f"no button {button!r} to press, there are {there}")
        first = 4_400_000_000_000_000_001 + STRIDE * self.world.base
        query_id = str(self.world.next("callback", first))
        pressed = Pressed(at=self.world.clock(), user_id=person.id, chat_id=chat.id)
        self.world.queries.pressed[query_id] = pressed
        query: Json = {"id": query_id, "from": person.user}
        inline_id = self.world.queries.inline_id(chat.id, current["message_id"])
        if inline_id is None:
            query["message"] = copy.deepcopy(current)
        else:
            query["inline_message_id"] = inline_id
        query |= {"chat_instance": str(-chat.id * 7919), "data": named[0]["callback_data"]}
        self.world.tell_bot("callback_query", person.id, query)
        return query_id

    def react(self, person: Person, message: Json, emoji: str | None) -> None:
        """The person puts one reaction under a message, or with None takes it away again."""
        chat = self.world.chats[message["chat"]["id"]]
        message_id = message["message_id"]
        old = _plain(chat, message_id, person)
        new = [{"type": "emoji", "emoji": emoji}] if emoji else []
        if old == new:
            return
        react(self.world, chat, message_id, person.id, new)
        if chat.bot != "administrator":  # only administrators hear of reactions
            return
        mask = chat.masks.get(person.id)
        who = {"user": person.user} if mask is None else {"actor_chat": mask.json}
        changed = {"old_reaction": old, "new_reaction": new}
        place = {"chat": chat.json, "message_id": message_id, "date": int(self.world.clock())}
        self.world.tell_bot("message_reaction", chat.id, {**place, **who, **changed})


def _plain(chat: Chat, message_id: int, person: Person) -> list[Json]:
    mine = [one for one in chat.reactions.get(message_id, []) if one["by"] == person.id]
    return [{"type": one["type"], "emoji": one["emoji"]} for one in mine]
