"""A pipeline between its fakes, with a clock that is set by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.attempts import Attempts
from bot.bringing import Bringing
from bot.cards import Cards
from bot.drawing import Drawing
from bot.journal import Journal
from bot.life import TaskState
from bot.line import Line
from bot.origin import Origin, Reference
from bot.outlook import Forecast
from bot.patience import Patience
from bot.pipeline import Heard, Pipeline
from bot.prompt import Order
from bot.references import References
from bot.setbacks import Setbacks
from bot.task import Picture, Task, new_task
from tests.fakes import FakeDoors, FakeGenerator, FakePeople, MemoryPictures, MemoryStore

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = Origin(chat=7, message=70, person=7)


# Where the card is not what a test is about, nobody looks at it again.
NEVER = 1e9


def an_order(count: int = 1, **changes) -> Order:
    order = Order(
        prompt="a red fox", model="banana", ratio="1:1", size="1k", format="png", count=count
    )
    return replace(order, **changes)


def a_task(count: int = 1, *, sources: Sequence[str] = ()) -> Task:
    return new_task(
        key="message:7:70",
        origin=ORIGIN,
        order=an_order(count),
        references=tuple(Reference(source=one) for one in sources),
        now=START,
    )


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def elapsed(self) -> float:
        return (self.now - START).total_seconds()


@dataclass
class Stage:
    """A pipeline between its fakes. `go` lets time pass until nothing is due any more."""

    patience: Patience = field(default_factory=lambda: Patience(card=NEVER, slow=NEVER))
    clock: Clock = field(default_factory=Clock)
    store: MemoryStore = field(default_factory=MemoryStore)
    pictures: MemoryPictures = field(default_factory=MemoryPictures)
    generator: FakeGenerator = field(default_factory=FakeGenerator)
    people: FakePeople = field(default_factory=FakePeople)
    doors: FakeDoors = field(default_factory=FakeDoors)
    woken: list[str] = field(default_factory=list)
    task_id: str = ""

    def __post_init__(self) -> None:
        journal = Journal(self.store)
        shared = {"journal": journal, "pictures": self.pictures, "generator": self.generator}
        shared |= {"doors": self.doors, "clock": self.clock}
        references = References(people=self.people, **shared)
        attempts = Attempts()
        setbacks = Setbacks(journal=journal, patience=self.patience, clock=self.clock)
        drawing = Drawing(
            references=references,
            setbacks=setbacks,
            attempts=attempts,
            patience=self.patience,
            **shared,
        )
        self.line = Line(
            journal=journal, queue=self.store, clock=self.clock, wake=self.woken.append
        )
        forecast = Forecast(
            queue=self.store, experience=self.store, patience=self.patience, clock=self.clock
        )
        cards = Cards(
            board=self.people,
            forecast=forecast,
            journal=journal,
            patience=self.patience,
            clock=self.clock,
        )
        self.pipeline = Pipeline(
            store=self.store,
            journal=journal,
            references=references,
            drawing=drawing,
            bringing=Bringing(
                journal=journal,
                people=self.people,
                cards=cards,
                attempts=attempts,
                patience=self.patience,
                clock=self.clock,
            ),
            cards=cards,
            line=self.line,
            patience=self.patience,
            clock=self.clock,
            wake=self.woken.append,
        )

    async def ask(self, count: int = 1, **more) -> Task:
        task = await self.pipeline.request(a_task(count, **more))
        self.task_id = task.id
        return await self.advance()

    @property
    def task(self) -> Task:
        return self.store.tasks[self.task_id]

    @property
    def picture(self) -> Picture:
        return self.task.pictures[0]

    async def advance(self) -> Task:
        await self.pipeline.advance(self.task_id)
        return self.task

    async def call_back(self, job: str, *, picture: int = 0) -> Heard:
        return await self.pipeline.receive(self.task.pictures[picture].id, job)

    def due_in(self) -> float:
        """Seconds from now until the first picture is due."""
        assert self.picture.due_at is not None
        return (self.picture.due_at - self.clock()).total_seconds()

    async def step(self) -> Task:
        """Let time pass until something is due, and do it."""
        due = self.task.next_due
        assert due is not None, "nothing is due any more"
        self.clock.now = max(self.clock.now, due)
        return await self.advance()

    async def go(self, *, steps: int = 200) -> Task:
        for _ in range(steps):
            await self.line.admit()
            if self.task.next_due is None:
                return self.task
            await self.step()
        raise AssertionError(f"still due after {steps} steps: {self.task}")


def ids(stage: Stage) -> list[str]:
    return [picture.id for picture in stage.task.pictures]


def assert_delivered_once(stage: Stage) -> None:
    assert stage.task.state is TaskState.DELIVERED
    assert stage.people.sent == [ids(stage)]
    assert stage.people.reports == []
