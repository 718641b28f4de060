"""Posting updates to the bot's webhook the way Telegram's server does (WebhookActor.cpp).

Each queue is strictly serial; queues go side by side over at most `max_connections`.
A failed post is repeated at once, then after growing pauses, until the update expires.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping

import aiohttp

from bot.sandbox.refusals import Json
from bot.sandbox.updates import Update, Updates, Webhook

ANSWER_SECONDS = 60.0
LONGEST_PAUSE = (60.0, 120.0)
LONGEST_RETRY_AFTER = 3600.0


class WebhookSender:
    """Delivers while the bot has a webhook; `on_call` gets a method call in an answer."""

    def __init__(
        self,
        updates: Updates,
        *,
        retry_seconds: float,
        answer_seconds: float = ANSWER_SECONDS,
        on_call: Callable[[Json], Awaitable[None]],
    ) -> None:
        self._updates = updates
        self._retry_seconds = retry_seconds
        self._answer_seconds = answer_seconds
        self._on_call = on_call
        self._session: aiohttp.ClientSession | None = None
        self._lines: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._old: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(1)
        updates.on_webhook.append(self._restart)
        updates.on_update.append(self._wake)

    def start(self) -> None:
        """Begin with whatever is pending."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=self._answer_seconds),
            headers={"Accept-Encoding": "gzip, deflate", "User-Agent": "sandbox"},
        )
        self._restart()

    async def stop(self) -> None:
        """Stop; what got no answer stays pending."""
        session, self._session = self._session, None
        self._restart()
        await asyncio.gather(*self._old, return_exceptions=True)
        if session is not None:
            await session.close()

    def _restart(self) -> None:
        for task in self._lines.values():
            task.cancel()
            self._old.add(task)
            task.add_done_callback(self._old.discard)
        self._lines.clear()
        webhook = self._updates.webhook
        if webhook is not None:
            self._slots = asyncio.Semaphore(webhook.max_connections)
            for update in self._updates.waiting():
                self._wake(update)

    def _wake(self, update: Update) -> None:
        webhook, session = self._updates.webhook, self._session
        if webhook is not None and session is not None and update.queue not in self._lines:
            line = self._drain(webhook, session, update.queue)
            self._lines[update.queue] = asyncio.get_running_loop().create_task(line)

    async def _drain(
        self, webhook: Webhook, session: aiohttp.ClientSession, queue: tuple[str, int]
    ) -> None:
        failures = 0
        while update := self._updates.first(queue):
            async with self._slots:
                pause = await self._post(webhook, session, update)
            if pause is None:
                failures = 0
                self._updates.confirm(update.id)
                continue
            failures += 1
            await asyncio.sleep(pause or self._pause(failures))
        del self._lines[queue]

    def _pause(self, failures: int) -> float:
        if failures == 1:
            return 0.0
        longest = random.uniform(*LONGEST_PAUSE)  # noqa: S311 - spreads retries, guards nothing
        return min(self._retry_seconds * 2.0 ** (failures - 2), longest)

    async def _post(
        self, webhook: Webhook, session: aiohttp.ClientSession, update: Update
    ) -> float | None:
        """None when the bot took it, otherwise the pause it asked for (0: no wish)."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            async with session.post(
                webhook.url, json=update.json, headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.read()
        except TimeoutError:
            return self._failed("Read timeout expired")
        except (aiohttp.ClientError, OSError) as error:
            refused = isinstance(error, aiohttp.ClientConnectorError)
            return self._failed("Connection refused" if refused else "Connection reset by peer")
        if not 200 <= answer.status < 300:
            words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            return self._failed(words, wished_pause(answer.headers))
        call = _method_call(body)
        if call is not None:
            await self._on_call(call)
        return None

    def _failed(self, words: str, pause: float = 0.0) -> float:
        now = int(self._updates.clock())
        self._updates.last_error = {"last_error_date": now, "last_error_message": words}
        return pause


def wished_pause(headers: Mapping[str, str]) -> float:
    """The seconds of a Retry-After header, an hour at most; 0 without a wish."""
    wish = headers.get("Retry-After", "")
    return min(float(wish), LONGEST_RETRY_AFTER) if wish.isdigit() else 0.0


def _method_call(body: bytes) -> Json | None:
    if not body.startswith(b"{"):
        return None
    try:
        call = json.loads(body)
    except ValueError:
        return None
    return call if isinstance(call, dict) and isinstance(call.get("method"), str) else None
