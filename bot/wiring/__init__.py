"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.access import Access
from bot.albums import PAUSE
from bot.changes import Hearsay
from bot.clock import now
from bot.discarding import Discarding
from bot.errors import Transient
from bot.line import Line
from bot.nanobanana.client import NanoBanana
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors, Pictures
from bot.notices import Notifying, Seals
from bot.ordering import Ordering
from bot.pipeline import Pipeline
from bot.settings import Settings
from bot.storage.engines import Keep, engine_of
from bot.storage.examination import try_pictures
from bot.storage.retention import Retention
from bot.telegram import application as telegram
from bot.telegram.actions import Actions
from bot.telegram.admins import Admins
from bot.telegram.albums import Collecting
from bot.telegram.broadcasting import Broadcasting
from bot.telegram.conversation import Conversation, Needs, furnish
from bot.telegram.desk_rooms import DeskNeeds
from bot.telegram.gate import Gate
from bot.telegram.inbox import Inbox
from bot.telegram.reconciling import Reconciling
from bot.telegram.reprints import Reprints
from bot.telegram.sharing import Sharing
from bot.telegram.traffic import TELEGRAMS, Pace
from bot.telegram.urgent import Urgent
from bot.telegram.withdrawing import withdraw
from bot.waiting import Waiting
from bot.watching import Watch
from bot.watchman import EVERY, Watchman
from bot.wiring.machine import Machine, assemble
from bot.wiring.means import Means
from bot.wiring.programs import News, Programs
from bot.wiring.stores import open_stores
from bot.wiring.watching import watch_over, watchman_of
from bot.worker import Worker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The bot, put together and open, but not running yet. `keep`: see `engines.Keep`; `hearsay`
    is there where other processes can be.
    """

    settings: Settings
    clock: Callable[[], datetime]
    keep: Keep
    pictures: Pictures
    generator: NanoBanana
    application: telegram.AnyApplication
    pipeline: Pipeline
    line: Line
    inbox: Inbox
    albums: Collecting
    actions: Actions
    worker: Worker
    retention: Retention
    reconciling: Reconciling
    watch: Watch
    watchman: Watchman
    broadcasting: Broadcasting
    programs: Programs
    hearsay: Hearsay | None
    notifying: Notifying
    telegram_web: str | None


@asynccontextmanager
async def open_house(
    settings: Settings,
    doors: Doors,
    *,
    clock: Callable[[], datetime] = now,
    album_pause: timedelta = PAUSE,
    rounds: timedelta = EVERY,
    callbacks_to: str | None = None,
    pace: Pace = TELEGRAMS,
    telegram_web: str | None = None,
) -> AsyncIterator[House]:
    """Open the database and the clients. `callbacks_to` is an origin programs may be called at
    though it is not public, `telegram_web` one that plays Telegram's web client for the Mini App.
    Raises OSError, in one clear line, when that fails.
    """
    async with AsyncExitStack() as stack:
        engine = engine_of(settings.database_url)
        keep = stack.enter_context(engine.only_one())
        database = await engine.open()
        stack.push_async_callback(database.close)
        if settings.in_bucket:
            await _look_at_bucket(settings)
        generator = NanoBanana(
            api_url=settings.nano_banana_api_url,
            upload_url=settings.nano_banana_upload_url,
            api_key=settings.nano_banana_api_key.get_secret_value(),
        )
        stack.push_async_callback(generator.close)
        poster = Poster(trusted=callbacks_to)
        stack.push_async_callback(poster.close)
        news = News(engine.others())
        stores = open_stores(settings, database, clock, news)
        application = telegram.build(
            token=settings.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram_api_url,
            limiter=Gate(stores.chats, clock, pace),
        )
        means = Means(
            settings=settings,
            doors=doors,
            clock=clock,
            album_pause=album_pause,
            rounds=rounds,
            keep=keep,
            stores=stores,
            news=news,
            generator=generator,
            poster=poster,
            application=application,
            actions=Actions(application.bot),
            telegram_web=telegram_web,
        )
        yield _furnished(means)


async def _look_at_bucket(settings: Settings) -> None:
    """Raises OSError, in one clear line, when it will never do. One that is away comes back."""
    try:
        await try_pictures(settings.pictures_url, settings.pictures_access)
    except Transient as failure:
        log.warning("bucket not reached", extra={"detail": failure.detail})


def _furnished(means: Means) -> House:
    settings, clock, stores = means.settings, means.clock, means.stores
    bot, machine = means.application.bot, assemble(means)
    access = Access(
        terms=settings.terms,
        standings=stores.standings,
        switches=stores.switches,
        groups=stores.groups,
        members=Admins(bot=bot, chats=stores.chats),
        requests=stores.tasks,
        clock=clock,
    )
    ordering = Ordering(
        pipeline=machine.pipeline,
        preferences=stores.preferences,
        presets=settings.presets,
        access=access,
        history=stores.tasks,
        clock=clock,
    )
    needs = _needs(means, machine, ordering)
    rooms = furnish(means.application, needs)
    inbox = Inbox(
        stores.updates,
        means.application,
        clock,
        speech=rooms.speech,
        urgent=Urgent(bot, rooms.selling.checkout.at_once),
    )
    watch = watch_over(means, inbox)
    programs = _programs(means, needs, rooms)
    return House(
        settings=settings,
        clock=clock,
        keep=means.keep,
        pictures=stores.pictures,
        generator=means.generator,
        application=means.application,
        pipeline=machine.pipeline,
        line=machine.line,
        inbox=inbox,
        albums=rooms.collecting,
        actions=means.actions,
        worker=machine.worker,
        retention=stores.retention,
        reconciling=rooms.selling.reconciling(means.application),
        watch=watch,
        watchman=watchman_of(means, watch, access.switches, rooms.speech),
        broadcasting=rooms.broadcasting,
        programs=programs,
        hearsay=means.news.hearsay(stores.tasks),
        notifying=Notifying(
            notices=stores.notices,
            store=stores.tasks,
            caller=means.poster,
            seals=programs.seals,
            base=settings.webhook_base_url,
            patience=settings.patience,
            clock=clock,
            news=means.news.ended,
        ),
        telegram_web=means.telegram_web,
    )


def _needs(means: Means, machine: Machine, ordering: Ordering) -> Needs:
    """What the rooms of the conversation need."""
    settings, clock, stores, journal = means.settings, means.clock, means.stores, machine.journal
    return Needs(
        ordering=ordering,
        waiting=Waiting(
            journal=journal, history=stores.tasks, clock=clock, wake=machine.alarm.ring
        ),
        journal=journal,
        people=machine.people,
        pictures=stores.pictures,
        tasks=stores.tasks,
        chats=stores.chats,
        preferences=stores.preferences,
        questions=stores.questions,
        albums=stores.albums,
        favourites=stores.favourites,
        discarding=Discarding(
            journal=journal, pictures=stores.pictures, favourites=stores.favourites
        ),
        reprints=Reprints(read=stores.pictures.read, journal=journal),
        gallery=stores.gallery,
        memory=stores.memory,
        told=stores.told,
        books=stores.books,
        studio_address=settings.studio_address,
        shop=settings.shop,
        purchases=stores.purchases,
        desk=DeskNeeds(
            bookkeeping=stores.bookkeeping,
            statistics=stores.statistics,
            dossiers=stores.dossiers,
            broadcasts=stores.broadcasts,
            balance=means.generator.balance,
        ),
        files_kept=settings.files_kept,
        history_kept=settings.history_kept,
        album_pause=means.album_pause,
        clock=clock,
    )


def _programs(means: Means, needs: Needs, rooms: Conversation) -> Programs:
    stores, bot = means.stores, means.application.bot
    return Programs(
        ordering=needs.ordering,
        tasks=stores.tasks,
        asked=stores.asked,
        gallery=stores.gallery,
        favourites=stores.favourites,
        discarding=needs.discarding,
        withdraw=partial(withdraw, bot),
        sharing=Sharing(
            bot=bot,
            tasks=stores.tasks,
            gallery=stores.gallery,
            reprints=needs.reprints,
            speech=rooms.speech,
        ),
        people=needs.people,
        memory=stores.memory,
        proofs=stores.proofs,
        books=stores.books,
        hub=means.news.hub,
        seals=Seals(means.settings.telegram_bot_token.get_secret_value()),
        poster=means.poster,
    )
