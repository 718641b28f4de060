"""Everything that is on disk, each with its subject."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.settings import Settings
from bot.storage.alarms import AlarmStore
from bot.storage.albums import AlbumStore
from bot.storage.asked import AskedStore
from bot.storage.bookkeeping import BookkeepingStore
from bot.storage.broadcasts import BroadcastStore
from bot.storage.chats import ChatStore
from bot.storage.database import Database
from bot.storage.dossiers import DossierStore
from bot.storage.favourites import FavouriteStore
from bot.storage.forgetting import PersonalMemory
from bot.storage.gallery import GalleryStore
from bot.storage.group_rules import GroupRulesStore
from bot.storage.ledger import Ledger
from bot.storage.line import LineStore
from bot.storage.notices import NoticeStore
from bot.storage.pictures import PictureStore, open_store
from bot.storage.preferences import PreferenceStore
from bot.storage.proofs import ProofStore
from bot.storage.purchases import PurchaseStore
from bot.storage.questions import QuestionStore
from bot.storage.retention import Retention
from bot.storage.room import DiskRoom
from bot.storage.standings import StandingStore, SwitchStore
from bot.storage.statistics import StatisticsStore
from bot.storage.sweeping import SweepStore
from bot.storage.taps import TapStore
from bot.storage.tasks import TaskStore
from bot.storage.told import ToldStore
from bot.storage.updates import UpdateStore
from bot.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    tasks: TaskStore
    chats: ChatStore
    pictures: PictureStore
    updates: UpdateStore
    albums: AlbumStore
    questions: QuestionStore
    preferences: PreferenceStore
    favourites: FavouriteStore
    gallery: GalleryStore
    memory: PersonalMemory
    line: LineStore
    books: Ledger
    bookkeeping: BookkeepingStore
    purchases: PurchaseStore
    standings: StandingStore
    switches: SwitchStore
    groups: GroupRulesStore
    told: ToldStore
    taps: TapStore
    asked: AskedStore
    proofs: ProofStore
    notices: NoticeStore
    statistics: StatisticsStore
    dossiers: DossierStore
    broadcasts: BroadcastStore
    alarms: AlarmStore
    room: DiskRoom
    retention: Retention
    sweeping: SweepStore


def open_stores(
    settings: Settings,
    database: Database,
    clock: Callable[[], datetime],
    changed: Callable[[Task], None],
) -> Stores:
    """`changed` hears of every task that was saved."""
    pictures = PictureStore(
        open_store(settings.pictures_url, settings.pictures_access),
        generator=urlsplit(settings.nano_banana_api_url).hostname,
    )
    return Stores(
        tasks=TaskStore(database, clock, changed=changed),
        chats=ChatStore(database),
        pictures=pictures,
        updates=UpdateStore(database),
        albums=AlbumStore(database),
        questions=QuestionStore(database),
        preferences=PreferenceStore(database),
        favourites=FavouriteStore(database),
        gallery=GalleryStore(database),
        memory=PersonalMemory(database, pictures),
        line=LineStore(database),
        books=Ledger(database),
        bookkeeping=BookkeepingStore(database),
        purchases=PurchaseStore(database),
        standings=StandingStore(database),
        switches=SwitchStore(database),
        groups=GroupRulesStore(database),
        told=ToldStore(database),
        taps=TapStore(database),
        asked=AskedStore(database),
        proofs=ProofStore(database),
        notices=NoticeStore(database),
        statistics=StatisticsStore(database),
        dossiers=DossierStore(database),
        broadcasts=BroadcastStore(database),
        alarms=AlarmStore(database),
        room=DiskRoom(database, settings.folder),
        retention=Retention(
            database=database,
            pictures=pictures,
            files_kept=settings.files_kept,
            history_kept=settings.history_kept,
        ),
        sweeping=SweepStore(database),
    )
