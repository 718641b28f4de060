"""How many messages may go where, and which of them may use the last of the room. Pure.

About one message a second to a chat with short bursts, 20 a minute to a group, 30 a second
overall: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
Telegram promises nothing about these numbers, so a flood wait it names is kept on top.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a message is for: pictures go before answers, answers before courtesies."""

    RESULT = "result"
    ANSWER = "answer"
    COURTESY = "courtesy"


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` messages in any `seconds`; each kind leaves `spare` of them to those before it."""

    count: int
    seconds: float
    spare: Mapping[Kind, int]

    def wait(self, times: deque[float], kind: Kind, now: float) -> float:
        """Seconds until one more message of this kind fits behind those sent at `times`."""
        room = self.count - self.spare.get(kind, 0)
        if len(times) < room:
            return 0.0
        return max(0.0, times[-room] + self.seconds - now)


ANY_CHAT = Limit(3, 3.0, {Kind.COURTESY: 1})
GROUP = Limit(20, 60.0, {Kind.ANSWER: 2, Kind.COURTESY: 8})
OVERALL = Limit(30, 1.0, {Kind.ANSWER: 2, Kind.COURTESY: 10})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is kept to; one's own Telegram may allow more."""

    any_chat: Limit = ANY_CHAT
    group: Limit = GROUP
    overall: Limit = OVERALL

    def in_chat(self, chat_id: int) -> Limit:
        """That of `any_chat`. In a group some want answers without end, and others wait for pictures:
        those keep a place.
        """
        if chat_id > 0:
            return self.any_chat
        return replace(self.any_chat, spare={**self.any_chat.spare, Kind.ANSWER: 1})


TELEGRAMS = Pace()

_FORGET_EVERY = 1000


@dataclass(slots=True)
class _Chat:
    calls: deque[float] = field(default_factory=lambda: deque(maxlen=ANY_CHAT.count))
    messages: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP.count))
    paused_until: float = 0.0


class Traffic:
    """What was sent lately. Times are seconds of a clock that never goes back."""

    def __init__(self, pace: Pace = TELEGRAMS) -> None:
        self._pace = pace
        self._chats: dict[int, _Chat] = {}
        self._overall: deque[float] = deque(maxlen=OVERALL.count)
        self._since_forgetting = 0

    def wait(self, chat_id: int, kind: Kind, now: float) -> float:
        """Seconds until a message of this kind may go to this chat; 0.0 means now."""
        chat = self._chats.get(chat_id)
        waits = [self._pace.overall.wait(self._overall, kind, now)]
        if chat:
            waits += [
                chat.paused_until - now,
                self._pace.in_chat(chat_id).wait(chat.calls, kind, now),
            ]
            if chat_id < 0:
                waits.append(self._pace.group.wait(chat.messages, kind, now))
        return max(0.0, *waits)

    def sent(self, chat_id: int, count: int, now: float) -> None:
        """One call goes to this chat now, with `count` messages if it is an album.

        Nobody has said how albums count: as one in the seconds, as many in a group's minute.
        """
        self._forget(now)
        chat = self._chats.setdefault(chat_id, _Chat())
        chat.calls.append(now)
        chat.messages.extend([now] * count)
        self._overall.append(now)

    def taken_back(self, chat_id: int, count: int) -> None:
        """The last call to this chat was refused, so its messages were never sent."""
        # It may have been under way for longer than anybody is remembered.
        chat = self._chats.setdefault(chat_id, _Chat())
        for times, taken in ((chat.calls, 1), (chat.messages, count), (self._overall, 1)):
            for _ in range(min(taken, len(times))):
                times.pop()

    def pause(self, chat_id: int, seconds: float, now: float) -> None:
        """Telegram named a wait for this chat; no other chat has to keep it."""
        chat = self._chats.setdefault(chat_id, _Chat())
        chat.paused_until = max(chat.paused_until, now + seconds)

    def _forget(self, now: float) -> None:
        """Drop chats that have been silent for longer than any limit looks back."""
        self._since_forgetting += 1
        if self._since_forgetting < _FORGET_EVERY:
            return
        self._since_forgetting = 0
        for chat_id, chat in list(self._chats.items()):
            latest = max(chat.calls[-1] if chat.calls else 0.0, chat.paused_until - GROUP.seconds)
            if latest + GROUP.seconds < now:
                del self._chats[chat_id]
