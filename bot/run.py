"""One process of the bot: doors, inbox, worker, and the way down.

The doors open first and close first: an update that reaches us is on disk even while Telegram
itself cannot be reached, and nothing new arrives while we come to rest.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

from aiohttp import web
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.errors import Transient
from bot.settings import Settings, WrongSettings
from bot.telegram.application import ALLOWED_UPDATES
from bot.telegram.commands import publish_menus
from bot.telegram.polling import Polling
from bot.telegram.studio import publish_menu_button
from bot.wiring import House, open_house
from webhooks import app as doors
from webhooks.keys import Addresses, Keys
from webhooks.metrics import EventCounter, counting

log = logging.getLogger(__name__)

# Together these stay under the ten seconds most platforms give a process to end.
_DOORS_CLOSE_WITHIN = 2.0
_INBOX_RESTS_WITHIN = 2.0
_ALBUMS_REST_WITHIN = 1.0
_WORKER_RESTS_WITHIN = 4.0
_LONGEST_WAIT = 30.0
_SWEEP_EVERY = 3600.0


async def until_stopped(settings: Settings, *, telegram_web: str | None = None) -> None:
    """Run until SIGTERM or SIGINT. `telegram_web` is as for `open_house`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    opened = partial(open_house, telegram_web=telegram_web)
    await run(settings, stop=stop, started=asyncio.Event(), opened=opened)


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event,
    started: asyncio.Event,
    opened: Callable[[Settings, Addresses], AbstractAsyncContextManager[House]] = open_house,
) -> None:
    """Run until `stop`; sets `started` once updates are being handled. `opened` opens the house.

    Raises WrongSettings, also when the port is taken, and OSError when another process has become
    the one of this database.
    """
    keys = keys_of(settings)
    addresses = Addresses(settings.webhook_base_url, keys)
    with counting() as counted:
        async with opened(settings, addresses) as house:
            async with _doors(house, keys, started, counted):
                life = asyncio.create_task(_live(house, keys, addresses, started))
                stopping = asyncio.create_task(stop.wait())
                keeping = asyncio.create_task(house.keep())
                ends = (life, stopping, keeping)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
            log.info("stopping")
            await _come_to_rest(house, life)
            await _ended(keeping)
    log.info("stopped")


async def _ended(task: asyncio.Task[object]) -> None:
    """Raises what it has ended with, unless we end it here."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _come_to_rest(house: House, life: asyncio.Task[None]) -> None:
    """Nothing new comes in any more; what is under way may finish, within bounds."""
    await house.inbox.stop(within=_INBOX_RESTS_WITHIN)
    house.line.stop()
    await house.albums.stop(within=_ALBUMS_REST_WITHIN)
    await asyncio.gather(
        house.worker.stop(within=_WORKER_RESTS_WITHIN),
        house.watchman.stop(within=_WORKER_RESTS_WITHIN),
        house.broadcasting.stop(within=_WORKER_RESTS_WITHIN),
    )
    await house.actions.stop()
    life.cancel()
    try:
        with suppress(asyncio.CancelledError):
            await life
    finally:
        await house.application.shutdown()


def keys_of(settings: Settings) -> Keys:
    secret = settings.telegram_webhook_secret
    return Keys(
        settings.telegram_bot_token.get_secret_value(),
        secret.get_secret_value() if secret else None,
    )


async def _live(house: House, keys: Keys, addresses: Addresses, started: asyncio.Event) -> None:
    """Everything that goes on while the bot runs."""
    await _until_reached(house.application.initialize)
    log.info("this is", extra={"bot": house.application.bot.username})
    await _open_the_line(house, keys, addresses)
    async with asyncio.TaskGroup() as group:
        group.create_task(house.inbox.run())
        group.create_task(house.line.run())
        group.create_task(house.albums.run())
        group.create_task(house.worker.run())
        group.create_task(house.notifying.run())
        if house.hearsay:
            group.create_task(house.hearsay.run())
        group.create_task(_sweep(house))
        group.create_task(house.reconciling.run())
        group.create_task(house.watch.run())
        group.create_task(house.watchman.run())
        group.create_task(house.broadcasting.run())
        group.create_task(
            publish_menus(
                house.application.bot,
                house.settings.admin_ids,
                selling=house.settings.shop.is_open,
                studio=house.settings.studio_address is not None,
            )
        )
        group.create_task(publish_menu_button(house.application.bot, house.settings.studio_address))
        if addresses.telegram() is None:
            polling = Polling(house.application.bot, house.inbox, ALLOWED_UPDATES)
            group.create_task(polling.run())
        started.set()
        log.info("ready", extra={"mode": "polling" if addresses.base is None else "webhook"})


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


async def _sweep(house: House) -> None:
    """Throw away what has had its time, a bounded piece each time."""
    while True:
        try:
            swept = await house.retention.sweep(house.clock())
        except (Transient, OSError) as error:
            log.warning("sweeping failed", extra={"detail": str(error)})
        else:
            if any(swept.values()):
                log.info("swept", extra=swept)
        await asyncio.sleep(_SWEEP_EVERY)


@asynccontextmanager
async def _doors(
    house: House, keys: Keys, started: asyncio.Event, counted: EventCounter
) -> AsyncIterator[None]:
    def ready() -> str | None:
        return None if started.is_set() else "Telegram does not answer yet"

    app = doors.build(house, keys, ready=ready, counted=counted)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_DOORS_CLOSE_WITHIN)
    await runner.setup()
    try:
        site = web.TCPSite(runner, house.settings.host, house.settings.port)
        try:
            await site.start()
        except OSError as error:
            where = f"{house.settings.host}:{house.settings.port}"
            raise WrongSettings(f"PORT: cannot listen on {where}: {error.strerror}") from error
        log.info("doors open", extra={"host": house.settings.host, "port": house.settings.port})
        yield
    finally:
        await runner.cleanup()
