"""What changes where the bot stands: blocking, adding, kicking, topics closing, groups growing up."""

from __future__ import annotations

from bot.sandbox.chats import Chat, Person, Topic, member_json
from bot.sandbox.people import PRESENT, People
from bot.sandbox.refusals import Json


class Membership(People):
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

    def join(self, chat: Chat, person: Person) -> None:
        """A person comes into the group."""
        chat.members[person.id] = "member"
        self._service(chat, person, {"new_chat_members": [person.user]})

    def close_topic(self, chat: Chat, topic: Topic, *, by: Person | None = None) -> None:
        """Nobody but administrators may write in the topic any more."""
        topic.closed = True
        self._service(chat, by or self.world.owner(chat), {"forum_topic_closed": {}}, topic)

    def reopen_topic(self, chat: Chat, topic: Topic, *, by: Person | None = None) -> None:
        """Everybody may write in the topic again."""
        topic.closed = False
        self._service(chat, by or self.world.owner(chat), {"forum_topic_reopened": {}}, topic)

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        """The topic and its messages are gone; bots are not told."""
        topic.deleted = True
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
        self._service(new, by, {"migrate_from_chat_id": chat.id})
        return new

    def _service(
        self, chat: Chat, person: Person, content: Json, topic: Topic | None = None
    ) -> None:
        message = self.world.post(chat, person.user, content, topic=topic)
        if chat.bot in PRESENT:
            self.world.tell_bot("message", chat.id, message)

    def _stand(self, chat: Chat, standing: str, by: Person) -> None:
        old = member_json(self.world.bot_user, chat.bot)
        chat.bot = standing
        changed = {
            "old_chat_member": old,
            "new_chat_member": member_json(self.world.bot_user, standing),
        }
        update = {"chat": chat.json, "from": by.user, "date": int(self.world.clock()), **changed}
        self.world.tell_bot("my_chat_member", chat.id, update)
