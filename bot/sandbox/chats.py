"""People, chats and topics, and how the Bot API shows them. State only, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.refusals import Json

ADMIN_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories",
)  # fmt: skip


GROUP_ANONYMOUS_BOT: Json = {
    "id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot",
}  # fmt: skip
CHANNEL_BOT: Json = {
    "id": 136_817_688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Telegram account."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""

    @property
    def user(self) -> Json:
        """The person as a `User` object."""
        names = ("last_name", "username", "language_code")
        extra = {name: getattr(self, name) for name in names if getattr(self, name)}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **extra}


@dataclass(slots=True, kw_only=True)
class Topic:
    """A topic of a forum; its id is the id of the message that opened it."""

    id: int
    chat_id: int
    name: str
    closed: bool = False
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat, a group or a supergroup.

    `bot` says how the bot stands there: "new" (never started), "member", "administrator",
    "blocked", "deactivated", "kicked", "left" or "deleted". `members` maps people to
    "creator", "administrator", "member", "left" or "kicked". `forbidden` holds what the bot
    may not send: "text messages", "photos", "documents". `masks` says as which chat a person
    speaks here: as this one (an anonymous administrator) or as a channel. `keyboards` holds
    what apps show and bots do not see: force replies and reply keyboards, by message.
    """

    id: int
    type: str
    title: str = ""
    person: Person | None = None
    forum: bool = False
    bot: str = "member"
    members: dict[int, str] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    deleted: list[Json] = field(default_factory=list)
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    authors: dict[int, int] = field(default_factory=dict)
    keyboards: dict[int, Json] = field(default_factory=dict)
    masks: dict[int, Chat] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    migrated_to: int | None = None
    last_message_id: int = 0

    @property
    def json(self) -> Json:
        """The chat as a `Chat` object."""
        if self.person is not None:
            user = self.person.user
            names = ("first_name", "last_name", "username")
            return {"id": self.id, "type": "private"} | {k: user[k] for k in names if k in user}
        forum = {"is_forum": True} if self.forum else {}
        return {"id": self.id, "title": self.title, **forum, "type": self.type}

    def ranks(self, *ranks: str) -> list[int]:
        """Who stands here as one of these."""
        return [one for one, rank in self.members.items() if rank in ranks]

    @property
    def name(self) -> str:
        """What a person would call it."""
        return self.person.first_name if self.person else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something a person would see happen.

    `kind` is "new", "edited", "deleted", "reaction", "action", "answer", "draft", "inline" (a
    query was answered), "checkout" (a payment ended) or "chats" (people, their Stars, chats,
    topics, menus); `data` is the message, the
    reactions (`message_id`, `reactions`), the chat action, the callback answer, the draft.
    """

    kind: str
    chat_id: int
    data: Json


def member_json(user: Json, status: str, *, anonymous: bool = False) -> Json:
    """A `ChatMember` object; `status` as `Chat.bot` and `Chat.members` have it."""
    shown = {"blocked": "kicked", "deleted": "left", "new": "member"}.get(status, status)
    member: Json = {"user": user, "status": shown}
    if shown in ("creator", "administrator"):
        member["is_anonymous"] = anonymous
    if shown == "administrator":
        member |= {"can_be_edited": False, **dict.fromkeys(ADMIN_RIGHTS, True)}
    if shown == "kicked":
        member["until_date"] = 0
    return member
