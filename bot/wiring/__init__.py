"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.access import Access
from bot.changes import Hearsay
from bot.clock import now
from bot.discarding import Discarding
from bot.errors import Transient
from bot.line import Line
from bot.nanobanana.client import NanoBanana, submissions
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors, Pictures
from bot.notices import Notifying, Seals
from bot.ordering import Ordering
from bot.pipeline import Pipeline
from bot.settings import Settings
from bot.storage.engines import Keep, engine_of
from bot.storage.examination import try_pictures
from bot.storage.retention import Retention
from bot.storage.sweeping import SweepStore
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
from bot.telegram.urgent import Urgent
from bot.telegram.withdrawing import withdraw
from bot.waiting import Waiting
from bot.watching import Watch
from bot.watchman import Watchman
from bot.wiring.machine import Machine, assemble
from bot.wiring.means import USUAL, Means, Tempo
from bot.wiring.programs import News, Programs
from bot.wiring.stores import open_stores
from bot.wiring.watching import watch_over, watchman_of
from bot.worker import Worker

if TYPE_CHECKING:
    from bot.wiring.fleet import Joined

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The bot, put together and open, but not running yet. `keep`: see `engines.Keep`; `joined`:
    the other processes, where there may be some; `hearsay`: what those have saved, for who watches
    here.
    """

    settings: Settings
    clock: Callable[[], datetime]
    keep: Keep
    tempo: Tempo
    joined: "Joined | None"
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
    sweeping: SweepStore
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

            joined = await stack.enter_async_context(fleet.joined(engine.address))
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
        came=means.calls.inbox if means.calls else None,
    )
    watch = watch_over(means, inbox)
    programs = _programs(means, needs, rooms)
    return House(
        settings=settings,
        clock=clock,
        keep=means.keep,
        tempo=means.tempo,
        joined=means.joined,
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
        sweeping=stores.sweeping,
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
        waiting=Waiting(journal=journal, history=stores.tasks, clock=clock, wake=machine.wake),
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
        taps=stores.taps,
        books=stores.books,
        studio_address=settings.studio_address,
        shop=settings.shop,
        purchases=stores.purchases,
        desk=DeskNeeds(
            bookkeeping=stores.bookkeeping,
            statistics=stores.statistics,
            dossiers=stores.dossiers,
            broadcasts=stores.broadcasts,
            taps=stores.taps,
            balance=means.generator.balance,
        ),
        files_kept=settings.files_kept,
        history_kept=settings.history_kept,
        album_pause=means.tempo.album_pause,
        album_came=means.calls.album if means.calls else None,
        broadcast_begun=means.calls.broadcast if means.calls else None,
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
