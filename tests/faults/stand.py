"""The bot between the sandbox's servers, with a wire to each, and every way of troubling it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import (
    ExitStack,
    asynccontextmanager,
)
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import SteadyClock
from bot.journal import Journal
from bot.run import run
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.settings import Settings
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.telegram.asking import Asking
from bot.telegram.inbox import Inbox
from bot.wiring import House, open_house
from bot.worker import Worker
from tests.conftest import Studio, eventually, photo
from tests.faults.steps import CLOCK, DISK, NETWORK, Fault, Point, Step
from tests.faults.troubles import (
    PATIENCE,
    Seam,
    Watched,
    answers,
    disk_full,
    hurry,
)
from tests.faults.wire import Trouble, Wire
from tests.keeping import Keeping
from tests.ports import free_port
from webhooks.keys import Addresses

HOUR = timedelta(hours=1)
CARD = "🎨"
# Of the two models that draw here.
PRICE = 4


class Stand(Studio):
    """A studio whose bot is reached, and reaches others, over wires."""

    def __init__(
        self,
        telegram: BotApiServer,
        generator: GeneratorServer,
        folder: Path,
        keeping: Keeping | None = None,
    ) -> None:
        super().__init__(telegram, generator, folder, keeping)
        self.port = free_port()
        self.wires = {
            "doors": Wire(f"http://127.0.0.1:{self.port}"),
            "generator": Wire(generator.url),
            "telegram": Wire(telegram.url),
        }
        self.skew = timedelta()
        self.felt = asyncio.Event()
        self.happened = asyncio.Event()
        self._passing: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return self.wires["doors"].url

    async def open(self) -> None:
        for wire in self.wires.values():
            await wire.start()
        # Results lie where the API lies; anywhere else would not be fetched.
        self.generator.url = self.wires["generator"].url

    async def close(self) -> None:
        for wire in self.wires.values():
            await wire.close()

    def ask(self, step: Step) -> None:
        if step.photo:
            self.telegram.send_photo(self.ann, photo(), caption="a red fox")
        else:
            self.telegram.say(self.ann, "a red fox")

    def charged(self) -> tuple[int, int]:
        """What is reserved, and what was spent."""
        accounts = dict(self.keeping.rows("SELECT name, balance FROM accounts"))
        return accounts.get("held", 0), accounts.get("spent", 0)

    def owed(self) -> tuple[int, int]:
        """The same, as it should be once everything is at rest: only what was brought is paid."""
        bodies = self.keeping.rows("SELECT body FROM pictures WHERE message IS NOT NULL")
        brought = sum(not json.loads(body)["late"] for (body,) in bodies)
        return 0, PRICE * brought

    # --- the bot in this process, with something between two of its rooms ------------------

    async def begin(self, step: Step | None = None, fault: Fault | None = None) -> None:
        @asynccontextmanager
        async def opened(settings: Settings, doors: Addresses) -> AsyncIterator[House]:
            async with open_house(settings, doors, clock=SteadyClock(self._wall)) as house:
                if fault is Fault.TIME_OUT:
                    hurry(house)
                if fault in DISK:
                    await self.keeping.be_brisk(house.retention.database)
                if step is None or fault is None:
                    yield house
                else:
                    yield self._with_seam(house, step.point, fault)

        self._stop, started = asyncio.Event(), asyncio.Event()
        urls = {name: wire.url for name, wire in self.wires.items()}
        called = step is not None and step.name in ("callback", "lookup")
        settings = self.settings(
            webhook=True,
            telegram_api_url=urls["telegram"],
            nano_banana_api_url=urls["generator"],
            nano_banana_upload_url=urls["generator"],
            # A callback may take long on a machine that does much else.
            task_resubmit_seconds=1.0 if step and step.name == "submitting" else 30.0,
            # Where the call is what it is about, nobody is to look before it comes.
            task_poll_seconds=1.0 if called and fault not in NETWORK else 0.05,
        )
        self._running = asyncio.create_task(
            run(settings, stop=self._stop, started=started, opened=opened)
        )
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait((self._running, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._running.done():
            await self._running

    def _wall(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def _with_seam(self, house: House, point: Point, fault: Fault) -> House:
        database: Any = Watched(house.retention.database, self.felt)
        pipeline = house.pipeline
        rooms: dict[str, Any] = {
            "updates": UpdateStore(database),
            "store": TaskStore(database),
            "generator": house.generator,
            "pictures": house.pictures,
            "people": pipeline.bringing.people,
            "board": pipeline.cards.board,
        }
        if fault in (Fault.EXCEPTION, *DISK, *CLOCK):
            rooms[point.room] = Seam(rooms[point.room], point, lambda: self._happen(fault))
        journal = Journal(rooms["store"])
        people, generator = rooms["people"], rooms["generator"]
        references = replace(
            pipeline.references, journal=journal, people=people, generator=generator
        )
        drawing = replace(
            pipeline.drawing,
            journal=journal,
            references=references,
            setbacks=replace(pipeline.drawing.setbacks, journal=journal),
            generator=generator,
            pictures=rooms["pictures"],
        )
        line = replace(house.line, journal=journal)
        cards = replace(pipeline.cards, board=rooms["board"], journal=journal)
        pipeline = replace(
            pipeline,
            line=line,
            cards=cards,
            bringing=replace(pipeline.bringing, people=people, cards=cards, journal=journal),
            store=rooms["store"],
            journal=journal,
            references=references,
            drawing=drawing,
        )
        for handler in house.application.handlers[0]:
            owner = getattr(handler.callback, "__self__", None)
            if isinstance(owner, Asking):
                ordering = replace(owner.confirming.ordering, pipeline=pipeline)
                confirming = replace(owner.confirming, ordering=ordering)
                handler.callback = replace(owner, confirming=confirming).on_message
        return replace(
            house,
            pipeline=pipeline,
            line=line,
            inbox=Inbox(
                rooms["updates"],
                house.application,
                house.clock,
                speech=house.inbox.handling._speech,
                urgent=house.inbox._urgent,
                came=house.inbox._came,
                pause=0.1,
            ),
            worker=Worker(pipeline, house.worker._schedule, house.worker._alarm, house.clock),
        )

    def _happen(self, fault: Fault) -> None:
        """The step is reached: now."""
        self.happened.set()
        match fault:
            case Fault.EXCEPTION:
                raise RuntimeError("nobody thought of this")
            case Fault.CLOCK_ON:
                self.skew = HOUR
            case Fault.CLOCK_BACK:
                self.skew = -HOUR
            case Fault.DISK_FULL:
                stack = ExitStack()
                stack.enter_context(self.keeping.full())
                stack.enter_context(disk_full())
                self._begin(stack)
            case Fault.LOCKED:
                stack = ExitStack()
                stack.enter_context(self.keeping.locked())
                self._begin(stack)

    def _begin(self, trouble: ExitStack) -> None:
        self._passing = asyncio.create_task(self._until_felt(trouble))

    async def _until_felt(self, trouble: ExitStack) -> None:
        """It lasts until a write has failed, and a little longer: what follows fails too."""
        with trouble:
            async with asyncio.timeout(PATIENCE):
                await self.felt.wait()
            await asyncio.sleep(0.01)

    # --- on the wire -----------------------------------------------------------------------

    def hang(self, step: Step) -> Trouble:
        assert step.call is not None
        call = step.call
        return self.wires[call.side].add(Trouble(call.path, after=call.after, skip=call.skip))

    def spoil(self, step: Step, fault: Fault) -> Trouble:
        assert step.call is not None
        call = step.call
        after = call.after and fault not in (Fault.TOO_MANY, Fault.TOO_MANY_WAIT)
        answer = answers(fault, telegram=call.side == "telegram")
        return self.wires[call.side].add(Trouble(call.path, after, answer, call.skip))

    # --- at rest ---------------------------------------------------------------------------

    async def at_rest(self) -> None:
        """Everything has come to its end, at all three places."""
        if self._passing:
            await self._passing
        await eventually(self._rests, PATIENCE)

    def _rests(self) -> bool:
        if self.telegram.updates.pending or self.generator._lives:
            return False
        ((tasks, due),) = self.keeping.rows(
            "SELECT (SELECT count(*) FROM tasks),"
            " (SELECT count(*) FROM tasks WHERE due_at IS NOT NULL)"
            " + (SELECT count(*) FROM updates WHERE state = 'new')"
            " + (SELECT count(*) FROM pictures WHERE queued = 1)"
        )
        return tasks > 0 and due == 0

    def outcome(self) -> str:
        """In a word what the person got, * for more than one, † for a card that stays."""
        messages = self.from_bot(self.chat(self.ann))
        pictures = [one for one in messages if "photo" in one or "document" in one]
        cards = [one for one in messages if CARD in one.get("text", "")]
        told = len(messages) - len(pictures) - len(cards)
        words = []
        if told:
            words.append({1: "told", 2: "told twice*"}.get(told, f"told {told} times"))
        if pictures:
            count = len(pictures)
            words.append({1: "once", 2: "twice*"}.get(count, f"{count} times"))
        return (", ".join(words) or "lost") + "†" * len(cards)

    @property
    def paid(self) -> int:
        """For how many jobs the generator keeps its money."""
        return sum(1 for job in self.generator.jobs.values() if job.credits)
