"""Where everything is put together; the only room that knows all the others.

Nothing connects when this is imported, and everything that is opened is closed again in the
opposite order.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.drawing import Drawing
from bot.journal import Journal
from bot.nanobanana.client import NanoBanana
from bot.neighbours import Doors
from bot.ordering import Ordering
from bot.pipeline import Pipeline
from bot.presets import PRESETS
from bot.references import References
from bot.settings import Settings
from bot.storage.chats import ChatStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.lock import only_one
from bot.storage.pictures import PictureStore, open_store
from bot.storage.preferences import PreferenceStore
from bot.storage.questions import QuestionStore
from bot.storage.retention import Retention
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.storage.updates import UpdateStore
from bot.telegram import application as telegram
from bot.telegram.asking import Asking
from bot.telegram.commands import Commands
from bot.telegram.delivery import Delivery
from bot.telegram.gate import Gate
from bot.telegram.greeting import Greeting
from bot.telegram.help import HelpRoom
from bot.telegram.inbox import Inbox
from bot.telegram.inquiries import Inquiries
from bot.telegram.membership import Membership
from bot.telegram.offers import Offers
from bot.telegram.presses import StrangePresses
from bot.telegram.privacy import PrivacyRoom
from bot.telegram.settings import SettingsRoom
from bot.telegram.speech import Speech
from bot.telegram.style_links import StyleLinks
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
    inbox: Inbox
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
    settings: Settings, doors: Doors, *, clock: Callable[[], datetime] = now
) -> AsyncIterator[House]:
    """Open the database and the clients. Raises OSError, in one clear line, when that fails."""
    with only_one(settings.database_path):
        async with _opened(settings, doors, clock) as house:
            yield house


@asynccontextmanager
async def _opened(
    settings: Settings, doors: Doors, clock: Callable[[], datetime]
) -> AsyncIterator[House]:
    database = await SQLite.open(settings.database_path)
    generator = NanoBanana(
        api_url=settings.nano_banana_api_url,
        upload_url=settings.nano_banana_upload_url,
        api_key=settings.nano_banana_api_key.get_secret_value(),
    )
    try:
        yield _furnish(settings, doors, clock, database, generator)
    finally:
        await generator.close()
        await database.close()


def _furnish(
    settings: Settings,
    doors: Doors,
    clock: Callable[[], datetime],
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
    journal = Journal(tasks)
    references = References(
        journal=journal,
        people=people,
        pictures=pictures,
        generator=generator,
        doors=doors,
        clock=clock,
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
    pipeline = Pipeline(
        store=tasks,
        journal=journal,
        references=references,
        drawing=drawing,
        people=people,
        patience=settings.patience,
        clock=clock,
        wake=alarm.ring,
    )
    preferences, speech = PreferenceStore(database), Speech(PreferenceStore(database))
    ordering = Ordering(
        pipeline=pipeline,
        preferences=preferences,
        presets=PRESETS,
        clock=clock,
        slow_after=timedelta(seconds=settings.task_slow_seconds),
    )
    waiting = Waiting(journal=journal, history=tasks, clock=clock, wake=alarm.ring)
    membership = Membership(chats=chats, clock=clock)
    offers = Offers(waiting=waiting, chats=chats, speech=speech)
    asking = Asking(
        ordering=ordering,
        history=tasks,
        inquiries=Inquiries(questions=QuestionStore(database), clock=clock),
        speech=speech,
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
            "help": helping.on_link,
            "settings": settling.on_link,
            "style": StyleLinks(speech, PRESETS).on_link,
            "privacy": privacy.on_privacy_link,
            "forget": privacy.on_forget_link,
        },
    )
    telegram.add_handlers(
        application,
        [membership, commands, helping, settling, privacy, offers, asking, StrangePresses()],
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
        inbox=Inbox(UpdateStore(database), application, clock, speech=speech),
        worker=Worker(pipeline, tasks, alarm, clock),
        retention=Retention(
            database=database,
            pictures=pictures,
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
        ),
    )
