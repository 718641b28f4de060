"""The bot between its neighbours, with everything that can happen to it from outside."""

import asyncio
import random
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.attempts import Attempts
from bot.bringing import Bringing
from bot.cards import Cards
from bot.credits import Allowances, Payment
from bot.errors import Transient
from bot.journal import Journal
from bot.life import OddMove
from bot.line import Line, Room
from bot.origin import Origin, Reference
from bot.outlook import Forecast
from bot.patience import Patience
from bot.pipeline import Heard
from bot.prompt import Order
from bot.references import References
from bot.setbacks import Setbacks
from bot.storage.ledger import Ledger as Books
from bot.storage.line import LineStore
from bot.storage.sqlite import migrate
from bot.storage.tasks import TaskStore
from bot.task import Task, new_task
from bot.waiting import Desk, Waiting
from bot.worker import Alarm, Worker
from tests.fakes import FakeDoors
from tests.model.chats import Chats
from tests.model.disk import Disk, Files
from tests.model.kie import Kie
from tests.model.leaping import START, LeapingLoop
from tests.model.ledger import Ledger
from tests.model.life import STUMBLES, Life, StraightDatabase, WatchedDrawing, WatchedPipeline

ORDER = Order(prompt="", model="2.1", ratio="1:1", size="1k", format="png")
# So that almost everybody has to stand in line.
NARROW = Room(person=3, chat=4, overall=6, ahead=3)
PRICE = 3
_MOMENT = 0.01
_ENOUGH = 5_000


