"""One process of the bot: doors, work, and the way down.

The doors open first and close first: an update that reaches us is on disk even while Telegram
itself cannot be reached, and nothing new arrives while we come to rest.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from aiohttp import web
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot import serving
from bot.loop import keep_what_is_loaded
from bot.settings import Settings, WrongSettings
from bot.storage.engines import engine_of
from bot.telegram.application import ALLOWED_UPDATES
from bot.telegram.commands import publish_menus
from bot.telegram.polling import Polling
from bot.telegram.studio import publish_menu_button
from bot.wiring import House, open_house
from bot.working import OneMachine, Work
from webhooks import app as doors
from webhooks.keys import Addresses, Keys
from webhooks.metrics import counting
from webhooks.ops import OpsDoor

log = logging.getLogger(__name__)

# With the work's own way down it stays under the ten seconds most platforms give a process to end.
_DOORS_CLOSE_WITHIN = 2.0
_LONGEST_WAIT = 30.0


class Part(StrEnum):
    """What of the bot this process is; but for ALL there have to be others beside it."""

    ALL = "all"
    DOORS = "doors"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`concurrency`: how much it does at the same time, where many processes work. `port`: where one
    that only works says how it is.
    """

    part: Part = Part.ALL
    concurrency: int = 64
    port: int | None = None


EVERYTHING = Share()


async def until_stopped(
    settings: Settings, *, share: Share = EVERYTHING, telegram_web: str | None = None
) -> None:
    """Run until SIGTERM or SIGINT. `telegram_web` is as for `open_house`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    opened = partial(open_house, telegram_web=telegram_web, doors_open=share.part is not Part.WORK)
    started = asyncio.Event()
    keeping = asyncio.create_task(keep_what_is_loaded(started))
    try:
        await run(settings, stop=stop, started=started, opened=opened, share=share)
    finally:
        keeping.cancel()


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event,
    started: asyncio.Event,
    opened: Callable[[Settings, Addresses], AbstractAsyncContextManager[House]] = open_house,
    share: Share = EVERYTHING,
) -> None:
    """Run until `stop`; sets `started` once updates are being handled. `opened` opens the house.

    Raises WrongSettings, also when the port is taken or there is nobody to share the work with,
    and OSError when another process has become the one of this database.
    """
    if share.part is not Part.ALL and engine_of(settings.database_url).address is None:
        raise WrongSettings(
            "DATABASE_URL: only one process can use SQLite, and `python -m bot run` does everything;"
            " doors and workers share a postgresql:// database"
        )
    keys = keys_of(settings)
    addresses = Addresses(settings.webhook_base_url, keys)
    with counting() as counted:
        async with opened(settings, addresses) as house:
            work = _work(house, share)
            async with AsyncExitStack() as stack:
                ops = OpsDoor(partial(_missing, started), counted, house.watch)
                if share.part is not Part.WORK:
                    app = doors.build(house, keys, ops)
                    await stack.enter_async_context(_open(app, house, "PORT", house.settings.port))
                elif share.port is not None:
                    app = doors.build_for_operators(ops)
                    await stack.enter_async_context(_open(app, house, "--port", share.port))
                life = asyncio.create_task(_live(house, work, keys, addresses, started, share.part))
                stopping = asyncio.create_task(stop.wait())
                keeping = asyncio.create_task(house.keep())
                ends = (life, stopping, keeping)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
            log.info("stopping")
            await _come_to_rest(house, work, life)
            await _ended(keeping)
    log.info("stopped")


def _work(house: House, share: Share) -> Work:
    if house.joined is not None:
        from bot.wiring.fleet import fleet_of  # noqa: PLC0415 - not even loaded for one machine

        concurrency = None if share.part is Part.DOORS else share.concurrency
        return fleet_of(house, house.joined, concurrency=concurrency)
    return OneMachine(house=house)


async def _ended(task: asyncio.Task[object]) -> None:
    """Raises what it has ended with, unless we end it here."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _come_to_rest(house: House, work: Work, life: asyncio.Task[None]) -> None:
    """Nothing new comes in any more; what is under way may finish, within bounds."""
    await work.stop()
    life.cancel()
    try:
        with suppress(asyncio.CancelledError):
            await life
    finally:
        await house.application.shutdown()
        # The application leaves its bot as it is where Telegram has never answered; the bot has
        # connections all the same.
        await house.application.bot.shutdown()


