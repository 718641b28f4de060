"""The bot between the sandbox's servers, with a wire to each, and every way of troubling it."""

import asyncio
import random
import resource
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    suppress,
)
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from bot.journal import Journal
from bot.run import run
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.process import BotProcess
from bot.settings import Settings
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.telegram.asking import Asking
from bot.telegram.inbox import Inbox
from bot.wiring import House, SteadyClock, open_house
from bot.worker import Worker
from tests.conftest import API_KEY, TOKEN, Studio, eventually, photo
from tests.faults.steps import CLOCK, DISK, Fault, Hold, Point, Step
from tests.faults.wire import CUT, Answer, Trouble, Wire
from webhooks.keys import Addresses, Keys

# How long anybody waits for an answer where time-outs are played.
SHORT = 1.0
# How long a test waits for what should come at once.
PATIENCE = 30.0
HOUR = timedelta(hours=1)
CARD = "🎨"


class Stand(Studio):
    """A studio whose bot is reached, and reaches others, over wires."""

    def __init__(self, telegram: BotApiServer, generator: GeneratorServer, folder: Path) -> None:
        super().__init__(telegram, generator, folder)
        self.port = quiet_port()
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

    @property
    def database(self) -> Path:
        return self.folder / "bot.db"

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

    # --- the bot in this process, with something between two of its rooms ------------------

    async def begin(self, step: Step | None = None, fault: Fault | None = None) -> None:
        @asynccontextmanager
        async def opened(settings: Settings, doors: Addresses) -> AsyncIterator[House]:
            async with open_house(settings, doors, clock=SteadyClock(self._wall)) as house:
                if fault is Fault.TIME_OUT:
                    hurry(house)
                if fault in DISK:
                    # Seconds at most is what the bot waits for a lock; here nobody has them.
                    await house.retention.database.write(
                        lambda connection: connection.execute("PRAGMA busy_timeout = 20")
                    )
                if step is None or fault is None:
                    yield house
                else:
                    yield self._with_seam(house, step.point, fault)

        self._stop, started = asyncio.Event(), asyncio.Event()
        urls = {name: wire.url for name, wire in self.wires.items()}
        settings = self.settings(
            webhook=True,
            telegram_api_url=urls["telegram"],
            nano_banana_api_url=urls["generator"],
            nano_banana_upload_url=urls["generator"],
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
            "people": pipeline.people,
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
            generator=generator,
            pictures=rooms["pictures"],
        )
        pipeline = replace(
            pipeline,
            store=rooms["store"],
            journal=journal,
            references=references,
            drawing=drawing,
            people=people,
        )
        for handler in house.application.handlers[0]:
            owner = getattr(handler.callback, "__self__", None)
            if isinstance(owner, Asking):
                handler.callback = replace(owner, pipeline=pipeline).on_message
        return replace(
            house,
            pipeline=pipeline,
            inbox=Inbox(rooms["updates"], house.application, house.clock, pause=0.1),
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
                self._begin(disk_full())
            case Fault.LOCKED:
                self._begin(locked(self.database))

    def _begin(self, trouble: AbstractContextManager[None]) -> None:
        # Here and now, so that the call in whose way we stand meets it.
        stack = ExitStack()
        stack.enter_context(trouble)
        self._passing = asyncio.create_task(self._until_felt(stack))

    async def _until_felt(self, trouble: ExitStack) -> None:
        """It lasts until a write has failed, and a little longer: what follows fails too."""
        with trouble:
            async with asyncio.timeout(PATIENCE):
                await self.felt.wait()
            await asyncio.sleep(0.01)

    # --- the bot as a process --------------------------------------------------------------

    def process(self, step: Step) -> BotProcess:
        urls = {name: wire.url for name, wire in self.wires.items()}
        return BotProcess(
            {
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "NANO_BANANA_API_KEY": API_KEY,
                "WEBHOOK_BASE_URL": self.address,
                "HOST": "127.0.0.1",
                "PORT": str(self.port),
                "TELEGRAM_API_URL": urls["telegram"],
                "NANO_BANANA_API_URL": urls["generator"],
                "NANO_BANANA_UPLOAD_URL": urls["generator"],
                "DATABASE_URL": f"sqlite:///{self.database}",
                "TASK_POLL_SECONDS": "0.05",
                # Long enough for a callback to come before a job is asked for again.
                "TASK_RESUBMIT_SECONDS": "1" if step.name == "submitting" else "20",
                "LOG_LEVEL": "DEBUG",
            },
            self.folder,
        )

    @asynccontextmanager
    async def held(self, bot: BotProcess, step: Step) -> AsyncIterator[Callable[[], None]]:
        """Bring the process to this step and keep it there; gives what lets it go on."""
        match step.hold:
            case Hold.START:
                async with self._held_at_start(bot, step) as release:
                    yield release
            case Hold.JOB:
                self.generator.hold()
                await self._asked(bot, step, "submitted")
                yield self.generator.release
                self.generator.release()
            case Hold.WRITE:
                async with self._held_writing(bot, step) as release:
                    yield release
            case Hold.CALL:
                assert step.call is not None
                trouble = self.hang(step)
                # A card that was shown and not noted stays: it has a row of its own.
                await self._asked(
                    bot, step, "submitted" if step.unnoted == "card" else "card shown"
                )
                await trouble.reached.wait()
                yield trouble.release
                trouble.drop()

    @asynccontextmanager
    async def _held_at_start(
        self, bot: BotProcess, step: Step
    ) -> AsyncIterator[Callable[[], None]]:
        # Telegram knows the address from an earlier run.
        door = {"url": f"{self.address}/api/webhook/telegram", "allowed_updates": ["message"]}
        async with httpx.AsyncClient() as client:
            await client.post(
                f"{self.telegram.url}/bot{TOKEN}/setWebhook",
                json={**door, "secret_token": Keys(TOKEN).for_telegram()},
            )
        trouble = self.wires["telegram"].add(Trouble("getMe", after=False))
        starting = asyncio.create_task(bot.start(within=PATIENCE))
        await trouble.reached.wait()
        self.ask(step)
        await eventually(lambda: not self.telegram.updates.pending, PATIENCE)
        yield lambda: None
        trouble.drop()
        await asyncio.gather(starting, return_exceptions=True)

    @asynccontextmanager
    async def _held_writing(self, bot: BotProcess, step: Step) -> AsyncIterator[Callable[[], None]]:
        """At `callback` the call cannot be written down, at `stored` what was kept."""
        self.generator.hold()
        fetching = self.wires["generator"].add(Trouble("/p/", after=False))
        await self._asked(bot, step, "submitted")
        await bot.logged("card shown", within=PATIENCE)
        if step.name == "stored":
            self.generator.release()
            await fetching.reached.wait()
        with closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            fetching.release()
            self.generator.release()
            if step.name == "stored":
                kept = self.folder / "pictures" / "images"
                await eventually(lambda: kept.is_dir() and any(kept.iterdir()), PATIENCE)
            else:
                await self.wires["doors"].saw("/api/webhook/nano-banana")
            yield other.rollback

    def hang(self, step: Step) -> Trouble:
        assert step.call is not None
        call = step.call
        return self.wires[call.side].add(Trouble(call.path, after=call.after, skip=call.skip))

    async def _asked(self, bot: BotProcess, step: Step, event: str) -> None:
        await bot.start(within=PATIENCE)
        self.ask(step)
        if event:
            await bot.logged(event, within=PATIENCE)

    # --- on the wire -----------------------------------------------------------------------

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
        with closing(sqlite3.connect(self.database, timeout=PATIENCE)) as connection:
            (tasks,) = connection.execute("SELECT count(*) FROM tasks").fetchone()
            (due,) = connection.execute(
                "SELECT (SELECT count(*) FROM tasks WHERE due_at IS NOT NULL)"
                " + (SELECT count(*) FROM updates WHERE state = 'new')"
            ).fetchone()
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


class Seam:
    """One room with something between it and the others: `happen` is called once, at `point`."""

    def __init__(self, room: Any, point: Point, happen: Callable[[], None]) -> None:
        self._room = room
        self._point = point
        self._happen: Callable[[], None] | None = happen

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._room, name)
        if name != self._point.method:
            return method
        return self._streamed(method) if name == "deliver" else self._called(method)

    def _called(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any) -> Any:
            self._meet(*arguments, after=False)
            answer = await method(*arguments)
            self._meet(*arguments, after=True)
            return answer

        return call

    def _streamed(
        self, method: Callable[..., AsyncIterator[Any]]
    ) -> Callable[..., AsyncIterator[Any]]:
        async def stream(*arguments: Any) -> AsyncIterator[Any]:
            self._meet(*arguments, after=False)
            async for one in method(*arguments):
                yield one

        return stream

    def _meet(self, *arguments: Any, after: bool) -> None:
        if self._happen and after is self._point.after and self._point.fits(*arguments):
            happen, self._happen = self._happen, None
            happen()


