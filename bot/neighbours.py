"""What the pipeline needs from its neighbours, in its own words.

Each Protocol is fitted by one room (`storage`, `nanobanana`, `telegram`, `webhooks`); the
rooms do not know each other. Failures come as `errors.Transient`, `Unclear` or `Refused`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import BinaryIO, Protocol

from bot.credits import Payment
from bot.errors import Failure, Reason
from bot.prompt import Order
from bot.task import Picture, StoredFile, Task

# Takes what comes next of a file.
Write = Callable[[bytes], Awaitable[None]]


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the generator knows about a job. `result` is an address, not yet trusted; `failure`
    tells whether a new job may do better; `callback` is the address the job was made with.
    """

    state: JobState
    result: str | None = None
    failure: Failure | None = None
    callback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One picture that is with the person now; where it is `lost`, in words that say why.

    `chat` is where the message stands: groups move while we draw.
    """

    picture: str
    message: int
    chat: int | None = None
    file_id: str | None = None
    as_photo: bool | None = None
    lost: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUpdate:
    """One update as it came. `queue` names the chat or person whose updates keep their order."""

    update_id: int
    queue: str
    body: bytes
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatState:
    """What we know of a chat: nothing is known of most.

    `closed` says why nothing may be sent there, `moved_to` under which id it goes on;
    `to_offer`: it was closed, and what waits for it has not been offered since.
    """

    closed: str | None = None
    moved_to: int | None = None
    to_offer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A task whose end nobody could be told, and how many of its pictures nobody has seen."""

    task: str
    pictures: int


class Store(Protocol):
    """Tasks on disk. What is returned has survived a power cut.

    With each change the credits that were reserved go where they belong.
    """

    async def add(self, task: Task, payment: Payment | None = None) -> Task:
        """Write a new task and reserve what it costs, or return the one with the same key, or
        that fills its slot. Raises NotEnough.
        """

    async def get(self, task_id: str) -> Task | None: ...

    async def find(self, picture_id: str) -> Task | None:
        """The task that holds this picture."""

    async def save(self, task: Task, before: Task | None = None) -> Task | None:
        """Write a changed task if nobody changed it since it was read; `before` is how it was then,
        where that is known: what is the same need not be written.

        Returns it with its new version, or None when somebody was quicker.
        """


class Schedule(Protocol):
    """What the worker asks: which tasks are due, and when is the next one?"""

    async def due(self, now: datetime, limit: int) -> tuple[list[str], datetime | None]:
        """Up to `limit` ids of tasks that are due, and when the first of the others is."""


class History(Protocol):
    """What is known of tasks that have ended."""

    async def unheard(self, chat: int, person: int | None) -> list[Unheard]:
        """What could not be brought to this chat, or anywhere to this person; oldest first."""

    async def unfinished(self, person: int, chat: int | None) -> list[str]:
        """Tasks of this person that have not ended, in one chat or in all; oldest first."""

    async def cancelled(self, person: int, by: str) -> int:
        """How many tasks of this person were cancelled by one message."""

    async def sent_as(self, chat: int, message: int) -> tuple[Task, Picture] | None:
        """The picture that was sent as this message, with its task."""

    async def asked_as(self, key: str) -> Task | None:
        """The task with this key."""


class Chats(Protocol):
    """Where we may send, on disk. Raises Transient."""

    async def get(self, chat: int) -> ChatState: ...

    async def close(self, chat: int, why: str, now: datetime) -> None: ...

    async def open(self, chat: int, now: datetime) -> None: ...

    async def move(self, chat: int, to: int, now: datetime) -> None: ...

    async def offered(self, chat: int) -> None: ...


class Incoming(Protocol):
    """A result on its way to us."""

    async def write(self, content: bytes) -> None:
        """Take what comes next. Raises Transient."""

    async def keep(self) -> StoredFile:
        """Check all that has come, and keep it. Raises Refused(BAD_RESULT) and Transient."""


class Pictures(Protocol):
    """Picture files: checked before they are kept."""

    def incoming(self) -> AbstractAsyncContextManager[Incoming]:
        """Room for a result, which may have to be waited for. What was not kept is gone after it."""

    async def keep_reference(self, content: bytes) -> StoredFile:
        """Keep a picture a person sent, without what it tells about them.

        Raises Refused(NOT_A_PICTURE, REFERENCE_TOO_BIG).
        """

    async def read(self, name: str) -> bytes:
        """Raises Gone."""

    async def open(self, name: str) -> BinaryIO:
        """The same as an open file, which whoever asks for it closes. Raises Gone."""

    async def preview(self, name: str) -> bytes:
        """A small WebP of it. Raises Gone, and Refused where none can be made now."""

    async def address(self, name: str, holds: timedelta) -> str | None:
        """Where the generator finds this file for so long, beside our own door; None: nowhere."""

    async def delete(self, names: Sequence[str]) -> None:
        """Those that are no longer there included."""


class Generator(Protocol):
    async def turn(self) -> None:
        """Wait until the generator takes another submission from us."""

    async def submit(self, order: Order, addresses: Sequence[str], callback: str | None) -> str:
        """Start a job and return its id.

        `addresses` are those of the references. Raises Unclear when there may be a job all
        the same, Transient when there is none yet, Refused when there never will be.
        """

    async def look_up(self, job: str) -> Record: ...

    async def upload(self, name: str, content: bytes) -> str:
        """Put a reference where the generator finds it; the address holds for a day."""

    async def renew(self, result: str) -> str:
        """Another address for a result whose own has expired."""

    async def fetch(self, result: str, write: Write) -> None:
        """Write what is there, as it comes.

        Raises Gone when nothing is there, Refused when the address must not be fetched.
        """


class People(Protocol):
    """The chats. What is said here must be said."""

    async def fetch(self, source: str) -> bytes:
        """The bytes of a picture somebody sent."""

    def deliver(self, task: Task) -> AsyncIterator[list[Sent]]:
        """Send what is deliverable, a message or an album at a time.

        Raises Refused when the chat is closed to us for good.
        """

    async def report(self, task: Task) -> None:
        """Say why there is no picture."""

    async def fill(self, task: Task) -> None:
        """Turn the message `origin.inline` into the picture, or into the reason why there is none.

        The task has ended. Doing so again changes nothing. Raises Transient.
        """


class Doors(Protocol):
    """The addresses under which the generator reaches us; None where we have no public one."""

    def callback(self, picture_id: str) -> str | None: ...

    def reference(self, name: str, now: datetime) -> str | None: ...


class Wake(Protocol):
    """Hurries the worker. Losing a wake costs time, never a task."""

    def __call__(self, task_id: str) -> None: ...
