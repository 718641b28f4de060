"""Telling programs that a task has ended: a signed call to the address they gave with it.

The form is that of Standard Webhooks, so any of its libraries can check the signature.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.errors import Gone, Reason, Refused, Transient
from bot.neighbours import Store
from bot.patience import LOOK_AGAIN, Patience
from bot.public import view

log = logging.getLogger(__name__)

_AT_ONCE = 20
# Of one person, whose server may be slow.
_EACH_AT_ONCE = 5
_DAY = timedelta(days=1)
# Each wait is as many times longer than the last, up to an hour.
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """That a task has ended, to be said at its callback address; `tries` failed so far."""

    id: str
    task: str
    made_at: datetime
    tries: int = 0


class NoticeStore(Protocol):
    """On disk. Raises Transient."""

    async def due(
        self, now: datetime, limit: int, *, each: int
    ) -> tuple[list[Notice], datetime | None]:
        """What is to be said now, up to `each` for one person, and when the first of those is
        that are to be said later.
        """

    async def due_to(
        self, person: int, now: datetime, limit: int
    ) -> tuple[list[Notice], datetime | None]:
        """The same for one person."""

    async def put_off(self, notice: Notice, until: datetime | None) -> None:
        """Count a try; None: it was said, or is given up."""


class Caller(Protocol):
    """Calls addresses that strangers gave us."""

    async def call(self, address: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Raises Transient, Gone when the other side wants no more, and Refused for an address
        we do not go to.
        """


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys programs check our calls with: one for each person, derived from ours."""

    root: str = field(repr=False)

    def secret(self, person: int) -> str:
        """As the libraries take it: `whsec_` and the key in base64."""
        return f"whsec_{base64.b64encode(self._key(person)).decode()}"

    def headers(self, person: int, notice_id: str, now: datetime, content: bytes) -> dict[str, str]:
        moment = str(int(now.timestamp()))
        signed = b".".join((notice_id.encode(), moment.encode(), content))
        digest = hmac.digest(self._key(person), signed, hashlib.sha256)
        return {
            "Content-Type": "application/json",
            "webhook-id": notice_id,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    def _key(self, person: int) -> bytes:
        message = f"callback url {person}".encode()
        return hmac.digest(self.root.encode(), message, hashlib.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """Says what is to be said until it was heard, for a day: one process by `run`, or many that take
    turns by `tell`. `base` is our public address; `news`
    is set when there may be something to say.
    """

    notices: NoticeStore
    store: Store
    caller: Caller
    seals: Seals
    base: str | None
    patience: Patience
    clock: Callable[[], datetime]
    news: asyncio.Event

    async def run(self) -> None:
        saying: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                self.news.clear()
                wait = LOOK_AGAIN
                try:
                    now = self.clock()
                    due, later = await self.notices.due(now, _AT_ONCE, each=_EACH_AT_ONCE)
                    for one in [one for one in due if one.id not in saying]:
                        if len(saying) < _AT_ONCE:
                            saying.add(one.id)
                            group.create_task(self._try(one, saying))
                    if later is not None:
                        wait = min(wait, (later - now).total_seconds())
                except Transient as failure:
                    log.warning("cannot ask what to tell", extra={"detail": str(failure)})
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, wait)):
                        await self.news.wait()

    async def tell(self, person: int) -> datetime | None:
        """Say what is to be said to one person now; returns when there is more. Raises Transient."""
        while True:
            due, later = await self.notices.due_to(person, self.clock(), _EACH_AT_ONCE)
            if not due:
                return later
            # What breaks in one must not leave the others behind, saying on.
            for outcome in await asyncio.gather(*map(self._say, due), return_exceptions=True):
                if outcome is not None:
                    raise outcome

    async def _try(self, notice: Notice, saying: set[str]) -> None:
        try:
            await self._say(notice)
        except Transient as failure:
            log.warning("cannot note what was told", extra={"detail": str(failure)})
            await asyncio.sleep(LOOK_AGAIN)
        finally:
            saying.discard(notice.id)
            self.news.set()

    async def _say(self, notice: Notice) -> None:
        task = await self.store.get(notice.task)
        if task is None or task.origin.callback is None:
            return
        now = self.clock()
        content = json.dumps(body(view(task, self.base), now), ensure_ascii=False).encode()
        headers = self.seals.headers(task.origin.person, notice.id, now, content)
        about = {"task": task.id, "tries": notice.tries + 1}
        try:
            await self._call(task.origin.callback, content, headers)
        except Transient as failure:
            over = now - notice.made_at > _DAY
            wait = self.patience.until_retry(notice.tries + 1, failure.retry_after, jitter=0.5)
            later = min(timedelta(seconds=wait) * 2 ** max(0, notice.tries - 4), _LONGEST_WAIT)
            log.warning("callback put off", extra={**about, "over": over, "detail": str(failure)})
            await self.notices.put_off(notice, None if over else self.clock() + later)
        except (Gone, Refused) as failure:
            log.warning("callback given up", extra={**about, "detail": str(failure)})
            await self.notices.put_off(notice, None)
        else:
            log.info("called back", extra=about)
            await self.notices.put_off(notice, None)

    async def _call(self, address: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Whatever a stranger's server makes of our call must not end more than this call."""
        try:
            await self.caller.call(address, content, headers)
        except (Transient, Refused):
            raise
        except Exception as error:
            log.exception("calling back broke")
            raise Transient(Reason.INTERNAL, type(error).__name__) from error


def body(data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`{"type": "task.completed", "timestamp", "data"}`, the data being that of GET /api/task."""
    return {"type": f"task.{data['status']}", "timestamp": now.isoformat(), "data": data}
