"""What the bot was asked with a time limit, and what came of it: pressed buttons and inline mode."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.refusals import OLD_QUERY, Json, bad_request

CALLBACK_SECONDS = 150
INLINE_SECONDS = 30
PREPARED_SECONDS = 86_400


@dataclass(slots=True, kw_only=True)
class Pressed:
    """A callback query that waits for its one answer."""

    at: float
    user_id: int
    chat_id: int
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One thing to send: `shown` as the bot described it, `content` as the message will be."""

    id: str
    shown: Json
    content: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineAnswer:
    """What a person sees above the input line."""

    results: tuple[Result, ...]
    next_offset: str = ""
    button: Json | None = None
    fresh_until: float = 0.0


@dataclass(slots=True, kw_only=True)
class InlineQuery:
    """Somebody typed the bot's name and some words."""

    at: float
    person_id: int
    text: str
    offset: str
    answer: InlineAnswer | None = None


@dataclass(slots=True, kw_only=True)
class GuestQuery:
    """Somebody wrote the bot's name in a chat it is not in: it may answer there once."""

    at: float
    person_id: int
    chat_id: int
    message_id: int
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A message a Mini App may let its person send."""

    person_id: int
    result: Result
    expires: float


CacheKey = tuple[str, str, int]  # words, offset, person (0: everybody)


@dataclass(slots=True)
class Queries:
    """All of them, by id. `sent` maps inline message ids to (chat id, message id)."""

    pressed: dict[str, Pressed] = field(default_factory=dict)
    inline: dict[str, InlineQuery] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    guest: dict[str, GuestQuery] = field(default_factory=dict)
    sent: dict[str, tuple[int, int]] = field(default_factory=dict)
    cache: dict[CacheKey, InlineAnswer] = field(default_factory=dict)

    def press_to_answer(self, query_id: str, now: float) -> Pressed:
        """The callback query; ApiError when it is unknown, answered or older than 150 s."""
        query = self.pressed.get(query_id)
        if query is None or query.answered or now - query.at > CALLBACK_SECONDS:
            raise bad_request(OLD_QUERY)
        return query

    def inline_to_answer(self, query_id: str, now: float) -> InlineQuery:
        """The inline query; ApiError when it is unknown, answered or older than 30 s."""
        query = self.inline.get(query_id)
        if query is None or query.answer is not None or now - query.at > INLINE_SECONDS:
            raise bad_request(OLD_QUERY)
        return query

    def guest_to_answer(self, query_id: str) -> GuestQuery:
        """The guest query; ApiError when it is unknown or answered. How long it may be answered
        is said nowhere.
        """
        query = self.guest.get(query_id)
        if query is None or query.answered:
            raise bad_request(OLD_QUERY)
        return query

    def cached(self, text: str, offset: str, person_id: int, now: float) -> InlineAnswer | None:
        """An earlier answer to the same words that may still be shown to this person."""
        for who in (person_id, 0):
            answer = self.cache.get((text, offset, who))
            if answer is not None and answer.fresh_until > now:
                return answer
        return None

    def inline_id(self, chat_id: int, message_id: int) -> str | None:
        """The inline message id of a message that was sent via the bot with a keyboard."""
        place = (chat_id, message_id)
        return next((name for name, where in self.sent.items() if where == place), None)
