"""People in inline mode: typing the bot's name in any chat and sending what it offers."""

from __future__ import annotations

import secrets

from bot.sandbox.chats import Chat, Person, Topic
from bot.sandbox.gestures import Gestures
from bot.sandbox.queries import InlineQuery, Result
from bot.sandbox.refusals import Json
from bot.sandbox.world import STRIDE


class Inlining(Gestures):
    """What happens between `@bot ...` and the message that is sent via the bot."""

    def ask_inline(
        self, person: Person, text: str = "", *, chat: Chat | None = None, offset: str = ""
    ) -> str:
        """The person types `@bot text`; the answer will be in `world.queries.inline[id]`.

        An earlier answer that may be cached is there at once, and the bot hears nothing.
        """
        chat, now = chat or self.world.private(person), self.world.clock()
        first = 5_500_000_000_000_000_001 + STRIDE * self.world.base
        query_id = str(self.world.next("inline", first))
        query = InlineQuery(at=now, person_id=person.id, text=text, offset=offset)
        self.world.queries.inline[query_id] = query
        query.answer = self.world.queries.cached(text, offset, person.id, now)
        if query.answer is None:
            kind = "sender" if chat.id == person.id else chat.type
            asked = {"id": query_id, "from": person.user, "query": text, "offset": offset}
            self.world.tell_bot("inline_query", person.id, {**asked, "chat_type": kind})
        return query_id

    def choose(
        self,
        person: Person,
        query_id: str,
        result_id: str,
        *,
        chat: Chat | None = None,
        topic: Topic | None = None,
    ) -> Json:
        """The person sends one of the results; LookupError when there is no such result."""
        query = self.world.queries.inline.get(query_id)
        results = query.answer.results if query is not None and query.answer is not None else ()
        result = next((one for one in results if one.id == result_id), None)
        if query is None or result is None:
            raise LookupError(f"no result {result_id!r}, there are {[one.id for one in results]}")
        message, inline_id = self._send_via_bot(person, result, chat, topic)
        if self.inline_feedback:
            chosen: Json = {"result_id": result_id, "from": person.user, "query": query.text}
            chosen |= {"inline_message_id": inline_id} if inline_id else {}
            self.world.tell_bot("chosen_inline_result", person.id, chosen)
        return message

    def share(
        self,
        person: Person,
        prepared_id: str,
        *,
        chat: Chat | None = None,
        topic: Topic | None = None,
    ) -> Json:
        """The person sends what the bot prepared for their Mini App; LookupError when too late."""
        prepared = self.world.queries.prepared.get(prepared_id)
        ours = prepared is not None and prepared.person_id == person.id
        if prepared is None or not ours or prepared.expires <= self.world.clock():
            raise LookupError(f"no prepared message {prepared_id!r} for {person.first_name}")
        return self._send_via_bot(person, prepared.result, chat, topic)[0]

    def _send_via_bot(
        self, person: Person, result: Result, chat: Chat | None, topic: Topic | None
    ) -> tuple[Json, str]:
        chat = chat or self.world.private(person)
        content = {"via_bot": self.world.bot_user, **result.content}
        inline_id = ""
        if "reply_markup" in content:
            inline_id = secrets.token_urlsafe(20)
        message = self._send(person, content, chat, topic, None)
        if inline_id:
            self.world.queries.sent[inline_id] = (chat.id, message["message_id"])
        return message, inline_id
