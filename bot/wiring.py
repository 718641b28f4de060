"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.albums import PAUSE
from bot.cards import Cards
from bot.drawing import Drawing
from bot.journal import Journal
from bot.line import Line
from bot.nanobanana.client import NanoBanana
from bot.neighbours import Doors
from bot.ordering import Ordering
from bot.outlook import Forecast
from bot.pipeline import Pipeline
from bot.presets import pictures as style_pictures
from bot.references import References
from bot.settings import Settings
from bot.storage.albums import AlbumStore
from bot.storage.chats import ChatStore
from bot.storage.favourites import FavouriteStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.gallery import GalleryStore
from bot.storage.line import LineStore
from bot.storage.lock import only_one
from bot.storage.pictures import PictureStore, open_store
from bot.storage.preferences import PreferenceStore
from bot.storage.questions import QuestionStore
from bot.storage.retention import Retention
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.telegram import application as telegram
from bot.telegram.album_wishes import AlbumWishes
from bot.telegram.albums import Collecting
from bot.telegram.asking import Asking
from bot.telegram.batches import Batches
from bot.telegram.browsing import Browsing
from bot.telegram.cancelling import Cancelling
from bot.telegram.cards import CardBoard
from bot.telegram.changing import Changing
from bot.telegram.choosing import Choosing
from bot.telegram.commands import Commands
from bot.telegram.confirming import Confirming
from bot.telegram.deleting import Deleting
from bot.telegram.delivery import Delivery
from bot.telegram.details import Details
from bot.telegram.favouriting import Favouriting
from bot.telegram.gate import Gate
from bot.telegram.greeting import Greeting
from bot.telegram.guests import Guests
from bot.telegram.help import HelpRoom
from bot.telegram.inbox import Inbox
from bot.telegram.inline import Inline
from bot.telegram.inquiries import Inquiries
from bot.telegram.membership import Membership
from bot.telegram.offers import Offers
from bot.telegram.originals import Originals
from bot.telegram.panels import Panels
from bot.telegram.placeholders import Placeholders
from bot.telegram.presses import StrangePresses, Taps
from bot.telegram.privacy import PrivacyRoom
from bot.telegram.remaking import Remaking
from bot.telegram.reprints import Reprints
from bot.telegram.results import Results
from bot.telegram.settings import SettingsRoom
from bot.telegram.showing import Showing
from bot.telegram.speech import Speech
from bot.telegram.style_links import StyleLinks
from bot.telegram.styles import Styles
from bot.waiting import Waiting
from bot.worker import Alarm, Worker


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
    worker: Worker
    retention: Retention


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
) -> AsyncIterator[House]:
    """Open the database and the clients. Raises OSError, in one clear line, when that fails."""
    with only_one(settings.database_path):
        async with _opened(settings, doors, clock, album_pause) as house:
            yield house


