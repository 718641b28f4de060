"""Messages to everybody. How far one has come is on disk, and no chat is passed twice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """The values are stored."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """`chat` is the operator's, `card` the message there that shows how far it is. `entities` are
    in the form the people's side has given. `position` is the last chat it has passed, `total`
    how many there were when it began; `closed` are those that could not be reached.
    """

    id: int
    chat: int
    card: int | None
    text: str
    entities: str
    stage: Stage
    position: int
    total: int
    reached: int
    closed: int


class Broadcasts(Protocol):
    """On disk. Raises Transient."""

    async def audience(self) -> int:
        """How many chats there are: of people who have asked for something, and open to us."""

    async def draft(
        self, key: str, chat: int, text: str, entities: str, now: datetime
    ) -> Broadcast:
        """A new one, or the one with this key."""

    async def get(self, number: int) -> Broadcast | None: ...

    async def start(self, number: int, card: int) -> bool:
        """Let a draft begin; returns whether it was one."""

    async def end(self, number: int, stage: Stage) -> bool:
        """Stop, discard or finish one; returns whether it had not ended yet."""

    async def running(self) -> Broadcast | None:
        """The one that began first."""

    async def next_chat(self, position: int) -> int | None:
        """The chat after this one that it goes to."""

    async def passed(self, number: int, chat: int, *, reached: bool) -> Broadcast | None:
        """Note that a chat has it, or cannot be reached."""
