"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.access import Access
from bot.albums import PAUSE
from bot.bringing import Bringing
from bot.cards import Cards
from bot.changes import Hub
from bot.collected import Collected, Unposted
from bot.drawing import Drawing
from bot.journal import Journal
from bot.line import Line
from bot.nanobanana.client import NanoBanana
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors
from bot.notices import Notifying, Seals
from bot.ordering import Ordering
from bot.outlook import Forecast
from bot.pipeline import Pipeline
from bot.presets import pictures as style_pictures
from bot.references import References
from bot.settings import Settings
from bot.storage.albums import AlbumStore
from bot.storage.asked import AskedStore
from bot.storage.chats import ChatStore
from bot.storage.favourites import FavouriteStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.gallery import GalleryStore
from bot.storage.ledger import Ledger
from bot.storage.line import LineStore
from bot.storage.lock import only_one
from bot.storage.notices import NoticeStore
from bot.storage.pictures import PictureStore, open_store
from bot.storage.preferences import PreferenceStore
from bot.storage.questions import QuestionStore
from bot.storage.retention import Retention
from bot.storage.room import DiskRoom
from bot.storage.sqlite import SQLite
from bot.storage.standings import StandingStore, SwitchStore
from bot.storage.statistics import StatisticsStore
from bot.storage.tasks import TaskStore
from bot.storage.told import ToldStore
from bot.storage.updates import UpdateStore
from bot.task import Task
from bot.telegram import application as telegram
from bot.telegram.actions import Actions
from bot.telegram.albums import Collecting
from bot.telegram.cards import CardBoard
from bot.telegram.conversation import Needs, furnish
from bot.telegram.delivery import Delivery
from bot.telegram.examination import call
from bot.telegram.gate import Gate
from bot.telegram.inbox import Inbox
from bot.waiting import Waiting
from bot.watching import Watch
from bot.worker import Alarm, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What the doors need for those who ask over HTTP."""

    ordering: Ordering
    tasks: TaskStore
    asked: AskedStore
    memory: PersonalMemory
    books: Ledger
    hub: Hub
    seals: Seals
    poster: Poster


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The bot, put together and open, but not running yet."""

    settings: Settings
    clock: Callable[[], datetime]
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
    watch: Watch
    programs: Programs
    notifying: Notifying


