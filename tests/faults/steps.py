"""The two lists the matrix is made of: the steps of a task's life, and the faults that meet it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from bot.life import PictureState, TaskState

Side = Literal["doors", "generator", "telegram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is on the wire at a step. `after`: the step is reached when it has taken effect."""

    side: Side
    path: str
    after: bool = False
    skip: int = 0
    # Whether a refusal in its place makes sense although the step lies after the effect.
    refusable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The call between our own rooms at which a step is reached."""

    room: Literal["updates", "store", "generator", "pictures", "people"]
    method: str
    fits: Callable[..., bool] = lambda *_: True
    after: bool = False


class Hold(Enum):
    """How a whole process is kept at a step until it is killed there."""

    CALL = "its call on the wire hangs"
    START = "it does not get to know who it is, so what it stores stays unhandled"
    JOB = "the generator does not finish the job"
    WRITE = "somebody else has locked the database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    name: str
    call: Call | None
    point: Point
    hold: Hold = Hold.CALL
    # The message that asks: with a photo, or of a kind the generator refuses.
    photo: bool = False
    refused: bool = False
    # Something has gone out to the person, and is not noted yet.
    unnoted: Literal["", "card", "end"] = ""

    def __str__(self) -> str:
        return self.name


class Fault(Enum):
    KILL = "kill -9"
    TERM = "SIGTERM"
    EXCEPTION = "exception"
    DISK_FULL = "disk full"
    LOCKED = "database locked"
    TIME_OUT = "time-out"
    RESET = "connection reset"
    SERVER_ERROR = "5xx"
    TOO_MANY = "429"
    TOO_MANY_WAIT = "429 + wait"
    UNREADABLE = "not JSON"
    CLOCK_ON = "clock +1 h"
    CLOCK_BACK = "clock −1 h"

    def __str__(self) -> str:
        return self.value


PROCESS = (Fault.KILL, Fault.TERM)
REFUSALS = (Fault.TOO_MANY, Fault.TOO_MANY_WAIT)
NETWORK = (Fault.TIME_OUT, Fault.RESET, Fault.SERVER_ERROR, *REFUSALS, Fault.UNREADABLE)
DISK = (Fault.DISK_FULL, Fault.LOCKED)
CLOCK = (Fault.CLOCK_ON, Fault.CLOCK_BACK)


def _saved(state: PictureState) -> Point:
    return _saved_when(lambda task: task.pictures[0].state is state)


def _saved_when(fits: Callable[[Any], bool]) -> Point:
    return Point(room="store", method="save", fits=lambda task, _before: fits(task))


def _telegram(method: str, *, after: bool = False, skip: int = 0) -> Call:
    return Call(side="telegram", path=method, after=after, skip=skip)


def _generator(path: str, *, after: bool = False) -> Call:
    return Call(side="generator", path=path, after=after)


def _door(path: str) -> Call:
    return Call(side="doors", path=path, after=True, refusable=True)


STEPS = (
    Step(
        name="update stored",
        call=_door("/api/webhook/telegram"),
        point=Point(room="updates", method="add"),
        hold=Hold.START,
    ),
    Step(
        name="task written",
        call=_telegram("getFile"),
        point=Point(room="store", method="add", after=True),
        photo=True,
    ),
    Step(
        name="card shown",
        call=_telegram("sendMessage", after=True),
        point=_saved_when(lambda task: task.card is not None),
        unnoted="card",
    ),
    Step(
        name="submitting",
        call=_generator("/createTask"),
        point=_saved(PictureState.SUBMITTING),
    ),
    Step(
        name="accepted, unanswered",
        call=_generator("/createTask", after=True),
        point=Point(room="generator", method="submit", after=True),
    ),
    Step(name="submitted", call=None, point=_saved(PictureState.SUBMITTED), hold=Hold.JOB),
    Step(
        name="callback",
        call=_door("/api/webhook/nano-banana"),
        point=_saved_when(lambda task: task.pictures[0].heard),
        hold=Hold.WRITE,
    ),
    Step(
        name="lookup",
        call=_generator("/recordInfo"),
        point=Point(room="generator", method="look_up", after=True),
    ),
    Step(
        name="fetched",
        call=_generator("/p/"),
        point=Point(room="generator", method="fetch", after=True),
    ),
    Step(name="stored", call=None, point=_saved(PictureState.STORED), hold=Hold.WRITE),
    Step(
        name="sending",
        call=_telegram("sendPhoto"),
        point=Point(room="people", method="deliver"),
    ),
    Step(
        name="sent, unnoted",
        call=_telegram("sendPhoto", after=True),
        point=_saved_when(lambda task: task.pictures[0].message is not None),
        unnoted="end",
    ),
    Step(
        name="card removed",
        call=_telegram("deleteMessage", after=True),
        point=Point(room="board", method="remove", after=True),
    ),
    Step(
        name="telling why not",
        call=_telegram("sendMessage", skip=1),
        point=Point(room="people", method="report"),
        refused=True,
    ),
    Step(
        name="told, unnoted",
        call=_telegram("sendMessage", after=True, skip=1),
        point=_saved_when(lambda task: task.state is TaskState.REPORTED),
        refused=True,
        unnoted="end",
    ),
)


def senseless(step: Step, fault: Fault) -> str:
    """In one word why this fault cannot happen at this step; empty when it can."""
    if fault in NETWORK and step.call is None:
        return "silent"
    if fault in REFUSALS and step.call and step.call.after and not step.call.refusable:
        return "effect"
    return ""


def expected(step: Step, fault: Fault) -> str:
    """The outcome the promises demand: once, and an exception only where nobody can know."""
    # Kept by the process in memory, however its disk fares; only its death or a lost answer hurt.
    if fault is Fault.CLOCK_ON and step.name == "submitted":
        # The job took an hour, as far as anybody can see; then it came after all.
        return "told, once"
    hidden = fault is Fault.KILL or fault in NETWORK
    end = "told" if step.refused else "once"
    if hidden and step.unnoted == "end":
        return "told twice*" if step.refused else "twice*"
    return f"{end}†" if hidden and step.unnoted == "card" else end