class World:
    """`disk`, `pipeline` and `worker` are those of the present life."""

    def __init__(self, *, seed: int, public: bool, concurrency: int) -> None:
        self._seed = seed
        self.concurrency = concurrency
        self.patience = Patience()
        self.doors = FakeDoors(public=public)
        self.loop = LeapingLoop()
        self.ledger = Ledger()
        self.files = Files()
        self.kie = Kie(self.loop, self.ledger, self.patience, self.call)
        self.chats = Chats(self.ledger, self.files, self.kie)
        self.requests: list[Task] = []
        self.cancelled: set[str] = set()
        self._unheard: list[Task] = []
        self._outside: set[asyncio.Task[Any]] = set()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "bot.db"
        migrate(self._path)
        self._start()

    def close(self) -> None:
        self._bury(everybody=True)
        self.loop.close()
        self._folder.cleanup()

    # --- life and death ------------------------------------------------------------------

    def _start(self) -> None:
        self.database = StraightDatabase(self._path)
        self.life = self.files.life = self.kie.life = self.chats.life = Life(
            random.Random(self._seed)
        )
        self.line_store = LineStore(self.database)
        self.disk = Disk(self.database, self.ledger, self.life)
        self.alarm = Alarm()
        journal = Journal(self.disk)
        shared = {"journal": journal, "pictures": self.files, "generator": self.kie}
        shared |= {"doors": self.doors, "clock": self.loop.clock}
        references = References(people=self.chats, **shared)
        attempts = Attempts()
        setbacks = Setbacks(journal=journal, patience=self.patience, clock=self.loop.clock)
        drawing = WatchedDrawing(
            references=references,
            setbacks=setbacks,
            attempts=attempts,
            patience=self.patience,
            **shared,
        )
        self.line = Line(
            journal=journal,
            queue=self.disk,
            clock=self.loop.clock,
            wake=self.alarm.ring,
            room=NARROW,
        )
        forecast = Forecast(
            queue=self.disk, experience=self.disk, patience=self.patience, clock=self.loop.clock
        )
        cards = Cards(
            board=self.chats,
            forecast=forecast,
            journal=journal,
            patience=self.patience,
            clock=self.loop.clock,
        )
        self.pipeline = WatchedPipeline(
            store=self.disk,
            journal=journal,
            references=references,
            drawing=drawing,
            bringing=Bringing(
                journal=journal,
                people=self.chats,
                cards=cards,
                attempts=attempts,
                patience=self.patience,
                clock=self.loop.clock,
            ),
            cards=cards,
            line=self.line,
            patience=self.patience,
            clock=self.loop.clock,
            wake=self.alarm.ring,
        )
        self.worker = Worker(
            self.pipeline, self.disk, self.alarm, self.loop.clock, concurrency=self.concurrency
        )
        self.waiting = Waiting(
            journal=journal, history=self.disk, clock=self.loop.clock, wake=self.alarm.ring
        )
        STUMBLES.set(self.ledger.stumbles)
        self.loop.create_task(self.worker.run())
        self.loop.create_task(self.line.run())
        # The inbox keeps an update until it is handled.
        for task in self._unheard:
            self.loop.create_task(self._request(task))

    def die(self) -> None:
        """kill -9."""
        self.life.dead = True
        self.revive()

    def revive(self) -> None:
        """What is dead is started again from the file."""
        if self.life.dead:
            self._bury()
            self.ledger.deaths += 1
            self.ledger.interruptions += 1
            self._start()

    def stop(self, *, within: float) -> None:
        """SIGTERM, and a start."""
        self.line.stop()
        self._do(self.worker.stop(within=within))
        self.die()

    def _bury(self, *, everybody: bool = False) -> None:
        self.life.dead = True
        bodies = asyncio.all_tasks(self.loop)
        if not everybody:
            bodies -= set(self.kie.calling)
        for body in bodies:
            body.cancel()
        if bodies:
            self.loop.run_until_complete(asyncio.wait(bodies))
        self.database.close()

    # --- what comes in -------------------------------------------------------------------

    def ask(self, *, chat: int, person: int, count: int, references: int) -> Task:
        """Somebody writes a message, in private where the chat is the person."""
        number = len(self.requests) + 1
        prompt = f"prompt-{number}"
        fresh = new_task(
            key=f"message:{number}",
            origin=Origin(chat=chat, message=number, person=person),
            order=replace(ORDER, prompt=prompt, count=count),
            references=tuple(
                Reference(source=f"{prompt}-photo-{one}") for one in range(references)
            ),
            now=self.loop.clock(),
        )
        # Ids that are the same every time, so that the same sequence ends the same way.
        named = tuple(replace(one, id=f"{number}-{one.number}.") for one in fresh.pictures)
        task = replace(fresh, id=f"task-{number}", pictures=named, price=PRICE)
        self.chats.asked[prompt] = {chat}
        self.requests.append(task)
        self.ask_again(task)
        return task

    def ask_again(self, task: Task) -> None:
        """The same update comes, perhaps once more; under another id it is still the same."""
        again = replace(task, id=f"{task.id}-again") if task in self._known() else task
        self._unheard.append(again)
        self.loop.create_task(self._request(again))
        self.wait(_MOMENT)

    async def _request(self, task: Task) -> None:
        while task in self._unheard:
            try:
                await self.pipeline.request(task, _payment(task))
                self._unheard.remove(task)
            except Transient:
                await asyncio.sleep(1)

    async def call(self, picture: str, job: str) -> bool:
        """A callback; True when it was answered with 200."""
        life = self.life
        try:
            heard = await self.pipeline.receive(picture, job)
        except Transient:
            return False
        except asyncio.CancelledError:
            if life.dead and not self.loop.is_closed():
                return False
            raise
        mine = job in self.kie.jobs and self.kie.jobs[job].picture == picture
        if heard is Heard.NEWS and not mine:
            self.ledger.lied_about.add(picture)
        return True

    def bring_what_waits(self, *, chat: int) -> None:
        """Somebody comes back to a chat that was closed; in private, for all that is theirs."""
        self.chats.closed.discard(chat)
        person = chat if chat > 0 else None
        for task in self.tasks():
            if task.unheard and task.origin.person == person:
                self.chats.asked[task.order.prompt].add(chat)
        self._do(self._bring(Desk(chat=chat, message=0, person=person)))

    def cancel(self, task: Task) -> None:
        """Somebody presses the button on a card; more than once has no effect."""
        self._do(self._cancel(task))

    async def _cancel(self, task: Task) -> None:
        # Once this begins it may happen, whatever is answered.
        self.cancelled.add(task.key)
        for known in self.tasks():
            if known.key == task.key:
                with suppress(Transient, OddMove, asyncio.CancelledError):
                    await self.pipeline.cancel(known.id, "somebody")

    async def _bring(self, desk: Desk) -> None:
        with suppress(Transient, asyncio.CancelledError):
            await self.waiting.bring(desk)

    def lie(self, picture: str, job: str) -> None:
        """A callback that is not what it says, or says again what is known."""
        self._do(self.call(picture, job))

    # --- time ----------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        self._do(asyncio.sleep(seconds))

    def _do(self, what: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(what)
        self.revive()

    def come_to_rest(self) -> bool:
        """Let all time pass that anybody still waits for; False when that never ends."""
        for trouble in (self.kie, self.chats, self.disk, self.files):
            trouble._troubles.clear()
        self.life.gates_left = None
        for _ in range(_ENOUGH):
            self.wait(_MOMENT)
            if self.worker._moving or self._unheard or _now(self.line_store.next(NARROW))[0]:
                self.wait(1)
                continue
            moments = [
                (one.next_due - START).total_seconds() for one in self.tasks() if one.next_due
            ]
            moments += self.kie.calling.values()
            if not moments:
                return True
            self.loop.leap(min(moments) - self.loop.time())
        return False

    # --- looking -------------------------------------------------------------------------

    def tasks(self) -> list[Task]:
        """All tasks as they are on disk."""
        store = TaskStore(self.database)

        async def read() -> list[Task]:
            rows = await self.database.read("SELECT id FROM tasks ORDER BY rowid")
            return [await store.get(row["id"]) for row in rows]

        return _now(read())

    def books(self) -> tuple[list[str], dict[str, int]]:
        """What is wrong with the books, and what each account holds."""
        rows = _now(self.database.read("SELECT name, balance FROM accounts"))
        return _now(Books(self.database).examine()), {row[0]: row[1] for row in rows}

    def due_rows(self) -> dict[str, float | None]:
        rows = _now(self.database.read("SELECT id, due_at FROM tasks"))
        return {row["id"]: row["due_at"] for row in rows}

    def _known(self) -> list[Task]:
        written = {one.key for one in self.tasks()}
        return [one for one in self.requests if one.key in written]


def _payment(task: Task) -> Payment:
    """Nobody is poor here."""
    purses = Allowances(person=10_000, group=5).purses(task.origin, task.created_at)
    return Payment(price=task.price, purses=purses)


def _now(what: Coroutine[Any, Any, Any]) -> Any:
    """The outcome of something that never waits."""
    try:
        what.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")