class Watched:
    """A database; `felt` is set when it refuses a write."""

    def __init__(self, database: Any, felt: asyncio.Event) -> None:
        self._database = database
        self._felt = felt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        try:
            return await self._database.write(work)
        except Exception:
            self._felt.set()
            raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else is writing to the database and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


@contextmanager
def disk_full() -> Iterator[None]:
    """No file of this process can grow: every write to one fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def quiet_port() -> int:
    """A port for a bot that is away for a while: not one the system gives to whoever asks next."""
    while True:
        port = random.randrange(10_000, 30_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def hurry(house: House) -> None:
    """Wait for others for a second only: half a minute is too long for a test."""
    times = httpx.Timeout(SHORT)
    house.generator._client.timeout = times
    house.generator._plain.timeout = times
    house.application.bot.request._client.timeout = times


def answers(fault: Fault, *, telegram: bool) -> Answer | None:
    """What comes instead of the true answer; None: nothing, for ever."""
    match fault:
        case Fault.TIME_OUT:
            return None
        case Fault.RESET:
            return CUT
        case Fault.UNREADABLE:
            return lambda: web.Response(text="<html><title>Welcome</title>", status=200)
        case Fault.SERVER_ERROR:
            return lambda: _refusal(503, "Service Unavailable", None, telegram=telegram)
        case Fault.TOO_MANY:
            return lambda: _refusal(429, "Too Many Requests", None, telegram=telegram)
        case _:
            text = "Too Many Requests: retry after 1"
            return lambda: _refusal(429, text, 1, telegram=telegram)


def _refusal(status: int, text: str, wait: int | None, *, telegram: bool) -> web.Response:
    body: dict[str, Any] = {"code": status, "msg": text}
    if telegram:
        body = {"ok": False, "error_code": status, "description": text}
        if wait is not None:
            body["parameters"] = {"retry_after": wait}
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return web.json_response(body, status=status, headers=headers)