def _wall() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """The clock on the wall, but it never goes back: set back, time goes on from where it was.

    What is due is due at a time, and an hour that comes twice would be an hour of silence.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall) -> None:
        self._wall = wall
        self._last, self._ticks = wall(), time.monotonic()

    def __call__(self) -> datetime:
        ticks = time.monotonic()
        steady = self._last + timedelta(seconds=ticks - self._ticks)
        self._last, self._ticks = max(self._wall(), steady), ticks
        return self._last


now = SteadyClock()


@asynccontextmanager
async def open_house(
    settings: Settings,
    doors: Doors,
    *,
    clock: Callable[[], datetime] = now,
    album_pause: timedelta = PAUSE,
    callbacks_to: str | None = None,
) -> AsyncIterator[House]:
    """Open the database and the clients. `callbacks_to` is an origin programs may be called at
    though it is not public. Raises OSError, in one clear line, when that fails.
    """
    with only_one(settings.database_path):
        poster = Poster(trusted=callbacks_to)
        try:
            async with _opened(settings, doors, clock, album_pause, poster) as house:
                yield house
        finally:
            await poster.close()


@asynccontextmanager
async def _opened(
    settings: Settings,
    doors: Doors,
    clock: Callable[[], datetime],
    album_pause: timedelta,
    poster: Poster,
) -> AsyncIterator[House]:
    database = await SQLite.open(settings.database_path)
    generator = NanoBanana(
        api_url=settings.nano_banana_api_url,
        upload_url=settings.nano_banana_upload_url,
        api_key=settings.nano_banana_api_key.get_secret_value(),
    )
    try:
        yield _furnish(settings, doors, clock, album_pause, database, generator, poster)
    finally:
        await generator.close()
        await database.close()


def _furnish(
    settings: Settings,
    doors: Doors,
    clock: Callable[[], datetime],
    album_pause: timedelta,
    database: SQLite,
    generator: NanoBanana,
    poster: Poster,
) -> House:
    hub, ended = Hub(), asyncio.Event()

    def changed(task: Task) -> None:
        hub.tell(task)
        if task.ended:
            ended.set()

    tasks, chats = TaskStore(database, clock, changed=changed), ChatStore(database)
    pictures = PictureStore(open_store(settings.pictures_url))
    application = telegram.build(
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        limiter=Gate(chats, clock),
    )
    actions = Actions(application.bot)
    people = Collected(chats=Delivery(application.bot, pictures.read), pictures=pictures)
    journal, presets = Journal(tasks), settings.presets
    references = References(
        journal=journal,
        people=people,
        pictures=pictures,
        generator=generator,
        doors=doors,
        clock=clock,
        styles=style_pictures(presets),
    )
    drawing = Drawing(
        journal=journal,
        references=references,
        pictures=pictures,
        generator=generator,
        doors=doors,
        patience=settings.patience,
        clock=clock,
    )
    alarm = Alarm()
    queue = LineStore(database)
    line = Line(journal=journal, queue=queue, clock=clock, wake=alarm.ring, room=settings.room)
    cards = Cards(
        board=Unposted(board=CardBoard(application.bot, actions)),
        forecast=Forecast(queue=queue, experience=queue, patience=settings.patience, clock=clock),
        journal=journal,
        patience=settings.patience,
        clock=clock,
    )
    pipeline = Pipeline(
        store=tasks,
        journal=journal,
        references=references,
        drawing=drawing,
        bringing=Bringing(
            journal=journal,
            people=people,
            cards=cards,
            patience=settings.patience,
            clock=clock,
        ),
        cards=cards,
        line=line,
        patience=settings.patience,
        clock=clock,
        wake=alarm.ring,
    )
    preferences = PreferenceStore(database)
    access = Access(
        terms=settings.terms,
        standings=StandingStore(database),
        switches=SwitchStore(database),
        clock=clock,
    )
    ordering = Ordering(
        pipeline=pipeline,
        preferences=preferences,
        presets=presets,
        access=access,
        history=tasks,
        clock=clock,
    )
    rooms = furnish(
        application,
        Needs(
            ordering=ordering,
            waiting=Waiting(journal=journal, history=tasks, clock=clock, wake=alarm.ring),
            journal=journal,
            people=people,
            pictures=pictures,
            tasks=tasks,
            chats=chats,
            preferences=preferences,
            questions=QuestionStore(database),
            albums=AlbumStore(database),
            favourites=FavouriteStore(database),
            gallery=GalleryStore(database),
            memory=PersonalMemory(database, pictures),
            told=ToldStore(database),
            books=Ledger(database),
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
            album_pause=album_pause,
            clock=clock,
        ),
    )
    seals = Seals(settings.telegram_bot_token.get_secret_value())
    inbox = Inbox(UpdateStore(database), application, clock, speech=rooms.speech)
    return House(
        settings=settings,
        clock=clock,
        pictures=pictures,
        generator=generator,
        application=application,
        pipeline=pipeline,
        line=line,
        inbox=inbox,
        albums=rooms.collecting,
        actions=actions,
        worker=Worker(pipeline, tasks, alarm, clock),
        retention=Retention(
            database=database,
            pictures=pictures,
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
        ),
        watch=Watch(
            statistics=StatisticsStore(database),
            books=Ledger(database),
            disk=DiskRoom(database),
            balance=generator.balance,
            call=partial(call, application.bot),
            put_off=lambda: inbox.put_off,
            clock=clock,
        ),
        programs=Programs(
            ordering=ordering,
            tasks=tasks,
            asked=AskedStore(database),
            memory=PersonalMemory(database, pictures),
            books=Ledger(database),
            hub=hub,
            seals=seals,
            poster=poster,
        ),
        notifying=Notifying(
            notices=NoticeStore(database),
            store=tasks,
            caller=poster,
            seals=seals,
            base=settings.webhook_base_url,
            patience=settings.patience,
            clock=clock,
            news=ended,
        ),
    )
