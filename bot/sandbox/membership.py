"""What changes where the bot stands: blocking, adding, kicking, topics closing, groups growing up."""

from __future__ import annotations

from bot.sandbox.chats import Chat, Person, Topic, member_json
from bot.sandbox.inlining import Inlining
from bot.sandbox.people import PRESENT
from bot.sandbox.refusals import Json


class Membership(Inlining):
    """The hands of people who decide about the bot and their groups."""

    def block(self, person: Person) -> None:
        """The person blocks the bot: sending to them is refused afterwards."""
        self._stand(self.world.private(person), "blocked", person)

    def unblock(self, person: Person) -> None:
        """The person lets the bot write again."""
        self._stand(self.world.private(person), "member", person)

    def deactivate(self, person: Person) -> None:
        """The account is gone; the bot is not told."""
        self.world.private(person).bot = "deactivated"
        self.world.tell("chats", person.id, {})

    def add_bot(self, chat: Chat, *, by: Person | None = None) -> None:
        """The bot is put into a group, with the service message everybody sees."""
        by = by or self.world.owner(chat)
        self._stand(chat, "member", by)
        newcomers = {"new_chat_members": [self.world.bot_user]}
        self._service(chat, by, newcomers)

    def promote_bot(self, chat: Chat, *, by: Person | None = None) -> None:
        """The bot becomes an administrator, who reads everything."""
        self._stand(chat, "administrator", by or self.world.owner(chat))

    def kick(self, chat: Chat, *, by: Person | None = None) -> None:
        """The bot is thrown out of a group."""
        self._stand(chat, "kicked", by or self.world.owner(chat))

    def delete_group(self, chat: Chat) -> None:
        """The group is gone."""
        chat.bot = "deleted"
        self.world.tell("chats", chat.id, {})

    def join(self, chat: Chat, person: Person) -> None:
        """A person comes into the group."""
        self._rank(chat, person, "member", by=person)
        self._service(chat, person, {"new_chat_members": [person.user]})

    def leave(self, chat: Chat, person: Person) -> None:
        """A person goes."""
        self._rank(chat, person, "left", by=person)
        self._service(chat, person, {"left_chat_member": person.user})

    def promote(self, chat: Chat, person: Person, *, by: Person | None = None) -> None:
        """A person becomes an administrator of the group."""
        self._rank(chat, person, "administrator", by=by or self.world.owner(chat))

    def speak_as(self, chat: Chat, person: Person, mask: Chat | None) -> None:
        """From now on the person writes here as a channel, as the group itself (an anonymous
        administrator), or with None under their own name again.
        """
        if mask is None:
            chat.masks.pop(person.id, None)
            return
        if mask.members.get(person.id) not in ("creator", "administrator"):
            raise ValueError(f"{person.first_name} may not speak for {mask.name}")
        chat.masks[person.id] = mask

    def close_topic(self, chat: Chat, topic: Topic, *, by: Person | None = None) -> None:
        """Nobody but administrators may write in the topic any more."""
        topic.closed = True
        self.world.tell("chats", chat.id, {})
        self._service(chat, by or self.world.owner(chat), {"forum_topic_closed": {}}, topic)

    def reopen_topic(self, chat: Chat, topic: Topic, *, by: Person | None = None) -> None:
        """Everybody may write in the topic again."""
        topic.closed = False
        self.world.tell("chats", chat.id, {})
        self._service(chat, by or self.world.owner(chat), {"forum_topic_reopened": {}}, topic)

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        """The topic and its messages are gone; bots are not told."""
        topic.deleted = True
        self.world.tell("chats", chat.id, {})
        inside = [m for m in chat.messages.values() if m.get("message_thread_id") == topic.id]
        for message in inside:
            self.world.remove(chat, message["message_id"])

    def migrate(self, chat: Chat, *, by: Person | None = None) -> Chat:
        """A group becomes a supergroup with another id; gives the new chat."""
        if chat.type != "group":
            raise ValueError(f"{chat.name} is no small group")
        by = by or self.world.owner(chat)
        members = [self.world.people[one] for one in chat.members]
        new = self.world.add_group(chat.title, members=members, supergroup=True, bot=chat.bot)
        new.members = dict(chat.members)
        self._service(chat, by, {"migrate_to_chat_id": new.id})
        chat.migrated_to = new.id
        self.world.tell("chats", new.id, {})
        self._service(new, by, {"migrate_from_chat_id": chat.id})
        return new

    def _service(
        self, chat: Chat, person: Person, content: Json, topic: Topic | None = None
    ) -> None:
        message = self.world.post(chat, person.user, content, topic=topic)
        if chat.bot in PRESENT:
            self.world.tell_bot("message", chat.id, message)

    def _rank(self, chat: Chat, person: Person, rank: str, *, by: Person) -> None:
        old = member_json(person.user, chat.members.get(person.id, "left"))
        chat.members[person.id] = rank
        self.world.tell("chats", chat.id, {})
        if chat.bot == "administrator":
            new = member_json(person.user, rank)
            self._tell_change("chat_member", chat, by, old, new)

    def _stand(self, chat: Chat, standing: str, by: Person) -> None:
        old = member_json(self.world.bot_user, chat.bot)
        chat.bot = standing
        self.world.tell("chats", chat.id, {})
        new = member_json(self.world.bot_user, standing)
        self._tell_change("my_chat_member", chat, by, old, new)

    def _tell_change(self, kind: str, chat: Chat, by: Person, old: Json, new: Json) -> None:
        update = {"chat": chat.json, "from": by.user, "date": int(self.world.clock())}
        changed = {"old_chat_member": old, "new_chat_member": new}
        self.world.tell_bot(kind, chat.id, update | changed)
