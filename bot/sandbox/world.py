"""The world the bot lives in: people, chats, messages and files. State only, no I/O.

Messages are kept as the dicts the Bot API would show; what goes out of here is a copy.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.sandbox.chats import Change, Chat, Person, Topic
from bot.sandbox.files import Files
from bot.sandbox.queries import Queries
from bot.sandbox.refusals import Json
from bot.sandbox.stars import Stars

FIRST_PERSON = 5_200_000_001  # more than 32 bits, like many real ids
FIRST_GROUP = -4_300_000_001
FIRST_SUPERGROUP = -1_002_100_000_001
STRIDE = 1_000  # ids of people and chats, and of queries, for one step of `World.base`


@dataclass(slots=True, kw_only=True)
class World:
    """Everything Telegram knows; `tell_bot(kind, queue, payload)` queues an update for the bot.

    Ids begin further on with a larger `base`, so that two worlds need not share any.
    """

    bot: Json
    clock: Callable[[], float]
    base: int = 0
    files: Files = field(default_factory=Files)
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    actions: list[Json] = field(default_factory=list)
    callback_answers: list[Json] = field(default_factory=list)
    queries: Queries = field(default_factory=Queries)
    stars: Stars = field(default_factory=Stars)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_buttons: dict[int, Json] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    listeners: list[Callable[[Change], None]] = field(default_factory=list)
    tell_bot: Callable[[str, int, Json], None] = lambda _kind, _queue, _payload: None
    _counts: dict[str, int] = field(default_factory=dict)

    def next(self, what: str, first: int = 1) -> int:
        """The next number of one kind: people, messages, albums, ..."""
        number = self._counts.get(what, first - 1) + 1
        self._counts[what] = number
        return number

    def add_person(
        self, first_name: str, *, last_name: str = "", username: str = "", language_code: str = ""
    ) -> Person:
        """Somebody new, who has not started the bot yet."""
        person = Person(
            id=self.next("person", FIRST_PERSON + STRIDE * self.base),
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
        )
        self.people[person.id] = person
        self.tell("chats", person.id, {})
        return person

    def private(self, person: Person) -> Chat:
        """The private chat of the person and the bot; it exists before it is started."""
        if person.id not in self.chats:
            chat = Chat(id=person.id, type="private", person=person, bot="new")
            self.chats[chat.id] = chat
            self.tell("chats", chat.id, {})
        return self.chats[person.id]

    def add_group(
        self,
        title: str,
        *,
        members: list[Person],
        forum: bool = False,
        supergroup: bool = False,
        bot: str = "member",
    ) -> Chat:
        """A group; forums are supergroups. The first member owns it; the bot is in it already.

        `bot="left"` makes a group without the bot (see `BotApiServer.add_bot`).
        """
        big = forum or supergroup
        offset = self.next("supergroup" if big else "group") - 1 + STRIDE * self.base
        ranks = ["creator"] + ["member"] * (len(members) - 1)
        chat = Chat(
            id=(FIRST_SUPERGROUP if big else FIRST_GROUP) - offset,
            type="supergroup" if big else "group",
            title=title,
            forum=forum,
            bot=bot,
            members={person.id: rank for person, rank in zip(members, ranks, strict=True)},
            # The first message of a supergroup is its creation.
            last_message_id=self.base + int(big),
        )
        self.chats[chat.id] = chat
        self.tell("chats", chat.id, {})
        return chat

    def add_channel(self, title: str, *, owner: Person) -> Chat:
        """A channel its owner may speak as; the bot is not in it."""
        number = self.next("supergroup") - 1 + STRIDE * self.base
        chat = Chat(id=FIRST_SUPERGROUP - number, type="channel", title=title, bot="left")
        chat.members[owner.id] = "creator"
        self.chats[chat.id] = chat
        return chat

    def owner(self, chat: Chat) -> Person:
        """Who owns the group (or the person of a private chat)."""
        return chat.person or self.people[next(iter(chat.members))]

    def add_topic(self, chat: Chat, name: str, *, by: Person | None = None) -> Topic:
        """A new topic in a forum; its opening service message goes to the bot too."""
        if not chat.forum:
            raise ValueError(f"{chat.name} is no forum")
        topic = Topic(id=chat.last_message_id + 1, chat_id=chat.id, name=name)
        chat.topics[topic.id] = topic
        self.tell("chats", chat.id, {})
        opened = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self.post(chat, (by or self.owner(chat)).user, opened, topic=topic)
        if chat.bot in ("member", "administrator"):
            self.tell_bot("message", chat.id, message)
        return topic

    def post(
        self,
        chat: Chat,
        sender: Json,
        content: Json,
        *,
        topic: Topic | None = None,
        reply_to: Json | None = None,
        keyboard: Json | None = None,
    ) -> Json:
        """A new message in a chat, as the Bot API shows it; `keyboard` is for apps only."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
        else:  # private chats and small groups share one count per account
            chat.last_message_id = self.next("message", 1 + self.base)
        message: Json = {"message_id": chat.last_message_id, "from": sender, "chat": chat.json}
        message["date"] = int(self.clock())
        if topic is not None:
            message |= {"message_thread_id": topic.id, "is_topic_message": True}
            # Telegram shows a topic's messages as replies to the one that opened it.
            reply_to = reply_to or chat.messages.get(topic.id)
        elif reply_to is not None and chat.type == "supergroup":
            message["message_thread_id"] = reply_to.get("message_thread_id", reply_to["message_id"])
        if reply_to is not None:
            once = {key: value for key, value in reply_to.items() if key != "reply_to_message"}
            message["reply_to_message"] = copy.deepcopy(once)
        message |= copy.deepcopy(content)
        chat.messages[chat.last_message_id] = message
        if keyboard is not None:
            chat.keyboards[chat.last_message_id] = keyboard
        self.tell("new", chat.id, message)
        return copy.deepcopy(message)

    def rewrite(self, chat: Chat, message_id: int, remove: tuple[str, ...], content: Json) -> Json:
        """Some fields of a message replaced by others."""
        old = chat.messages[message_id]
        message = {key: value for key, value in old.items() if key not in remove}
        message |= copy.deepcopy(content) | {"edit_date": int(self.clock())}
        chat.messages[message_id] = message
        self.tell("edited", chat.id, message)
        return copy.deepcopy(message)

    def remove(self, chat: Chat, message_id: int) -> None:
        """A message deleted for everybody."""
        message = chat.messages.pop(message_id)
        chat.deleted.append(message)
        self.tell("deleted", chat.id, message)

    def tell(self, kind: str, chat_id: int, data: Json) -> None:
        """Everybody who watches hears of it."""
        change = Change(kind=kind, chat_id=chat_id, data=copy.deepcopy(data))
        for listener in list(self.listeners):
            listener(change)

    def messages(self, chat: Chat | None = None) -> Iterator[Json]:
        """The messages of one chat, or of all, oldest first within a chat; not copied."""
        for one in [chat] if chat else list(self.chats.values()):
            yield from list(one.messages.values())

    def user(self, user_id: int) -> Json | None:
        """The `User` object of a person or the bot, if there is one."""
        if user_id == self.bot["id"]:
            return self.bot_user
        person = self.people.get(user_id)
        return person.user if person else None

    @property
    def bot_user(self) -> Json:
        """The bot as the sender of a message."""
        return {key: self.bot[key] for key in ("id", "is_bot", "first_name", "username")}
