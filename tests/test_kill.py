"""kill -9 at every state between update and delivery: after the next start, delivered once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.jobs import Fault
from bot.sandbox.process import BotProcess
from tests.conftest import API_KEY, TOKEN, Studio, eventually
from tests.keeping import Keeping

FOREVER = 60.0


class Killed(Studio):
    """A studio whose bot is a process of its own."""

    def __init__(
        self,
        telegram: BotApiServer,
        generator: GeneratorServer,
        folder: Path,
        keeping: Keeping | None = None,
    ) -> None:
        super().__init__(telegram, generator, folder, keeping)
        self.bot = BotProcess(self.variables(), folder)

    def variables(self) -> dict[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "NANO_BANANA_API_KEY": API_KEY,
            "WEBHOOK_BASE_URL": self.address,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "TELEGRAM_API_URL": self.telegram.url,
            "NANO_BANANA_API_URL": self.generator.url,
            "NANO_BANANA_UPLOAD_URL": self.generator.url,
            "DATABASE_URL": self.keeping.url,
            "STORAGE_URL": (self.folder / "pictures").as_uri(),
            "TASK_POLL_SECONDS": "0.1",
            # Longer than a start may take: meanwhile the callback comes.
            "TASK_RESUBMIT_SECONDS": "120",
            "LOG_LEVEL": "DEBUG",
        }


@pytest.fixture
async def killed(tmp_path: Path, keeping: Keeping) -> AsyncIterator[Killed]:
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot", retry_seconds=0.05)
    generator = GeneratorServer(
        api_key=API_KEY, seconds_per_job=0.02, rate=None, callback_retry_seconds=(0.2,) * 600
    )
    await telegram.start()
    await generator.start()
    studio = Killed(telegram, generator, tmp_path, keeping)
    try:
        yield studio
    finally:
        await studio.bot.kill()
        await generator.close()
        await telegram.close()
    assert telegram.problems == []
    assert generator.problems == []


@dataclass(frozen=True)
class Moment:
    """A state to be killed in: what makes the bot stay there, and how one sees that it is there."""

    name: str
    hold: Callable[[Killed], object]
    reached: Callable[[Killed], Awaitable[Any]]


def _hanging_call(method: str, *, before: bool) -> TelegramFault:
    return TelegramFault(method=method, delay=FOREVER, before=before)


def _hang(where: Any, kind: str) -> Callable[[Killed], object]:
    return lambda studio: studio.generator.faults.add(
        Fault(where=where, kind=kind, seconds=FOREVER)
    )


def _asked(path: str) -> Callable[[Killed], Awaitable[Any]]:
    return lambda studio: eventually(
        lambda: any(path in request.path for request in studio.generator.requests)
    )


MOMENTS = [
    Moment("submitting", _hang("create", "closed"), _asked("createTask")),
    Moment(
        "accepted but unanswered",
        _hang("create", "delay"),
        lambda studio: eventually(lambda: studio.generator.jobs),
    ),
    Moment(
        "submitted",
        lambda studio: studio.generator.hold(),
        lambda studio: studio.bot.logged("submitted"),
    ),
    Moment("looking up", _hang("record", "delay"), _asked("recordInfo")),
    Moment("fetching", _hang("result", "slow"), lambda studio: studio.bot.logged("generated")),
    Moment(
        "sending",
        lambda studio: studio.telegram.faults.add(_hanging_call("sendPhoto", before=True)),
        lambda studio: studio.bot.logged("stored"),
    ),
    Moment(
        "removing the card",
        lambda studio: studio.telegram.faults.add(_hanging_call("deleteMessage", before=True)),
        lambda studio: studio.bot.logged("delivered"),
    ),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
async def test_killed_while(killed: Killed, moment: Moment) -> None:
    moment.hold(killed)
    if moment.name == "submitting":
        # No callback will come: there is no job.
        killed.bot.add_variables(TASK_RESUBMIT_SECONDS="1")
    await killed.bot.start()
    killed.telegram.say(killed.ann, "a red fox")
    await moment.reached(killed)
    # A card that was shown and not noted stays behind: the one thing a kill can leave.
    await killed.bot.logged("card shown")
    await killed.bot.kill()
    killed.generator.faults.clear()
    killed.telegram.faults.clear()
    killed.generator.release()
    await killed.bot.start()
    chat = killed.chat(killed.ann)
    await killed.picture(chat, "a red fox", seconds=30)
    await killed.quiet(chat)
    assert len(killed.from_bot(chat)) == 1
    assert len(killed.generator.jobs) == 1


async def test_killed_before_the_update_was_handled(killed: Killed) -> None:
    """The doors take updates while Telegram cannot be asked who we are: on disk, unhandled."""
    await killed.bot.start()
    await killed.bot.terminate()
    killed.telegram.faults.add(_hanging_call("getMe", before=True))
    starting = BotProcess(killed.variables(), killed.folder)
    killed.telegram.say(killed.ann, "a red fox")
    ready = asyncio.create_task(starting.start())
    await eventually(lambda: not killed.telegram.updates.pending)
    assert not ready.done()
    ready.cancel()
    await asyncio.gather(ready, return_exceptions=True)
    await starting.kill()
    killed.telegram.faults.clear()
    await killed.bot.start()
    chat = killed.chat(killed.ann)
    await killed.picture(chat, "a red fox")
    await killed.quiet(chat)
    assert len(killed.from_bot(chat)) == 1


async def test_killed_between_sending_and_noting_it_sends_twice_and_says_so(killed: Killed) -> None:
    """The one window in which a picture may be doubled: it is counted, and paid once."""
    killed.telegram.faults.add(_hanging_call("sendPhoto", before=False))
    await killed.bot.start()
    killed.telegram.say(killed.ann, "a red fox")
    chat = killed.chat(killed.ann)
    await killed.picture(chat, "a red fox")
    await killed.bot.kill()
    killed.telegram.faults.clear()
    await killed.bot.start()
    await killed.bot.logged("delivering again")
    await killed.bot.logged("delivered")
    await killed.quiet(chat)
    assert len(killed.from_bot(chat)) == 2
    assert len(killed.generator.jobs) == 1


async def test_sigterm_ends_in_time_and_loses_nothing(killed: Killed) -> None:
    killed.generator.hold()
    await killed.bot.start()
    killed.telegram.say(killed.ann, "a red fox")
    await killed.bot.logged("submitted")
    assert await killed.bot.terminate() == 0
    killed.generator.release()
    await killed.bot.start()
    chat = killed.chat(killed.ann)
    await killed.picture(chat, "a red fox")
    assert len(killed.generator.jobs) == 1
