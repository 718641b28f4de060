"""What happens to groups from the chat page: topics, the bot's membership, growing up."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Topic
from bot.sandbox.page_forms import Group, Meant, read_json
from bot.sandbox.page_guard import Wrong
from bot.sandbox.page_view import chat_state
from bot.sandbox.people import PRESENT


@dataclass(frozen=True, slots=True)
class Groups:
    """POST /api/group; what is so already stays so."""

    telegram: BotApiServer

    async def change(self, request: web.Request) -> web.Response:
        form, meant = await read_json(request, Group), Meant(self.telegram.world)
        chat = meant.chat(form.chat)
        if chat.person is not None:
            raise Wrong("not_a_group", f"{chat.name} is a person", field="chat")
        if form.action in ("close_topic", "reopen_topic", "delete_topic"):
            topic = meant.topic(chat, form.topic)
            if topic is None:
                raise Wrong("invalid", "topic: which one?", field="topic")
            self._on_topic(form.action, chat, topic)
        else:
            chat = self._on_group(form.action, chat, (form.name or "").strip())
        return web.json_response(chat_state(self.telegram.world, chat))

    def _on_topic(self, action: str, chat: Chat, topic: Topic) -> None:
        if action == "close_topic" and not topic.closed:
            self.telegram.close_topic(chat, topic)
        elif action == "reopen_topic" and topic.closed:
            self.telegram.reopen_topic(chat, topic)
        elif action == "delete_topic":
            self.telegram.delete_topic(chat, topic)

    def _on_group(self, action: str, chat: Chat, name: str) -> Chat:
        if action == "add_topic":
            if not chat.forum:
                raise Wrong("no_forum", f"{chat.name} has no topics", field="chat")
            if not name:
                raise Wrong("invalid", "name: what is it called?", field="name")
            self.telegram.world.add_topic(chat, name)
        elif action == "migrate":
            if chat.type != "group":
                raise Wrong("no_small_group", f"{chat.name} is a supergroup already", field="chat")
            return self.telegram.migrate(chat)
        elif action == "kick_bot" and chat.bot in PRESENT:
            self.telegram.kick(chat)
        elif action == "add_bot" and chat.bot not in PRESENT:
            self.telegram.add_bot(chat)
        return chat
