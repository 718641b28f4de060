"""A whole process of the bot, brought to a step of a task's life and kept there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

import httpx

from bot.sandbox.process import BotProcess
from tests.conftest import API_KEY, TOKEN, eventually
from tests.faults.stand import Stand
from tests.faults.steps import Hold, Step
from tests.faults.troubles import PATIENCE
from tests.faults.wire import Trouble
from webhooks.keys import Keys


def process(stand: Stand, step: Step) -> BotProcess:
    urls = {name: wire.url for name, wire in stand.wires.items()}
    return BotProcess(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "NANO_BANANA_API_KEY": API_KEY,
            "WEBHOOK_BASE_URL": stand.address,
            "HOST": "127.0.0.1",
            "PORT": str(stand.port),
            "TELEGRAM_API_URL": urls["telegram"],
            "NANO_BANANA_API_URL": urls["generator"],
            "NANO_BANANA_UPLOAD_URL": urls["generator"],
            "DATABASE_URL": stand.keeping.url,
            "STORAGE_URL": (stand.folder / "pictures").as_uri(),
            "TASK_POLL_SECONDS": "0.05",
            # Long enough for a callback to come before a job is asked for again.
            "TASK_RESUBMIT_SECONDS": "1" if step.name == "submitting" else "20",
            "LOG_LEVEL": "DEBUG",
        },
        stand.folder,
    )


@asynccontextmanager
async def held(stand: Stand, bot: BotProcess, step: Step) -> AsyncIterator[Callable[[], None]]:
    """Bring the process to this step and keep it there; gives what lets it go on."""
    match step.hold:
        case Hold.START:
            async with _held_at_start(stand, bot, step) as release:
                yield release
        case Hold.JOB:
            stand.generator.hold()
            await _asked(stand, bot, step, "submitted")
            # The card goes out beside the submission; which is noted first depends on the machine.
            await bot.logged("card shown", within=PATIENCE)
            yield stand.generator.release
            stand.generator.release()
        case Hold.WRITE:
            async with _held_writing(stand, bot, step) as release:
                yield release
        case Hold.CALL:
            assert step.call is not None
            trouble = stand.hang(step)
            # A card that was shown and not noted stays: it has a row of its own.
            await _asked(stand, bot, step, "submitted" if step.unnoted == "card" else "card shown")
            await trouble.reached.wait()
            yield trouble.release
            trouble.drop()


@asynccontextmanager
async def _held_at_start(
    stand: Stand, bot: BotProcess, step: Step
) -> AsyncIterator[Callable[[], None]]:
    # Telegram knows the address from an earlier run.
    door = {"url": f"{stand.address}/api/webhook/telegram", "allowed_updates": ["message"]}
    async with httpx.AsyncClient() as client:
        await client.post(
            f"{stand.telegram.url}/bot{TOKEN}/setWebhook",
            json={**door, "secret_token": Keys(TOKEN).for_telegram()},
        )
    trouble = stand.wires["telegram"].add(Trouble("getMe", after=False))
    starting = asyncio.create_task(bot.start(within=PATIENCE))
    await trouble.reached.wait()
    stand.ask(step)
    await eventually(lambda: not stand.telegram.updates.pending, PATIENCE)
    yield lambda: None
    trouble.drop()
    await asyncio.gather(starting, return_exceptions=True)


@asynccontextmanager
async def _held_writing(
    stand: Stand, bot: BotProcess, step: Step
) -> AsyncIterator[Callable[[], None]]:
    """At `callback` the call cannot be written down, at `stored` what was kept."""
    stand.generator.hold()
    fetching = stand.wires["generator"].add(Trouble("/p/", after=False))
    await _asked(stand, bot, step, "submitted")
    await bot.logged("card shown", within=PATIENCE)
    if step.name == "stored":
        stand.generator.release()
        await fetching.reached.wait()
    with ExitStack() as lock:
        lock.enter_context(stand.keeping.locked())
        fetching.release()
        stand.generator.release()
        if step.name == "stored":
            kept = stand.folder / "pictures" / "images"
            await eventually(lambda: kept.is_dir() and any(kept.iterdir()), PATIENCE)
        else:
            await stand.wires["doors"].saw("/api/webhook/nano-banana")
        yield lock.close


async def _asked(stand: Stand, bot: BotProcess, step: Step, event: str) -> None:
    await bot.start(within=PATIENCE)
    stand.ask(step)
    if event:
        await bot.logged(event, within=PATIENCE)
