"""How fast a bot may write, as https://core.telegram.org/bots/faq#broadcasting-to-users says it.

Telegram promises no exact numbers; these are the published ones. A refused call does not count.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.arguments import Arguments
from bot.sandbox.refusals import ApiError

OVERALL = (30, 1.0)
PER_GROUP = (20, 60.0)
PER_CHAT_SECOND = 1.0
BURST = 5
COUNTED = ("send", "copymessage", "forwardmessage", "editmessage")
FREE = ("sendchataction", "sendmessagedraft")


@dataclass(slots=True)
class Window:
    """At most `most` messages in any `seconds`."""

    most: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, count: int, now: float) -> float:
        """Seconds until `count` more fit (more than `most` never would: then one by one)."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        over = len(self.times) + min(count, self.most) - self.most
        return self.times[over - 1] + self.seconds - now if over > 0 else 0.0

    def add(self, count: int, now: float) -> None:
        self.times.extend([now] * count)


@dataclass(slots=True)
class Bucket:
    """One message per second, `BURST` at once after a rest."""

    free_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until one more fits."""
        return max(self.free_at - (BURST - 1) * PER_CHAT_SECOND - now, 0.0)

    def add(self, count: int, now: float) -> None:
        self.free_at = max(self.free_at, now) + count * PER_CHAT_SECOND


class Limits:
    """Counts messages and edits per chat, per group and overall."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._overall = Window(*OVERALL)
        self._groups: dict[str, Window] = {}
        self._chats: dict[str, Bucket] = {}

    def check(self, method: str, args: Arguments) -> None:
        """Count this call, or raise ApiError 429 with the whole seconds to wait."""
        name = method.lower()
        if not name.startswith(COUNTED) or name in FREE:
            return
        now, count, chat_id = self._clock(), _messages(args), args.text("chat_id")
        waits = [self._overall.wait(count, now)]
        bucket = self._chats.setdefault(chat_id, Bucket()) if chat_id else None
        group = self._groups.setdefault(chat_id, Window(*PER_GROUP)) if _is_group(chat_id) else None
        if bucket is not None:
            waits.append(bucket.wait(now))
        if group is not None:
            waits.append(group.wait(count, now))
        if max(waits) > 0:
            raise too_many(math.ceil(max(waits)))
        for counter in (self._overall, bucket, group):
            if counter is not None:
                counter.add(count, now)


def too_many(seconds: int) -> ApiError:
    """The refusal of one who is too fast."""
    text = f"Too Many Requests: retry after {seconds}"
    return ApiError(429, text, {"retry_after": seconds})


def _is_group(chat_id: str) -> bool:
    return chat_id.startswith(("-", "@"))


def _messages(args: Arguments) -> int:
    """An album counts with each of its items."""
    try:
        items = json.loads(args.text("media") or "{}")
    except ValueError:
        return 1
    return max(len(items), 1) if isinstance(items, list) else 1
