"""What we have asked a person, and wait for: in words, or by a button, today or in a month."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from bot.origin import Reference


class Topic(StrEnum):
    """What a question is about; the values are stored."""

    PICTURES = "pictures"  # what shall I do with these pictures?
    CHANGE = "change"  # what shall I change in this picture of ours?
    PROMPT = "prompt"  # how shall I say this instead?
    CONFIRM = "confirm"  # shall I really make all these?
    STYLE = "style"  # what shall I draw in this style?


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`message` is ours, the one that asks (None until it is sent), `person` whoever is asked.

    `asker` is the message that led to it: what comes of the answer replies to it. `picture` and
    `task` are what it is about; `text` and `more` what was said so far.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(6))
    topic: Topic
    chat: int
    person: int
    asker: int
    message: int | None = None
    picture: str | None = None
    task: str | None = None
    references: tuple[Reference, ...] = ()
    text: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> str | None:
        """What answered it: the key of a task."""
        return self.more.get("answered")

    def with_more(self, **more: Any) -> Self:
        return replace(self, more={**self.more, **more})

    def pointer(self) -> Self:
        """A row of its own that says of this question that it is the last one asked in its chat."""
        return replace(
            self,
            id=last_in(self.chat),
            message=None,
            picture=None,
            task=None,
            references=(),
            text="",
            more={"last": self.id},
        )


def id_of(topic: Topic, key: str) -> str:
    """The same wish leads to the same question, however often it is handled."""
    return hashlib.sha256(f"{topic}:{key}".encode()).hexdigest()[:16]


def last_in(chat: int) -> str:
    """Under which id is kept which question was asked last in a private chat."""
    return f"last:{chat}"


class Questions(Protocol):
    """On disk. Raises Transient."""

    async def put(self, question: Question, now: datetime) -> None:
        """Write a question down, or write it anew."""

    async def note(self, question: Question) -> bool:
        """Write it anew if it is still there: whoever was asked may be forgotten by now."""

    async def get(self, question_id: str) -> Question | None: ...

    async def at(self, chat: int, message: int) -> Question | None:
        """The question this message of ours asks."""

    async def drop(self, question_id: str) -> None: ...
