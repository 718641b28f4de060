"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from bot.clock import now
from bot.errors import Transient
from bot.nanobanana.client import NanoBanana, submissions
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors
from bot.settings import Settings
from bot.storage.engines import engine_of
from bot.storage.examination import try_pictures
from bot.telegram import application as telegram
from bot.telegram.gate import Gate
from bot.wiring.furnishing import furnished
from bot.wiring.house import House
from bot.wiring.means import USUAL, Means, Tempo
from bot.wiring.programs import News
from bot.wiring.stores import open_stores

__all__ = ["House", "open_house"]

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_house(
    settings: Settings,
    doors: Doors,
    *,
    clock: Callable[[], datetime] = now,
    tempo: Tempo = USUAL,
    callbacks_to: str | None = None,
    telegram_web: str | None = None,
    doors_open: bool = True,
) -> AsyncIterator[House]:
    """Open the database and the clients. `callbacks_to` is an origin programs may be called at
    though it is not public, `telegram_web` one that plays Telegram's web client for the Mini App.
    A process without doors works for others, of which one may ask Telegram for updates.
    Raises OSError, in one clear line, when that fails.
    """
    async with AsyncExitStack() as stack:
        engine = engine_of(settings.database_url)
        asks = doors_open and settings.webhook_base_url is None
        keep = stack.enter_context(engine.only_one(asks=asks))
        database = await engine.open()
        stack.push_async_callback(database.close)
        if settings.in_bucket:
            await _look_at_bucket(settings)
        generator = NanoBanana(
            api_url=settings.nano_banana_api_url,
            upload_url=settings.nano_banana_upload_url,
            api_key=settings.nano_banana_api_key.get_secret_value(),
            rate=submissions(settings.jobs_in_ten_seconds),
            shared=database.pace,
        )
        stack.push_async_callback(generator.close)
        poster = Poster(trusted=callbacks_to)
        stack.push_async_callback(poster.close)
        joined = None
        if engine.address is not None:
            from bot.wiring import fleet  # noqa: PLC0415 - not even loaded for one machine

            joined = await stack.enter_async_context(fleet.joined(engine.address, tempo.rhythm))
        news = News(joined.calls.notices if joined else None, engine.others())
        stores = open_stores(settings, database, clock, news)
        application = telegram.build(
            token=settings.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram_api_url,
            limiter=Gate(stores.chats, clock, tempo.pace, database.pace),
        )
        means = Means(
            settings=settings,
            doors=doors,
            clock=clock,
            tempo=tempo,
            keep=keep,
            joined=joined,
            stores=stores,
            news=news,
            generator=generator,
            poster=poster,
            application=application,
            telegram_web=telegram_web,
        )
        yield furnished(means)


async def _look_at_bucket(settings: Settings) -> None:
    """Raises OSError, in one clear line, when it will never do. One that is away comes back."""
    try:
        await try_pictures(settings.pictures_url, settings.pictures_access)
    except Transient as failure:
        log.warning("bucket not reached", extra={"detail": failure.detail})
