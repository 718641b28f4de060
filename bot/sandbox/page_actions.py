"""What people do on the chat page: each action checked, done in the world, and answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox import page_forms as forms
from bot.sandbox import webapp
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat
from bot.sandbox.editing import REACTIONS
from bot.sandbox.page_forms import Meant, read_json
from bot.sandbox.page_guard import Wrong
from bot.sandbox.page_view import message_view
from bot.sandbox.refusals import Json

ANSWER_SECONDS = 10.0
MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class Actions:
    """The POST side of the page's API, without what concerns servers and processes."""

    telegram: BotApiServer
    answer_seconds: float = ANSWER_SECONDS

    @property
    def routes(self) -> dict[str, Any]:
        """Handlers by the last part of their address."""
        names = ("say", "edit", "delete", "forward", "press", "react", "inline",
                 "share", "webapp", "block", "unblock")  # fmt: skip
        return {name: getattr(self, name) for name in names} | {"inline/choose": self.choose}

    @property
    def _meant(self) -> Meant:
        return Meant(self.telegram.world)

    async def say(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Say)
        person, chat, topic = self._meant.writable(form)
        reply = self._meant.reply(chat, form.reply_to)
        if not form.text.strip():
            raise Wrong("invalid", "text: there are no words", field="text")
        said = self.telegram.say(person, form.text, chat=chat, topic=topic, reply_to=reply)
        return _message(chat, said)

    async def edit(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Edit)
        chat, message = self._own_message(form)
        if "text" not in message and "photo" not in message and "document" not in message:
            raise Wrong("not_editable", "there are no words in it", field="message_id")
        return _message(chat, self.telegram.edit(message, form.text))

    async def delete(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.AtMessage)
        chat = self._meant.own_chat(form, form.chat)
        message = self._meant.message(chat, form.message_id)
        everything = chat.person or form.person in chat.ranks("creator", "administrator")
        if not everything and chat.authors.get(form.message_id) != form.person:
            raise Wrong("not_yours", "somebody else wrote this message", field="message_id")
        self.telegram.delete(message)
        return web.json_response({})

    async def forward(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Forward)
        person, chat, topic = self._meant.writable(form)
        source = self._meant.own_chat(form, form.from_chat, field="from_chat")
        message = self._meant.message(source, form.message_id)
        return _message(chat, self.telegram.forward(person, message, chat=chat, topic=topic))

    async def press(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Press)
        chat = self._meant.own_chat(form, form.chat)
        message = self._meant.message(chat, form.message_id)
        if chat.bot == "blocked":
            raise Wrong("blocked", f"{chat.name} has blocked the bot", field="chat")
        try:
            query_id = self.telegram.press(self._meant.person(form), message, form.data)
        except LookupError as error:
            raise Wrong("no_button", str(error), field="data") from error
        return web.json_response({"query_id": query_id})

    async def react(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.React)
        chat = self._meant.own_chat(form, form.chat)
        message = self._meant.message(chat, form.message_id)
        if form.emoji is not None and form.emoji not in REACTIONS:
            raise Wrong("invalid", f"emoji: {form.emoji} is no reaction", field="emoji")
        self.telegram.react(self._meant.person(form), message, form.emoji)
        return web.json_response({})

    async def inline(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Inline)
        person, chat = self._meant.person(form), self._meant.own_chat(form, form.chat)
        asks_for = self.telegram.updates.allowed
        if not self.telegram.world.bot["supports_inline_queries"] or (
            asks_for and "inline_query" not in asks_for
        ):
            raise Wrong("inline_off", "the bot has no inline mode", field="query")
        query_id = self.telegram.ask_inline(person, form.query, chat=chat, offset=form.offset)
        query = self.telegram.world.queries.inline[query_id]
        try:
            await self.telegram.wait_until(
                lambda: query.answer is not None, seconds=self.answer_seconds
            )
        except TimeoutError as error:
            raise Wrong("no_answer", "the bot did not answer in time", status=504) from error
        assert query.answer is not None  # noqa: S101 - waited for above
        shown: Json = {"query_id": query_id}
        shown["results"] = [one.shown for one in query.answer.results]
        shown |= {"button": query.answer.button} if query.answer.button else {}
        shown |= {"next_offset": query.answer.next_offset} if query.answer.next_offset else {}
        return web.json_response(shown)

    async def choose(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Choose)
        person, chat, topic = self._meant.writable(form)
        query = self.telegram.world.queries.inline.get(form.query_id)
        if query is None or query.person_id != person.id:
            words = f"there is no query {form.query_id} of {person.first_name}"
            raise Wrong("unknown_query", words, field="query_id")
        where: dict[str, Any] = {"chat": chat, "topic": topic}
        try:
            sent = self.telegram.choose(person, form.query_id, form.result_id, **where)
        except LookupError as error:
            raise Wrong("unknown_result", str(error), field="result_id") from error
        return _message(chat, sent)

    async def share(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Share)
        person, chat, topic = self._meant.writable(form)
        try:
            sent = self.telegram.share(person, form.id, chat=chat, topic=topic)
        except LookupError as error:
            raise Wrong("unknown_prepared", str(error), field="id") from error
        return _message(chat, sent)

    async def webapp(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.WebApp)
        person, chat = self._meant.person(form), self._meant.own_chat(form, form.chat)
        if not webapp.allowed(form.button.url):
            words = "button.url: only Mini Apps on this machine are opened"
            raise Wrong("invalid", words, field="button.url")
        telegram = self.telegram
        now = telegram.world.clock()
        address = webapp.launch(
            form.button.url, token=telegram.token, person=person, chat=chat, now=now
        )
        return web.json_response({"url": address})

    async def block(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Someone)
        self.telegram.block(self._meant.person(form))
        return web.json_response({})

    async def unblock(self, request: web.Request) -> web.Response:
        form = await read_json(request, forms.Someone)
        self.telegram.unblock(self._meant.person(form))
        return web.json_response({})

    def _own_message(self, form: forms.AtMessage) -> tuple[Chat, Json]:
        chat = self._meant.own_chat(form, form.chat)
        message = self._meant.message(chat, form.message_id)
        if chat.authors.get(form.message_id) != form.person:
            raise Wrong("not_yours", "somebody else wrote this message", field="message_id")
        return chat, message


def _message(chat: Chat, message: Json) -> web.Response:
    return web.json_response(message_view(chat, message))
