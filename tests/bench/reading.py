"""(g) How often tasks can be looked at over HTTP, and how soon all who watch hear of a change."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial

import aiohttp

from tests.bench.figures import Row, Setting, alternate, compared
from tests.bench.load import NoWrk, wrk
from tests.bench.messages import picture
from tests.bench.outside import Outside
from tests.bench.processes import Bot, Peer, running

SUBJECT = "The API"
READS = "status reads a second, 16 connections"
EVENTS = "watchers told of a change, a second"
BARE_READS = "aiohttp alone, the same words"
BARE_EVENTS = "aiohttp alone, the same words"
_EACH = 50


async def run(setting: Setting) -> list[Row]:
    # Nobody may watch more than fifty times, so there are several.
    several, rounds = setting.pick((20, 4), (2, 1))
    tokens = [f"token-of-program-number-{number}" for number in range(several)]
    named = ",".join(f"p{number}:{token}" for number, token in enumerate(tokens))
    async with Outside(picture(64), held=True) as outside, AsyncExitStack() as stack:
        bot = Bot(setting.folder / "reading", outside.url, API_TOKENS=named)
        await stack.enter_async_context(running(bot))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        programs = _Programs(session, bot, tokens)
        (task, *_) = await programs.ask()
        status = await programs.status(task)
        floors = {
            name: Peer(setting.folder, "floors", name, STATUS=status)
            for name in ("statuses", "events")
        }
        await stack.enter_async_context(running(*floors.values()))
        events: dict[str, Callable[[], Awaitable[float]]] = {
            EVENTS: programs.cancelled,
            BARE_EVENTS: partial(programs.called, floors["events"].url),
        }
        told = await alternate(events, rounds, warm_up=not setting.quick)
        rows = [compared(told, EVENTS, BARE_EVENTS, subject=SUBJECT, unit="/s")]
        seconds = setting.pick(2, 1)
        read = partial(wrk, seconds=seconds)
        words = ("paths", tokens[0], f"/api/task/{task}")
        reads: dict[str, Callable[[], Awaitable[float]]] = {
            READS: partial(read, bot.url, *words),
            BARE_READS: partial(read, floors["statuses"].url, *words),
        }
        try:
            figures = await alternate(reads, rounds, warm_up=not setting.quick)
        except NoWrk as missing:
            return [Row(subject=SUBJECT, what=READS, unit="/s", skipped=str(missing)), *rows]
    return [compared(figures, READS, BARE_READS, subject=SUBJECT, unit="/s"), *rows]


class _Programs:
    """Programs that ask for a picture each, and watch what becomes of it."""

    def __init__(self, session: aiohttp.ClientSession, bot: Bot, tokens: Sequence[str]) -> None:
        self._session = session
        self._bot = bot
        self._headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
        self._asked = 0

    async def ask(self) -> list[str]:
        """A task of each, at the generator and going to stay there."""
        tasks = []
        for headers in self._headers:
            body = {"prompt": "a red fox in the snow"}
            address = f"{self._bot.url}/api/generate/image"
            async with self._session.post(address, data=body, headers=headers) as answer:
                tasks.append((await answer.json())["taskId"])
        self._asked += len(tasks)
        await self._bot.counted("submitted", self._asked)
        return tasks

    async def status(self, task: str) -> str:
        address = f"{self._bot.url}/api/task/{task}"
        async with self._session.get(address, headers=self._headers[0]) as answer:
            return await answer.text()

    async def cancelled(self) -> float:
        """Watchers told a second that their task is cancelled."""
        tasks = await self.ask()
        doors = [f"{self._bot.url}/api/task/{task}" for task in tasks]
        return await self._played(self._bot.url, tasks, "DELETE", doors)

    async def called(self, floor: str) -> float:
        tasks = [f"task{number}" for number in range(len(self._headers))]
        return await self._played(floor, tasks, "POST", [f"{floor}/called/{one}" for one in tasks])

    async def _played(
        self, base: str, tasks: Sequence[str], method: str, doors: Sequence[str]
    ) -> float:
        watching = [
            self._session.ws_connect(f"{base}/api/task/{task}/events", headers=headers)
            for task, headers in zip(tasks, self._headers, strict=True)
            for _ in range(_EACH)
        ]
        sockets = await asyncio.gather(*watching)
        # How it stands.
        await asyncio.gather(*(socket.receive_str(timeout=30) for socket in sockets))
        began = time.perf_counter()
        changing = [
            self._session.request(method, door, headers=headers)
            for door, headers in zip(doors, self._headers, strict=True)
        ]
        hearing = (socket.receive_str(timeout=30) for socket in sockets)
        _, *answers = await asyncio.gather(asyncio.gather(*hearing), *changing)
        took = time.perf_counter() - began
        for answer in answers:
            answer.raise_for_status()
        await asyncio.gather(*(socket.close() for socket in sockets))
        return len(sockets) / took
