"""The Bot API server of the sandbox: api.telegram.org on loopback, with a world behind it.

async with BotApiServer(token="123:abc", username="nano_banana_bot") as server:
    ann = server.world.add_person("Ann")
    server.say(ann, "/imagine a fox")
    await server.wait_for(lambda message: "photo" in message, chat=server.world.private(ann))
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot import serving
from bot.sandbox.arguments import Arguments
from bot.sandbox.chats import Change, Chat
from bot.sandbox.conformance import Conformance
from bot.sandbox.door import Call, Door
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.limits import Limits
from bot.sandbox.methods import METHODS
from bot.sandbox.paying import Paying
from bot.sandbox.refusals import Json
from bot.sandbox.stars import CHECKOUT_SECONDS
from bot.sandbox.updates import Updates
from bot.sandbox.webhook import ANSWER_SECONDS, WebhookSender
from bot.sandbox.world import World

__all__ = ["BotApiServer", "Call", "Change", "Fault"]

UPLOAD_BYTES = 50 << 20


class BotApiServer(Paying):
    """Plays Telegram for one bot. The world outlives stopping and starting the server.

    `limits` refuses who writes too fast; ids begin further on with a larger `first_id`.
    `inline_mode`, `inline_feedback` and `guest_mode` are what @BotFather would be told;
    a payment fails when the bot has not confirmed it after `checkout_seconds`.
    """

    def __init__(  # noqa: PLR0913 - settings, each with a default
        self,
        *,
        token: str = "123456:sandbox-token",  # noqa: S107 - it opens nothing but this sandbox
        username: str = "nano_banana_bot",
        name: str = "Nano Banana",
        privacy_mode: bool = True,
        inline_mode: bool = True,
        inline_feedback: bool = True,
        guest_mode: bool = True,
        first_id: int = 0,
        limits: bool = False,
        answer_seconds: float = ANSWER_SECONDS,
        retry_seconds: float = 2.0,
        checkout_seconds: float = CHECKOUT_SECONDS,
        upload_bytes: int = UPLOAD_BYTES,
        conformance: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": name,
               "username": username, "can_join_groups": True,
               "can_read_all_group_messages": not privacy_mode,
               "supports_inline_queries": inline_mode,
               "supports_guest_queries": guest_mode, "can_connect_to_business": False,
               "has_main_web_app": False}  # fmt: skip
        world = World(bot=bot, clock=clock, base=first_id)
        super().__init__(world, privacy_mode=privacy_mode, inline_feedback=inline_feedback)
        self.world.stars.checkout_seconds = checkout_seconds
        self.token = token
        self.updates = Updates(clock=clock)
        self.world.tell_bot = self.updates.add
        self.world.listeners.append(self._changed)
        self.faults = Faults()
        self.conformance = Conformance.if_installed() if conformance else None
        self.url = ""
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        table: dict[str, Callable[[Arguments], Any]] = {
            name: partial(method, self.world) for name, method in METHODS.items()
        }
        self._door = Door(
            token=token,
            world=self.world,
            methods={**table, **self.updates.methods},
            faults=self.faults,
            conformance=self.conformance,
            limits=Limits(clock) if limits else None,
            upload_bytes=upload_bytes,
        )
        self._sender = WebhookSender(
            self.updates,
            retry_seconds=retry_seconds,
            answer_seconds=answer_seconds,
            on_call=self._door.call_in_answer,
        )

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; with port 0 the system chooses one, see `url`."""
        if self.conformance is not None:
            await asyncio.to_thread(self.conformance.load)
        app = self._door.app()
        app.on_shutdown.append(self._end_polls)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._sender.start()

    async def close(self) -> None:
        """Stop listening and delivering. The world and the pending updates stay."""
        await self._sender.stop()
        if self._runner is not None:
            await serving.end(self._runner)
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # what tests and pages look at

    @property
    def problems(self) -> list[str]:
        """Everything the real server would have ignored and a careful one would not."""
        return self.world.problems

    @property
    def calls(self) -> list[Call]:
        """Every call the bot made."""
        return self._door.calls

    @property
    def received(self) -> list[str]:
        """What came in as text: request lines, headers and parameters."""
        return self._door.received

    @property
    def actions(self) -> list[Json]:
        """The chat actions so far."""
        return self.world.actions

    @property
    def callback_answers(self) -> list[Json]:
        """The answers to pressed buttons so far."""
        return self.world.callback_answers

    def messages(self, chat: Chat | None = None) -> list[Json]:
        """What the chat (or every chat) shows now."""
        return copy.deepcopy(list(self.world.messages(chat)))

    def deleted(self, chat: Chat) -> list[Json]:
        """The messages that are gone, as they were last."""
        return copy.deepcopy(chat.deleted)

    def file_bytes(self, file_id: str) -> bytes:
        """The content of a file."""
        return self.world.files.by_id[file_id].content()

    def on_change(self, callback: Callable[[Change], None]) -> None:
        """Hear of everything a person would see change."""
        self.world.listeners.append(callback)

    async def wait_for(
        self,
        predicate: Callable[[Json], bool],
        *,
        chat: Chat | None = None,
        seconds: float = 30.0,
    ) -> Json:
        """The oldest message that fits, now or later; TimeoutError shows what the chat has."""
        try:
            await self.wait_until(lambda: self._found(predicate, chat) is not None, seconds=seconds)
        except TimeoutError:
            shown = "\n".join(described(message) for message in self.messages(chat))
            text = f"no such message in {seconds} s; there are:\n{shown or '  (none)'}"
            raise TimeoutError(text) from None
        return copy.deepcopy(self._found(predicate, chat)) or {}

    async def wait_until(self, condition: Callable[[], Any], *, seconds: float = 30.0) -> None:
        """Until the condition holds; it is looked at after every change of the world."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self._news.wait()

    def _found(self, predicate: Callable[[Json], bool], chat: Chat | None) -> Json | None:
        return next((one for one in self.world.messages(chat) if predicate(one)), None)

    async def _end_polls(self, _app: web.Application) -> None:
        self.updates.stop()

    def _changed(self, _change: Change) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def described(message: Json) -> str:
    """One message on one line, for people who look for another."""
    kinds = ("text", "photo", "document", "sticker", "invoice")
    kind = next((kind for kind in kinds if kind in message), "service message")
    words = message.get("text") or message.get("caption") or ""
    chat, number = message["chat"]["id"], message["message_id"]
    return f"  [{chat}] #{number} {message['from']['first_name']} ({kind}): {words[:200]}"
