"""What people do: write, send pictures and files, edit, delete, forward.

Each action changes the world and, where Telegram would tell the bot, queues an update.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.chats import CHANNEL_BOT, GROUP_ANONYMOUS_BOT, Chat, Person, Topic
from bot.sandbox.entities import found
from bot.sandbox.places import addressed
from bot.sandbox.queries import GuestQuery
from bot.sandbox.refusals import Json
from bot.sandbox.sending import forwarded
from bot.sandbox.world import World

PRESENT = ("member", "administrator")


class People:
    """The hands of the people in a world."""

    def __init__(self, world: World, *, privacy_mode: bool, inline_feedback: bool) -> None:
        self.world = world
        self.privacy_mode = privacy_mode
        self.inline_feedback = inline_feedback

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
        album: str = "",
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> Json:
        """A photo as the apps send it: a JPEG of at most 1280 pixels without metadata.

        With `album` it is one of an album whose others come by themselves.
        """
        content = {"photo": self.world.files.taken_photo(picture), **_text("caption", caption)}
        content |= {"media_group_id": album} if album else {}
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
        contents: list[Json] = [{"photo": self.world.files.taken_photo(one)} for one in pictures]
        return self._send_album(person, contents, caption, chat, topic, reply_to)

    def send_documents(
        self,
        person: Person,
        files: list[tuple[str, str, bytes]],
        *,
        caption: str = "",
        chat: Chat | None = None,
        topic: Topic | None = None,
        reply_to: Json | None = None,
    ) -> list[Json]:
        """Files (name, type, bytes) as they are; several make an album."""
        contents: list[Json] = [
            {"document": self.world.files.document(data, filename=name, mime_type=mime_type)}
            for name, mime_type, data in files
        ]
        return self._send_album(person, contents, caption, chat, topic, reply_to)

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

    def forward(
        self, person: Person, message: Json, *, chat: Chat | None = None, topic: Topic | None = None
    ) -> Json:
        """The person passes a message on; ApiError when it is protected or a service message."""
        sent = self._send(person, forwarded(message), chat, topic, None)
        self.world.stars.follow(message, sent)
        return sent

    def _send_album(
        self,
        person: Person,
        contents: list[Json],
        caption: str,
        chat: Chat | None,
        topic: Topic | None,
        reply_to: Json | None,
    ) -> list[Json]:
        album = {}
        if len(contents) > 1:
            album["media_group_id"] = str(self.world.next("album", 13_800_000_000_000_001))
        words = [_text("caption", caption), *([{}] * (len(contents) - 1))]
        return [
            self._send(person, album | content | said, chat, topic, reply_to)
            for content, said in zip(contents, words, strict=True)
        ]

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
            self.world.tell("chats", chat.id, {})
        if chat.person is None and chat.members.get(person.id, "left") in ("left", "kicked"):
            raise ValueError(f"{person.first_name} is not in {chat.name}")
        original = chat.messages[reply_to["message_id"]] if reply_to else None
        sender, mask = self._speaker(chat, person)
        message = self.world.post(chat, sender, mask | content, topic=topic, reply_to=original)
        chat.authors[message["message_id"]] = person.id
        if self._reaches_bot(chat, message, original):
            self.world.tell_bot("message", chat.id, message)
        elif self._summons_bot(chat, message):
            self._tell_guest(chat, person, message)
        return message

    def _summons_bot(self, chat: Chat, message: Json) -> bool:
        """Whether a message in a chat the bot is not in calls it there as a guest."""
        if not self.world.bot.get("supports_guest_queries") or chat.type == "channel":
            return False
        if chat.bot not in ("left", "kicked") or "via_bot" in message:
            return False
        text = message.get("text") or message.get("caption") or ""
        entities = message.get("entities") or message.get("caption_entities") or []
        mentions = [one for one in entities if one["type"] == "mention"]
        return addressed(text, mentions, self.world.bot["username"])

    def _tell_guest(self, chat: Chat, person: Person, message: Json) -> None:
        query_id = str(self.world.next("guest", 6_600_000_000_000_000_001))
        self.world.queries.guest[query_id] = GuestQuery(
            at=self.world.clock(),
            person_id=person.id,
            chat_id=chat.id,
            message_id=message["message_id"],
        )
        self.world.tell_bot("guest_message", chat.id, message | {"guest_query_id": query_id})

    def _speaker(self, chat: Chat, person: Person) -> tuple[Json, Json]:
        """Who the message is from, and `sender_chat` of anonymous administrators and channels."""
        mask = chat.masks.get(person.id)
        if mask is None:
            return person.user, {}
        stand_in = GROUP_ANONYMOUS_BOT if mask is chat else CHANNEL_BOT
        return stand_in, {"sender_chat": mask.json}

    def _reaches_bot(self, chat: Chat, message: Json, original: Json | None = None) -> bool:
        if chat.bot not in PRESENT:
            return False
        if chat.type == "private" or chat.bot == "administrator" or not self.privacy_mode:
            return True
        if message.get("via_bot", {}).get("id") == self.world.bot["id"]:
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
