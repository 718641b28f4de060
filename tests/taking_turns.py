"""A process that sends messages and submits jobs as fast as it may: `python -m tests.taking_turns`.

Its arguments, as JSON: where everything is, to which chats it writes, and how many jobs it submits.
Its answer: how often Telegram and the generator turned it away, how often it had to wait, and at
which moments of the server its turns were.
"""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pyrate_limiter import Rate
from telegram.error import RetryAfter

from bot.errors import Transient
from bot.nanobanana.client import NanoBanana
from bot.pace import SharedPace, Turn, Window
from bot.prompt import Order
from bot.storage.engines import engine_of
from bot.telegram import application
from bot.telegram.limiter import ChatLimiter
from bot.telegram.traffic import OVERALL, Pace

FOX = Order(prompt="a red fox", model="banana", ratio="1:1", size="1k", format="png")
# Wide enough for whatever a busy machine does to the spacing.
PACE = Pace(overall=replace(OVERALL, seconds=1.4))
RATE = Rate(5, 1_000)


class Noted:
    """A shared pace that remembers when the turns are, by their widest window."""

    def __init__(self, pace: SharedPace) -> None:
        self._pace = pace
        self.at: defaultdict[str, list[float]] = defaultdict(list)

    async def take(self, windows: Sequence[Window], *, ahead: float = 0.0) -> Turn:
        turn = await self._pace.take(windows, ahead=ahead)
        if turn.taken:
            self.at[windows[0].name].append(turn.at)
        return turn

    async def give_back(self, windows: Sequence[Window], turn: Turn) -> None:
        await self._pace.give_back(windows, turn)
        self.at[windows[0].name].remove(turn.at)

    async def pause(self, window: Window, seconds: float) -> None:
        await self._pace.pause(window, seconds)


def fullest(moments: Iterable[float], seconds: float) -> int:
    """How many at most lie in any so many seconds."""
    moments = list(moments)
    return max(sum(begin <= one < begin + seconds for one in moments) for begin in moments)


async def main(given: dict[str, Any]) -> dict[str, Any]:
    database = await engine_of(given["database"]).open()
    shared = Noted(database.pace) if given["shared"] else None
    limiter = ChatLimiter(pace=PACE, shared=shared)
    generator = NanoBanana(
        api_url=given["generator"],
        upload_url=given["generator"],
        api_key=given["key"],
        rate=RATE,
        shared=shared,
    )
    told: dict[str, Any] = {"telegram": 0, "generator": 0, "waits": 0}
    bot = application.build(token=given["token"], api_url=given["telegram"], limiter=limiter).bot

    async def write(chat: int) -> None:
        while True:
            try:
                await bot.send_message(chat, "hello")
            except RetryAfter as wait:
                # What Telegram says comes in whole seconds.
                seconds = wait.retry_after.total_seconds()
                told["telegram" if seconds == int(seconds) else "waits"] += 1
                await asyncio.sleep(seconds)
            else:
                return

    async def submit() -> None:
        try:
            await generator.turn()
            await generator.submit(FOX, [], None)
        except Transient:
            told["generator"] += 1

    async with bot:
        # The others are ready, too.
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(
            *(write(chat) for chat in given["chats"]), *(submit() for _ in range(given["jobs"]))
        )
    await generator.close()
    await database.close()
    return told | {"at": shared.at if shared else {}}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
