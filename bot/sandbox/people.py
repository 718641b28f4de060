"""What people do: write, send pictures, press buttons, block the bot, run their groups.

Each action changes the world and, where Telegram would tell the bot, queues an update.
"""

from __future__ import annotations

import copy
from typing import Any

from bot.sandbox.chats import Chat, Person, Topic
from bot.sandbox.entities import found
from bot.sandbox.places import addressed
from bot.sandbox.refusals import Json
from bot.sandbox.world import World

PRESENT = ("member", "administrator")


class People:
    """The hands of the people in a world."""

    def __init__(self, world: World, *, privacy_mode: bool) -> None:
        self.world = world
        self.privacy_mode = privacy_mode

    def say(
        self,
        person: Person,
        text: str,
        *,
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> Json:
        """The person writes; without a chat, to the bot in private."""
        return self._send(person, _text("text", text), chat, topic, reply_to)

    def send_photo(
        self,
        person: Person,
        picture: bytes,
        *,
        caption: str = "",
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> Json:
        """A photo as the apps send it: a JPEG of at most 1280 pixels without metadata."""
        content = {"photo": self.world.files.taken_photo(picture), **_text("caption", caption)}
        return self._send(person, content, chat, topic, reply_to)

    def send_album(
        self,
        person: Person,
        pictures: list[bytes],
        *,
        caption: str = "",
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> list[Json]:
        """Several photos together: one message each, the caption on the first."""
        album = str(self.world.next("album", 13_800_000_000_000_001))
        messages = []
        for number, picture in enumerate(pictures):
            words = _text("caption", "" if number else caption)
            photo = self.world.files.taken_photo(picture)
            content = {"media_group_id": album, "photo": photo, **words}
            messages.append(self._send(person, content, chat, topic, reply_to))
        return messages

    def send_document(
        self,
        person: Person,
        data: bytes,
        *,
        filename: str,
        mime_type: str,
        caption: str = "",
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> Json:
        """A file; its bytes stay as they are."""
        document = self.world.files.document(data, filename=filename, mime_type=mime_type)
        content = {"document": document, **_text("caption", caption)}
        return self._send(person, content, chat, topic, reply_to)

    def send_sticker(
        self,
        person: Person,
        data: bytes = b"RIFF\x04\x00\x00\x00WEBP",
        *,
        emoji: str = "🙂",
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> Json:
        """A static sticker."""
        content = {"sticker": self.world.files.sticker(data, emoji=emoji)}
        return self._send(person, content, chat, topic, reply_to)

    def edit(self, message: Json, text: str) -> Json:
        """The sender changes the text or caption of a message."""
        chat = self.world.chats[message["chat"]["id"]]
        name = "text" if "text" in message else "caption"
        fields = ("text", "entities") if name == "text" else ("caption", "caption_entities")
        edited = self.world.rewrite(chat, message["message_id"], fields, _text(name, text))
        if self._reaches_bot(chat, edited):
            self.world.tell_bot("edited_message", chat.id, edited)
        return edited

    def delete(self, message: Json) -> None:
        """A person deletes a message for everybody; bots are not told."""
        self.world.remove(self.world.chats[message["chat"]["id"]], message["message_id"])

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
        query_id = str(self.world.next("callback", 4_400_000_000_000_000_001))
        asked = {"at": self.world.clock(), "user_id": person.id, "chat_id": chat.id}
        self.world.callback_queries[query_id] = asked
        query: Json = {"id": query_id, "from": person.user, "message": copy.deepcopy(current)}
        query |= {"chat_instance": str(-chat.id * 7919), "data": named[0]["callback_data"]}
        self.world.tell_bot("callback_query", person.id, query)
        return query_id

    def _send(
        self,
        person: Person,
        content: Json,
        chat: Chat | None,
        topic: Topic | None,
        reply_to: Json | None,
    ) -> Json:
        chat = chat or self.world.private(person)
        if chat.bot == "blocked":
            raise ValueError(f"{person.first_name} has blocked the bot; unblock it first")
        if chat.bot == "new":
            chat.bot = "member"
        if chat.person is None and chat.members.get(person.id, "left") in ("left", "kicked"):
            raise ValueError(f"{person.first_name} is not in {chat.name}")
        original = chat.messages[reply_to["message_id"]] if reply_to else None
        message = self.world.post(chat, person.user, content, topic=topic, reply_to=original)
        if self._reaches_bot(chat, message, original):
            self.world.tell_bot("message", chat.id, message)
        return message

    def _reaches_bot(self, chat: Chat, message: Json, original: Json | None = None) -> bool:
        if chat.bot not in PRESENT:
            return False
        if chat.type == "private" or chat.bot == "administrator" or not self.privacy_mode:
            return True
        original = original or message.get("reply_to_message")
        if original and original["from"]["id"] == self.world.bot["id"]:
            return True
        text = message.get("text") or message.get("caption") or ""
        entities = message.get("entities") or message.get("caption_entities") or []
        return addressed(text, entities, self.world.bot["username"])


def _text(name: str, text: str) -> dict[str, Any]:
    if not text:
        return {}
    entities = found(text, [])
    key = "entities" if name == "text" else "caption_entities"
    return {name: text, **({key: entities} if entities else {})}
