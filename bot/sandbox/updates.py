"""Updates on their way to the bot: kept in order until a webhook or getUpdates confirms them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.arguments import Arguments
from bot.sandbox.refusals import OTHER_POLL, WEBHOOK_IS_SET, ApiError, Json, bad_request, conflict

ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LIFE_SECONDS = {"callback_query": 150, "pre_checkout_query": 150, "shipping_query": 150,
                "inline_query": 30, "chosen_inline_result": 600}  # fmt: skip
DAY = 86_400
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One update and the queue it stands in: those of one queue go out one after another."""

    id: int
    kind: str
    queue: tuple[str, int]
    payload: Json
    expires: float

    @property
    def json(self) -> Json:
        return {"update_id": self.id, self.kind: self.payload}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where updates are posted."""

    url: str
    secret: str = field(default="", repr=False)
    max_connections: int = 40


@dataclass(slots=True, kw_only=True)
class Updates:
    """The pending updates and the two ways to get them."""

    clock: Callable[[], float]
    next_id: int = field(default_factory=lambda: 100_000_000 + secrets.randbelow(800_000_000))
    pending: dict[int, Update] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    webhook: Webhook | None = None
    last_error: Json = field(default_factory=dict)
    on_webhook: list[Callable[[], None]] = field(default_factory=list)
    on_update: list[Callable[[Update], None]] = field(default_factory=list)
    _queues: dict[tuple[str, int], dict[int, Update]] = field(default_factory=dict)
    _poll: asyncio.Future[None] | None = None

    @property
    def methods(self) -> dict[str, Callable[[Arguments], Awaitable[Any]]]:
        """The methods of the Bot API that are about updates."""
        return {
            "getUpdates": self.get_updates,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.webhook_info,
        }

    def add(self, kind: str, queue: int, payload: Json) -> None:
        """Queue one update, if the bot asked for its kind."""
        if kind in ONLY_ON_REQUEST and kind not in self.allowed:
            return
        if self.allowed and kind not in self.allowed:
            return
        plain = kind != "guest_message" and kind.endswith(("message", "_post"))
        same = "message" if plain else kind
        update = Update(
            id=self.next_id,
            kind=kind,
            queue=(same, queue),
            payload=payload,
            expires=self.clock() + LIFE_SECONDS.get(kind, DAY),
        )
        self.next_id += 1
        self.pending[update.id] = update
        self._queues.setdefault(update.queue, {})[update.id] = update
        self._end_poll()
        for listener in self.on_update:
            listener(update)

    def confirm(self, update_id: int) -> None:
        """The bot has it (or it is too old to be of use)."""
        update = self.pending.pop(update_id, None)
        if update is not None:
            queue = self._queues[update.queue]
            del queue[update_id]
            if not queue:
                del self._queues[update.queue]

    def waiting(self) -> list[Update]:
        """What is pending and still fresh, oldest first."""
        now = self.clock()
        for update in [one for one in self.pending.values() if one.expires <= now]:
            self.confirm(update.id)
        return list(self.pending.values())

    def first(self, queue: tuple[str, int]) -> Update | None:
        """The next update of one queue."""
        while update := next(iter(self._queues.get(queue, {}).values()), None):
            if update.expires > self.clock():
                return update
            self.confirm(update.id)
        return None

    def drop(self) -> None:
        """Forget everything that is pending."""
        self.pending.clear()
        self._queues.clear()

    async def get_updates(self, args: Arguments) -> list[Json]:
        """https://core.telegram.org/bots/api#getupdates"""
        if self.webhook is not None:
            raise conflict(WEBHOOK_IS_SET)
        self._end_poll(conflict(OTHER_POLL))
        self._allow(args)
        self._forget_until(args.number("offset") or 0)
        limit = min(max(args.number("limit") or 100, 1), 100)
        seconds = min(max(args.number("timeout") or 0, 0), 50)
        if seconds and not self.waiting():
            await self._wait(seconds)
        return [update.json for update in self.waiting()[:limit]]

    async def _wait(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None

    def _end_poll(self, error: ApiError | None = None) -> None:
        poll, self._poll = self._poll, None
        if poll is None or poll.done():
            return
        if error is None:
            poll.set_result(None)
        else:
            poll.set_exception(error)

    def _forget_until(self, offset: int) -> None:
        if offset < 0:
            kept = sorted(self.pending)[offset:]
            offset = kept[0] if kept else 0
        for update_id in [one for one in self.pending if one < offset]:
            self.confirm(update_id)

    def _allow(self, args: Arguments) -> None:
        kinds = args.data("allowed_updates")
        if isinstance(kinds, list):
            self.allowed = frozenset(kinds)

    async def set_webhook(self, args: Arguments) -> Any:
        """https://core.telegram.org/bots/api#setwebhook"""
        url = args.text("url")
        if not url:
            return await self.delete_webhook(args)
        secret = args.text("secret_token")
        if len(secret) > 256 or not _SECRET.issuperset(secret):
            raise bad_request("secret token contains unallowed characters")
        _check_address(url)
        self._allow(args)
        connections = min(max(args.number("max_connections") or 40, 1), 100)
        webhook = Webhook(url=url, secret=secret, max_connections=connections)
        if args.flag("drop_pending_updates"):
            self.drop()
        if webhook == self.webhook:
            return Described("Webhook is already set")
        self._end_poll(conflict("terminated by setWebhook request"))
        self._point(webhook)
        return Described("Webhook was set")

    async def delete_webhook(self, args: Arguments) -> Any:
        """https://core.telegram.org/bots/api#deletewebhook"""
        if args.flag("drop_pending_updates"):
            self.drop()
        was = self.webhook
        self._point(None)
        return Described("Webhook was deleted" if was else "Webhook is already deleted")

    async def webhook_info(self, _args: Arguments) -> Json:
        """https://core.telegram.org/bots/api#getwebhookinfo"""
        info: Json = {"url": "", "has_custom_certificate": False}
        info["pending_update_count"] = len(self.waiting())
        if self.webhook is not None:
            info |= {"url": self.webhook.url, "max_connections": self.webhook.max_connections}
            info |= self.last_error
        if self.allowed:
            info["allowed_updates"] = sorted(self.allowed)
        return info

    def stop(self) -> None:
        """The server goes down: nobody waits any longer."""
        self._end_poll()

    def _point(self, webhook: Webhook | None) -> None:
        self.webhook = webhook
        self.last_error = {}
        for listener in self.on_webhook:
            listener()


@dataclass(frozen=True, slots=True)
class Described:
    """A result of True with words beside it."""

    description: str


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in (80, 88, 443, 8443):
        text = "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
        raise bad_request(text)
