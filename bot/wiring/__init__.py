"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.access import Access
from bot.albums import PAUSE
from bot.clock import now
from bot.line import Line
from bot.nanobanana.client import NanoBanana
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors
from bot.notices import Notifying, Seals
from bot.ordering import Ordering
from bot.pipeline import Pipeline
from bot.settings import Settings
from bot.storage.albums import AlbumStore
from bot.storage.asked import AskedStore
from bot.storage.bookkeeping import BookkeepingStore
from bot.storage.broadcasts import BroadcastStore
from bot.storage.chats import ChatStore
from bot.storage.dossiers import DossierStore
from bot.storage.engines import Keep, engine_of
from bot.storage.favourites import FavouriteStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.gallery import GalleryStore
from bot.storage.group_rules import GroupRulesStore
from bot.storage.ledger import Ledger
from bot.storage.notices import NoticeStore
from bot.storage.pictures import PictureStore, open_store
from bot.storage.preferences import PreferenceStore
from bot.storage.purchases import PurchaseStore
from bot.storage.questions import QuestionStore
from bot.storage.retention import Retention
from bot.storage.standings import StandingStore, SwitchStore
from bot.storage.statistics import StatisticsStore
from bot.storage.tasks import TaskStore
from bot.storage.told import ToldStore
from bot.storage.updates import UpdateStore
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
from bot.telegram.urgent import Urgent
from bot.waiting import Waiting
from bot.watching import Watch
from bot.watchman import EVERY, Watchman
from bot.wiring.machine import Machine, assemble
from bot.wiring.means import Means
from bot.wiring.programs import News, Programs
from bot.wiring.watching import watch_over, watchman_of
from bot.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The bot, put together and open, but not running yet. `keep`: see `engines.Keep`."""

    settings: Settings
    clock: Callable[[], datetime]
    keep: Keep
    pictures: PictureStore
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
    notifying: Notifying


@asynccontextmanager
async def open_house(
    settings: Settings,
    doors: Doors,
    *,
    clock: Callable[[], datetime] = now,
    album_pause: timedelta = PAUSE,
    rounds: timedelta = EVERY,
    callbacks_to: str | None = None,
) -> AsyncIterator[House]:
    """Open the database and the clients. `callbacks_to` is an origin programs may be called at
    though it is not public. Raises OSError, in one clear line, when that fails.
    """
    async with AsyncExitStack() as stack:
        engine = engine_of(settings.database_url)
        keep = stack.enter_context(engine.only_one())
        database = await engine.open()
        stack.push_async_callback(database.close)
        generator = NanoBanana(
            api_url=settings.nano_banana_api_url,
            upload_url=settings.nano_banana_upload_url,
            api_key=settings.nano_banana_api_key.get_secret_value(),
        )
        stack.push_async_callback(generator.close)
        poster = Poster(trusted=callbacks_to)
        stack.push_async_callback(poster.close)
        yield _furnished(
            Means(
                settings=settings,
                doors=doors,
                clock=clock,
                album_pause=album_pause,
                rounds=rounds,
                database=database,
                keep=keep,
                generator=generator,
                poster=poster,
            )
        )


def _furnished(means: Means) -> House:
    settings, clock, database = means.settings, means.clock, means.database
    news, chats = News(), ChatStore(database)
    tasks = TaskStore(database, clock, changed=news)
    pictures = PictureStore(open_store(settings.pictures_url))
    application = telegram.build(
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        limiter=Gate(chats, clock),
    )
    actions = Actions(application.bot)
    machine = assemble(
        means, tasks=tasks, pictures=pictures, application=application, actions=actions
    )
    access = Access(
        terms=settings.terms,
        standings=StandingStore(database),
        switches=SwitchStore(database),
        groups=GroupRulesStore(database),
        members=Admins(bot=application.bot, chats=chats),
        requests=tasks,
        clock=clock,
    )
    preferences = PreferenceStore(database)
    ordering = Ordering(
        pipeline=machine.pipeline,
        preferences=preferences,
        presets=settings.presets,
        access=access,
        history=tasks,
        clock=clock,
    )
    rooms = _rooms(means, machine, ordering, application, chats, preferences, pictures)
    inbox = Inbox(
        UpdateStore(database),
        application,
        clock,
        speech=rooms.speech,
        urgent=Urgent(application.bot, rooms.selling.checkout.at_once),
    )
    watch = watch_over(means, application, inbox)
    seals = Seals(settings.telegram_bot_token.get_secret_value())
    return House(
        settings=settings,
        clock=clock,
        keep=means.keep,
        pictures=pictures,
        generator=means.generator,
        application=application,
        pipeline=machine.pipeline,
        line=machine.line,
        inbox=inbox,
        albums=rooms.collecting,
        actions=actions,
        worker=machine.worker,
        retention=Retention(
            database=database,
            pictures=pictures,
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
        ),
        reconciling=rooms.selling.reconciling(application),
        watch=watch,
        watchman=watchman_of(means, watch, application, access.switches, rooms.speech),
        broadcasting=rooms.broadcasting,
        programs=Programs(
            ordering=ordering,
            tasks=tasks,
            asked=AskedStore(database),
            memory=PersonalMemory(database, pictures),
            books=Ledger(database),
            hub=news.hub,
            seals=seals,
            poster=means.poster,
        ),
        notifying=Notifying(
            notices=NoticeStore(database),
            store=tasks,
            caller=means.poster,
            seals=seals,
            base=settings.webhook_base_url,
            patience=settings.patience,
            clock=clock,
            news=news.ended,
        ),
    )


def _rooms(
    means: Means,
    machine: Machine,
    ordering: Ordering,
    application: telegram.AnyApplication,
    chats: ChatStore,
    preferences: PreferenceStore,
    pictures: PictureStore,
) -> Conversation:
    settings, database, clock = means.settings, means.database, means.clock
    return furnish(
        application,
        Needs(
            ordering=ordering,
            waiting=Waiting(
                journal=machine.journal,
                history=machine.tasks,
                clock=clock,
                wake=machine.alarm.ring,
            ),
            journal=machine.journal,
            people=machine.people,
            pictures=pictures,
            tasks=machine.tasks,
            chats=chats,
            preferences=preferences,
            questions=QuestionStore(database),
            albums=AlbumStore(database),
            favourites=FavouriteStore(database),
            gallery=GalleryStore(database),
            memory=PersonalMemory(database, pictures),
            told=ToldStore(database),
            books=Ledger(database),
            shop=settings.shop,
            purchases=PurchaseStore(database),
            desk=DeskNeeds(
                bookkeeping=BookkeepingStore(database),
                statistics=StatisticsStore(database),
                dossiers=DossierStore(database),
                broadcasts=BroadcastStore(database),
                balance=means.generator.balance,
            ),
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
            album_pause=means.album_pause,
            clock=clock,
        ),
    )
