"""What the chat page sends, field by field, and whom and what it means by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.sandbox.chats import Chat, Person, Topic
from bot.sandbox.content import CAPTION_LENGTH, TEXT_LENGTH
from bot.sandbox.page_guard import Wrong
from bot.sandbox.refusals import Json
from bot.sandbox.world import World

Id = Annotated[int, Field(ge=-(2**53), le=2**53)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_LENGTH)]
Name = Annotated[str, Field(min_length=1, max_length=256)]


class Form(BaseModel):
    """Unknown fields are mistakes, not noise."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Someone(Form):
    person: Id


class InChat(Someone):
    chat: Id
    topic: Id | None = None


class Say(InChat):
    text: Text
    reply_to: Id | None = None


class Send(InChat):
    as_: Literal["photo", "document", "sticker"] = Field(alias="as")
    caption: str = Field("", max_length=CAPTION_LENGTH)
    reply_to: Id | None = None


class AtMessage(Someone):
    chat: Id
    message_id: Id


class Edit(AtMessage):
    text: Text


class Press(AtMessage):
    data: Annotated[str, Field(min_length=1, max_length=64)]


class React(AtMessage):
    emoji: Annotated[str, Field(min_length=1, max_length=8)] | None


class Forward(InChat):
    from_chat: Id
    message_id: Id


class Inline(Someone):
    chat: Id
    query: str = Field("", max_length=256)
    offset: str = Field("", max_length=64)


class Choose(InChat):
    query_id: Name
    result_id: Name


class Share(InChat):
    id: Name


class Invoiced(Someone):
    """An invoice: that of a message, or of a link."""

    chat: Id | None = None
    message_id: Id | None = None
    slug: Name | None = None


class Renew(Someone):
    charge_id: Name


class Button(BaseModel):
    url: Annotated[str, Field(min_length=1, max_length=2048)]


class WebApp(Someone):
    chat: Id
    button: Button


class Group(Form):
    action: Literal[
        "close_topic", "reopen_topic", "delete_topic", "add_topic", "migrate", "kick_bot", "add_bot"
    ]
    chat: Id
    topic: Id | None = None
    name: Annotated[str, Field(min_length=1, max_length=128)] | None = None


class Order(Form):
    id: Name
    times: Annotated[int, Field(ge=1, le=99)] = 1


class Steer(Form):
    action: Literal["restart", "kill", "stop", "start"]


F = TypeVar("F", bound=Form)


async def read_json(request: web.Request, form: type[F]) -> F:
    """The body as this form. Raises Wrong with the name of the field at fault."""
    if request.content_type != "application/json":
        raise Wrong("content_type", "send application/json", field="Content-Type", status=415)
    try:
        return form.model_validate_json(await request.read(), strict=True)
    except ValidationError as error:
        raise as_wrong(error) from error


def read_values(values: dict[str, Any], form: type[F]) -> F:
    """The same for text that came in a form or an address."""
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise as_wrong(error) from error


def as_wrong(error: ValidationError) -> Wrong:
    """The first thing that is wrong, in words."""
    first = error.errors()[0]
    field = ".".join(str(one) for one in first["loc"]) or "body"
    return Wrong("invalid", f"{field}: {first['msg']}", field=field)


@dataclass(frozen=True, slots=True)
class Meant:
    """Finds in the world what a form speaks of. Raises Wrong naming the field."""

    world: World

    def person(self, form: Someone) -> Person:
        """Who acts."""
        person = self.world.people.get(form.person)
        if person is None:
            raise Wrong("unknown_person", f"there is no person {form.person}", field="person")
        return person

    def chat(self, chat_id: int, *, field: str = "chat") -> Chat:
        """A chat that was not replaced by another."""
        if chat_id in self.world.people:
            return self.world.private(self.world.people[chat_id])
        chat = self.world.chats.get(chat_id)
        if chat is None or chat.type == "channel":
            raise Wrong("unknown_chat", f"there is no chat {chat_id}", field=field)
        if chat.migrated_to is not None:
            raise Wrong("migrated", f"this group is now {chat.migrated_to}", field=field)
        return chat

    def own_chat(self, form: Someone, chat_id: int, *, field: str = "chat") -> Chat:
        """A chat the person is in."""
        person, chat = self.person(form), self.chat(chat_id, field=field)
        if chat.person is not None:
            if chat.person is not person:
                words = f"this is the private chat of {chat.name}"
                raise Wrong("not_a_member", words, field=field)
        elif person.id not in chat.ranks("creator", "administrator", "member"):
            words = f"{person.first_name} is not in {chat.name}"
            raise Wrong("not_a_member", words, field=field)
        return chat

    def writable(self, form: InChat) -> tuple[Person, Chat, Topic | None]:
        """Where the person may write."""
        person, chat = self.person(form), self.own_chat(form, form.chat)
        if chat.bot == "blocked":
            raise Wrong("blocked", f"{person.first_name} has blocked the bot", field="chat")
        topic = self.topic(chat, form.topic)
        if topic and topic.closed and person.id not in chat.ranks("creator", "administrator"):
            raise Wrong("topic_closed", f"{topic.name} is closed", field="topic")
        return person, chat, topic

    def topic(self, chat: Chat, topic_id: int | None) -> Topic | None:
        """A topic of the chat; None is General, or a chat without topics."""
        if topic_id is None:
            return None
        topic = chat.topics.get(topic_id)
        if topic is None or topic.deleted:
            words = f"there is no topic {topic_id} in {chat.name}"
            raise Wrong("unknown_topic", words, field="topic")
        return topic

    def message(self, chat: Chat, message_id: int, *, field: str = "message_id") -> Json:
        """A message that is there."""
        message = chat.messages.get(message_id)
        if message is None:
            words = f"there is no message {message_id} in {chat.name}"
            raise Wrong("unknown_message", words, field=field)
        return message

    def reply(self, chat: Chat, message_id: int | None) -> Json | None:
        """The message answered to, if any."""
        return None if message_id is None else self.message(chat, message_id, field="reply_to")