def keys_of(settings: Settings) -> Keys:
    secret = settings.telegram_webhook_secret
    return Keys(
        settings.telegram_bot_token.get_secret_value(),
        secret.get_secret_value() if secret else None,
    )


async def _live(
    house: House, work: Work, keys: Keys, addresses: Addresses, started: asyncio.Event, part: Part
) -> None:
    """Everything that goes on while the bot runs."""
    await _until_reached(house.application.initialize)
    log.info("this is", extra={"bot": house.application.bot.username})
    if part is not Part.WORK:
        await _open_the_line(house, keys, addresses)
    async with asyncio.TaskGroup() as group:
        for loop in (*work.loops(), house.watch.run()):
            group.create_task(loop)
        if house.hearsay:
            group.create_task(house.hearsay.run())
        if part is not Part.WORK:
            for step in _introduce(house):
                group.create_task(step)
            if addresses.telegram() is None:
                polling = Polling(house.application.bot, house.inbox, ALLOWED_UPDATES)
                group.create_task(polling.run())
        started.set()
        mode = "polling" if addresses.base is None else "webhook"
        log.info("ready", extra={"mode": mode, "part": part.value})


def _introduce(house: House) -> list[Coroutine[None, None, None]]:
    """What Telegram is to show of us."""
    bot, settings = house.application.bot, house.settings
    studio = settings.studio_address
    menus = publish_menus(
        bot, settings.admin_ids, selling=settings.shop.is_open, studio=studio is not None
    )
    return [menus, publish_menu_button(bot, studio)]


async def _open_the_line(house: House, keys: Keys, addresses: Addresses) -> None:
    """Tell Telegram where to call; doing so again at each start changes nothing there."""
    bot, address = house.application.bot, addresses.telegram()
    if address is None:
        await _until_reached(bot.delete_webhook)
        return

    async def set_webhook() -> None:
        try:
            await bot.set_webhook(
                address, secret_token=keys.for_telegram(), allowed_updates=ALLOWED_UPDATES
            )
        except BadRequest as error:
            raise WrongSettings(f"WEBHOOK_BASE_URL: Telegram says: {error.message}") from error

    await _until_reached(set_webhook)


async def _until_reached(call: Callable[[], Awaitable[object]]) -> None:
    """Call Telegram until it answers. Raises WrongSettings when it does not know the bot."""
    wait = 1.0
    while True:
        try:
            await call()
        except InvalidToken:
            raise WrongSettings("TELEGRAM_BOT_TOKEN: Telegram does not know this bot") from None
        except TelegramError as error:
            log.warning("Telegram not reached", extra={"detail": error.message, "wait": wait})
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        else:
            return


def _missing(started: asyncio.Event) -> str | None:
    return None if started.is_set() else "Telegram does not answer yet"


@asynccontextmanager
async def _open(
    app: web.Application, house: House, chosen_by: str, port: int
) -> AsyncIterator[None]:
    runner = serving.Doors(app, serving.room_here(), shutdown_timeout=_DOORS_CLOSE_WITHIN)
    await runner.setup()
    try:
        host = house.settings.host
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            where = f"{host}:{port}"
            raise WrongSettings(
                f"{chosen_by}: cannot listen on {where}: {error.strerror}"
            ) from error
        log.info("doors open", extra={"host": host, "port": port})
        yield
    finally:
        await serving.end(runner)