@asynccontextmanager
async def _opened(
    settings: Settings, doors: Doors, clock: Callable[[], datetime], album_pause: timedelta
) -> AsyncIterator[House]:
    database = await SQLite.open(settings.database_path)
    generator = NanoBanana(
        api_url=settings.nano_banana_api_url,
        upload_url=settings.nano_banana_upload_url,
        api_key=settings.nano_banana_api_key.get_secret_value(),
    )
    try:
        yield _furnish(settings, doors, clock, album_pause, database, generator)
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
) -> House:
    tasks, chats = TaskStore(database), ChatStore(database)
    pictures = PictureStore(open_store(settings.pictures_url))
    application = telegram.build(
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        limiter=Gate(chats, clock),
    )
    people = Delivery(application.bot, pictures.read)
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
        board=CardBoard(application.bot),
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
        people=people,
        cards=cards,
        line=line,
        patience=settings.patience,
        clock=clock,
        wake=alarm.ring,
    )
    preferences, speech = PreferenceStore(database), Speech(PreferenceStore(database))
    ordering = Ordering(
        pipeline=pipeline,
        preferences=preferences,
        presets=presets,
        clock=clock,
    )
    waiting = Waiting(journal=journal, history=tasks, clock=clock, wake=alarm.ring)
    membership = Membership(chats=chats, clock=clock)
    offers = Offers(waiting=waiting, chats=chats, speech=speech)
    inquiries = Inquiries(questions=QuestionStore(database), clock=clock)
    choosing = Choosing(ordering=ordering, inquiries=inquiries, speech=speech)
    confirming = Confirming(ordering=ordering, inquiries=inquiries, speech=speech)
    styles = Styles(ordering=ordering, inquiries=inquiries, speech=speech)
    asking = Asking(
        history=tasks,
        confirming=confirming,
        choosing=choosing,
        inquiries=inquiries,
        speech=speech,
    )
    cancelling = Cancelling(pipeline=pipeline, tasks=tasks, history=tasks, speech=speech)
    results = Results(store=tasks, chats=chats, speech=speech)
    favourites, taps = FavouriteStore(database), Taps(clock)
    buttons: list[telegram.Room] = [
        Panels(results),
        Remaking(results=results, ordering=ordering),
        Changing(results=results, inquiries=inquiries, taps=taps),
        Originals(results=results, read=pictures.read, kept=settings.files_kept, taps=taps),
        Favouriting(results=results, favourites=favourites, clock=clock),
        Details(results, taps),
        Deleting(results=results, journal=journal, pictures=pictures, favourites=favourites),
    ]
    album_wishes = AlbumWishes(
        bot=application.bot,
        ordering=ordering,
        confirming=confirming,
        choosing=choosing,
        inquiries=inquiries,
        journal=journal,
        speech=speech,
        clock=clock,
    )
    collecting = Collecting(
        albums=AlbumStore(database),
        wishes=album_wishes,
        asking=asking,
        clock=clock,
        pause=album_pause,
    )
    batches = Batches(
        people=people, ordering=ordering, confirming=confirming, asking=asking, speech=speech
    )
    gallery = GalleryStore(database)
    reprints = Reprints(read=pictures.read, journal=journal)
    browsing = Browsing(gallery=gallery, reprints=reprints, speech=speech, clock=clock)
    showing = Showing(tasks=tasks, waiting=waiting, reprints=reprints, speech=speech)
    inline = Inline(
        ordering=ordering,
        gallery=gallery,
        history=tasks,
        placeholders=Placeholders(application.bot),
        speech=speech,
        clock=clock,
    )
    helping = HelpRoom(speech)
    settling = SettingsRoom(store=preferences, speech=speech, clock=clock)
    privacy = PrivacyRoom(
        memory=PersonalMemory(database, pictures),
        speech=speech,
        files_kept=settings.files_kept,
        history_kept=settings.history_kept,
        clock=clock,
    )
    greeting = Greeting(groups=chats, speech=speech, clock=clock)
    commands = Commands(
        speech,
        links={
            "show": showing.from_link,
            "help": helping.on_link,
            "settings": settling.on_link,
            "style": StyleLinks(speech, presets).on_link,
            "privacy": privacy.on_privacy_link,
            "forget": privacy.on_forget_link,
        },
    )
    telegram.add_handlers(
        application,
        [
            *(membership, browsing, showing, inline),
            Guests(ordering=ordering, history=tasks, speech=speech),
            *(commands, helping, settling, privacy, offers, cancelling),
            *buttons,
            *(batches, collecting, styles, confirming, choosing),
            *(asking, StrangePresses()),
        ],
        first=[membership],
        last=[offers, greeting],
    )
    return House(
        settings=settings,
        clock=clock,
        pictures=pictures,
        generator=generator,
        application=application,
        pipeline=pipeline,
        line=line,
        inbox=Inbox(UpdateStore(database), application, clock, speech=speech),
        albums=collecting,
        worker=Worker(pipeline, tasks, alarm, clock),
        retention=Retention(
            database=database,
            pictures=pictures,
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
        ),
    )
