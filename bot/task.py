"""What a task is.

A Task is what one person asked for in one message; each of its Pictures is one job at the
generator. What may happen to them stands in `life`.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from bot.errors import Reason
from bot.life import (
    PICTURE_MOVES,
    TASK_MOVES,
    OddMove,
    PictureEvent,
    PictureState,
    TaskEvent,
    TaskState,
)
from bot.origin import Origin, Reference
from bot.prompt import Order

# The message of a picture that was brought to a chat its task has left since: in the chat where
# the task is now, its number is that of some other message. No message has this one.
ELSEWHERE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A checked picture in our storage: its name, type, size in bytes and pixels."""

    name: str
    media_type: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: one job at the generator.

    `job` is the generator's id; while no job is known to run, that of the last one that
    failed. `prompt` is set where it is not the order's. `submissions` counts how often it was offered to the generator, `tries` how often
    the present step failed in a row. `heard` says that the generator called us about it.
    `message` (or `ELSEWHERE`) and `file_id` are set once it is with the person; `as_photo` tells whether the file
    is a photo to Telegram or a document (None: sent before that was noted). `seconds` is how long
    the generator took. `deleted`: the person wants to see it no more. `late`: it
    came after it had been given up, and costs nothing. Without a `due_at` a picture
    that is `created` stands in line.
    """

    id: str
    number: int
    prompt: str | None = None
    state: PictureState = PictureState.CREATED
    due_at: datetime | None = None
    job: str | None = None
    heard: bool = False
    submissions: int = 0
    tries: int = 0
    submitted_at: datetime | None = None
    result: str | None = None
    file: StoredFile | None = None
    reason: Reason | None = None
    detail: str | None = None
    message: int | None = None
    file_id: str | None = None
    as_photo: bool | None = None
    seconds: float | None = None
    deleted: bool = False
    late: bool = False

    @property
    def brought(self) -> bool:
        """Whether its person has it, or has seen it."""
        return self.message is not None or self.file_id is not None

    @property
    def queued(self) -> bool:
        """Whether it stands in line."""
        return self.state is PictureState.CREATED and self.due_at is None

    @property
    def running(self) -> bool:
        """Whether it takes a place at the generator, or is about to."""
        return not self.ended and self.state is not PictureState.GENERATED and not self.queued

    @property
    def ended(self) -> bool:
        return self.state in (PictureState.STORED, PictureState.FAILED)

    @property
    def deliverable(self) -> bool:
        return self.state is PictureState.STORED and self.message is None

    def elapsed(self, now: datetime) -> float:
        """For how many seconds the generator has had it by now."""
        return (now - (self.submitted_at or now)).total_seconds()

    def move(self, event: PictureEvent, **changes: Any) -> Self:
        """Raises OddMove when the table does not know the move."""
        try:
            state = PICTURE_MOVES[self.state][event]
        except KeyError:
            raise OddMove(f"picture {self.id}: {event} while {self.state}") from None
        return replace(self, state=state, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one person asked for in one message.

    `key` is unique per message, so a repeated message finds its task; `slot` names a button, and
    a slot holds one unfinished task. `parent` is the picture this task was made from. `card` is
    the message that says we are at work, `card_at` when it is to be looked after next.
    `cancelled` names what cancelled it: nothing
    more is to be sent then. `sends` counts the attempts to bring the pictures: above one,
    a picture may have been sent twice. `revived_at` is set when what could not be brought is
    asked for again, and when a picture comes late. `filled` is the ending that `origin.inline`
    tells of by now. `price` is what each picture costs the person, in credits. `digest` is that
    of the request over HTTP it was made by, where that may be repeated. `version` grows
    with every change that is saved.
    """

    id: str
    key: str
    origin: Origin
    order: Order
    pictures: tuple[Picture, ...]
    references: tuple[Reference, ...] = ()
    parent: str | None = None
    slot: str | None = None
    state: TaskState = TaskState.CREATED
    reason: Reason | None = None
    cancelled: str | None = None
    created_at: datetime
    due_at: datetime
    revived_at: datetime | None = None
    card: int | None = None
    card_at: datetime | None = None
    sends: int = 0
    tries: int = 0
    filled: str | None = None
    price: int = 0
    digest: str | None = None
    version: int = 0

    @property
    def ended(self) -> bool:
        return self.state in (TaskState.DELIVERED, TaskState.REPORTED)

    @property
    def sources(self) -> tuple[str, ...]:
        """Which pictures came along."""
        return tuple(one.source for one in self.references)

    @property
    def unheard(self) -> bool:
        """Whether it has ended and could not say so."""
        return self.state is TaskState.REPORTED and self.reason is Reason.UNDELIVERABLE

    @property
    def ending(self) -> str | None:
        """In a word, how it has ended."""
        return (self.reason or self.state).value if self.ended else None

    @property
    def unfilled(self) -> bool:
        """Whether a message of another chat does not tell yet how it has ended."""
        return self.ended and self.origin.inline is not None and self.filled != self.ending

    @property
    def settled(self) -> bool:
        """Whether no picture of it is still on its way."""
        return all(picture.ended for picture in self.pictures)

    @property
    def next_due(self) -> datetime | None:
        """When something is to be done next; None when nothing is left to do."""
        times = [picture.due_at for picture in self.pictures]
        if self.unfilled or (self.cancelled and self.card is not None):
            times.append(self.due_at)
        if self.unheard:
            # Its card, too, is out of reach until the chat is open again.
            pass
        elif self.ended:
            times.append(self.due_at if self.card is not None else None)
        elif self.settled:
            times.append(self.due_at)
        elif not self.cancelled:
            times.append(self.card_at)
        return min((time for time in times if time is not None), default=None)

    @property
    def status(self) -> str:
        """The state in the words of the HTTP API."""
        if self.state is TaskState.DELIVERED:
            return "completed"
        if self.state is TaskState.REPORTED:
            return "failed"
        started = any(picture.state is not PictureState.CREATED for picture in self.pictures)
        return "processing" if started else "pending"

    def elsewhere(self, chat: int, *, message: int = 0, private: bool = False) -> Self:
        """The same task, brought to another chat from now on, as an answer to `message`.

        The numbers of what was sent so far mean other messages there.
        """
        origin = replace(self.origin, chat=chat, topic=None, message=message, private=private)
        pictures = tuple(
            one if one.message is None else replace(one, message=ELSEWHERE) for one in self.pictures
        )
        return replace(self, origin=origin, pictures=pictures, card=None)

    def move(self, event: TaskEvent, **changes: Any) -> Self:
        """Raises OddMove when the table does not know the move."""
        try:
            state = TASK_MOVES[self.state][event]
        except KeyError:
            raise OddMove(f"task {self.id}: {event} while {self.state}") from None
        return replace(self, state=state, **changes)

    def with_picture(self, picture: Picture) -> Self:
        """The same task with one of its pictures exchanged, and what follows from that.

        The first picture on its way starts the task; one that comes late revives it.
        """
        pictures = tuple(picture if one.id == picture.id else one for one in self.pictures)
        task = replace(self, pictures=pictures)
        if task.state is TaskState.CREATED and picture.state is not PictureState.CREATED:
            return task.move(TaskEvent.START)
        if task.ended and picture.state is PictureState.GENERATED:
            anew = {"sends": 0, "tries": 0, "revived_at": picture.due_at}
            return task.move(TaskEvent.REVIVE, reason=None, **anew)
        return task

    def picture(self, picture_id: str) -> Picture:
        return next(picture for picture in self.pictures if picture.id == picture_id)


def new_task(
    *,
    key: str,
    origin: Origin,
    order: Order,
    now: datetime,
    references: tuple[Reference, ...] = (),
    prompts: tuple[str, ...] = (),
) -> Task:
    """A fresh task with one picture for each that was ordered, or for each of `prompts`; they
    stand in line.

    `now` must be aware.
    """
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    pictures = tuple(
        Picture(id=secrets.token_hex(8), number=number, prompt=prompt)
        for number, prompt in enumerate(prompts or (None,) * order.count, start=1)
    )
    return Task(
        id=secrets.token_hex(6),
        key=key,
        origin=origin,
        order=order,
        pictures=pictures,
        references=references,
        created_at=now,
        due_at=now,
        card_at=now,
    )
