"""In which language we speak to whom: as they have chosen, else as their Telegram speaks."""

from dataclasses import dataclass

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, User

from bot import preferences
from bot.origin import Origin
from bot.preferences import PreferenceStore
from bot.telegram.texts import Texts, texts


@dataclass(frozen=True, slots=True)
class Speech:
    preferences: PreferenceStore

    async def to_sender(self, message: Message) -> Texts:
        """The texts for an answer to this message. Raises Transient."""
        return await self.to(message.from_user, message)

    async def to_presser(self, query: CallbackQuery) -> Texts:
        return await self.to(query.from_user, query.message)

    async def in_group(self, chat: int, user: User) -> Texts:
        """The texts for everybody in a group: as it has chosen, else as this person likes them."""
        chosen = await self.preferences.get((preferences.chat(chat), preferences.person(user.id)))
        return texts(chosen.language or user.language_code)

    async def to(self, user: User | None, place: MaybeInaccessibleMessage | None = None) -> Texts:
        """The texts for this person, in the chat where this message stands."""
        scopes = [preferences.person(user.id)] if user else []
        if place and place.chat.type != "private":
            topic = place.message_thread_id if isinstance(place, Message) else None
            if topic and isinstance(place, Message) and place.is_topic_message:
                scopes.append(preferences.topic(place.chat.id, topic))
            scopes.append(preferences.chat(place.chat.id))
        chosen = await self.preferences.get(tuple(scopes))
        return texts(chosen.language or (user.language_code if user else None))

    async def to_origin(self, origin: Origin) -> Texts:
        """The texts for whoever asked from there, when their message is not at hand."""
        chosen = await self.preferences.get(preferences.scopes(origin))
        return texts(chosen.language or origin.language)
