"""The rooms of the conversation put together, in the order in which they are asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.albums import Albums
from bot.credits import Books
from bot.discarding import Discarding
from bot.favourites import Favourites
from bot.forgetting import Memory
from bot.gallery import GalleryStore
from bot.journal import Journal
from bot.neighbours import Chats, History, People, Pictures, Store
from bot.ordering import Ordering
from bot.preferences import PreferenceStore
from bot.questions import Questions
from bot.shop import Purchases, Shop
from bot.telegram.album_wishes import AlbumWishes
from bot.telegram.albums import Collecting
from bot.telegram.application import AnyApplication, Room, add_handlers
from bot.telegram.asking import Asking
from bot.telegram.balance import Balance
from bot.telegram.batches import Batches
from bot.telegram.broadcasting import Broadcasting
from bot.telegram.browsing import Browsing
from bot.telegram.cancelling import Cancelling
from bot.telegram.changing import Changing
from bot.telegram.choosing import Choosing
from bot.telegram.commands import Commands
from bot.telegram.confirming import Confirming
from bot.telegram.deleting import Deleting
from bot.telegram.desk_rooms import DeskNeeds, desk_rooms
from bot.telegram.details import Details
from bot.telegram.favouriting import Favouriting
from bot.telegram.greeting import Greeted, Greeting
from bot.telegram.group_desk import GroupDesk
from bot.telegram.guests import Guests
from bot.telegram.help import HelpRoom
from bot.telegram.inline import Inline
from bot.telegram.inquiries import Inquiries
from bot.telegram.membership import Membership
from bot.telegram.objections import Objections, Told
from bot.telegram.offers import Offers
from bot.telegram.originals import Originals
from bot.telegram.panels import Panels
from bot.telegram.placeholders import Placeholders
from bot.telegram.presses import StrangePresses, Taps, TapStore
from bot.telegram.privacy import PrivacyRoom
from bot.telegram.remaking import Remaking
from bot.telegram.reprints import Reprints
from bot.telegram.results import Results
from bot.telegram.selling import Selling
from bot.telegram.settings import SettingsRoom
from bot.telegram.showing import Showing
from bot.telegram.silence import Silence
from bot.telegram.speech import Speech
from bot.telegram.studio import StudioRoom
from bot.telegram.style_links import StyleLinks
from bot.telegram.styles import Styles
from bot.waiting import Waiting


class Tasks(Store, History, Protocol):
    """Tasks on disk, those that have ended too."""


class Groups(Chats, Greeted, Protocol):
    """Chats on disk, and which of them we have greeted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the rooms need from the rest of the house."""

    ordering: Ordering
    waiting: Waiting
    journal: Journal
    people: People
    pictures: Pictures
    tasks: Tasks
    chats: Groups
    preferences: PreferenceStore
    questions: Questions
    albums: Albums
    favourites: Favourites
    discarding: Discarding
    reprints: Reprints
    gallery: GalleryStore
    memory: Memory
    told: Told
    taps: TapStore
    books: Books
    studio_address: str | None
    shop: Shop
    purchases: Purchases
    desk: DeskNeeds
    files_kept: timedelta
    history_kept: timedelta
    album_pause: timedelta
    album_came: Callable[[str, datetime], None] | None
    broadcast_begun: Callable[[], None] | None
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What others have to do with the rooms: those that run, the languages, and the shop."""

    collecting: Collecting
    broadcasting: Broadcasting
    speech: Speech
    selling: Selling


def furnish(application: AnyApplication, needs: Needs) -> Conversation:
    """Give the application its handlers."""
    speech = Speech(needs.preferences)
    membership = Membership(chats=needs.chats, clock=needs.clock)
    offers = Offers(waiting=needs.waiting, chats=needs.chats, speech=speech)
    inquiries = Inquiries(questions=needs.questions, clock=needs.clock)
    objections = Objections(told=needs.told, clock=needs.clock, selling=needs.shop.is_open)
    placeholders = Placeholders(application.bot)
    confirming = Confirming(
        ordering=needs.ordering, inquiries=inquiries, objections=objections, speech=speech
    )
    choosing = Choosing(
        ordering=needs.ordering, inquiries=inquiries, objections=objections, speech=speech
    )
    styles = Styles(
        ordering=needs.ordering, inquiries=inquiries, objections=objections, speech=speech
    )
    asking = Asking(
        history=needs.tasks,
        confirming=confirming,
        choosing=choosing,
        inquiries=inquiries,
        objections=objections,
        speech=speech,
    )
    cancelling = Cancelling(
        pipeline=needs.ordering.pipeline, tasks=needs.tasks, history=needs.tasks, speech=speech
    )
    access = needs.ordering.access
    results = Results(store=needs.tasks, chats=needs.chats, speech=speech, access=access)
    taps = Taps(needs.clock, needs.taps)
    buttons: list[Room] = [
        Panels(results),
        Remaking(results=results, ordering=needs.ordering, objections=objections),
        Changing(results=results, inquiries=inquiries, objections=objections, taps=taps),
        Originals(results=results, read=needs.pictures.read, kept=needs.files_kept, taps=taps),
        Favouriting(results=results, favourites=needs.favourites, clock=needs.clock),
        Details(results, taps),
        Deleting(results=results, discarding=needs.discarding),
    ]
    album_wishes = AlbumWishes(
        bot=application.bot,
        ordering=needs.ordering,
        confirming=confirming,
        choosing=choosing,
        inquiries=inquiries,
        journal=needs.journal,
        objections=objections,
        speech=speech,
    )
    collecting = Collecting(
        albums=needs.albums,
        wishes=album_wishes,
        asking=asking,
        clock=needs.clock,
        pause=needs.album_pause,
        came=needs.album_came,
    )
    batches = Batches(
        people=needs.people,
        ordering=needs.ordering,
        confirming=confirming,
        asking=asking,
        speech=speech,
    )
    reprints = needs.reprints
    browsing = Browsing(gallery=needs.gallery, reprints=reprints, speech=speech, clock=needs.clock)
    showing = Showing(tasks=needs.tasks, waiting=needs.waiting, reprints=reprints, speech=speech)
    inline = Inline(
        ordering=needs.ordering,
        gallery=needs.gallery,
        history=needs.tasks,
        placeholders=placeholders,
        objections=objections,
        speech=speech,
        clock=needs.clock,
    )
    balance = Balance(
        access=needs.ordering.access,
        books=needs.books,
        speech=speech,
        clock=needs.clock,
        selling=needs.shop.is_open,
    )
    selling = Selling(
        shop=needs.shop,
        purchases=needs.purchases,
        access=needs.ordering.access,
        books=needs.books,
        speech=speech,
        taps=taps,
        clock=needs.clock,
    )
    helping = HelpRoom(speech)
    settling = SettingsRoom(store=needs.preferences, speech=speech, clock=needs.clock)
    group_desk = GroupDesk(
        access=access,
        preferences=needs.preferences,
        books=needs.books,
        speech=speech,
        clock=needs.clock,
    )
    privacy = PrivacyRoom(
        memory=needs.memory,
        speech=speech,
        files_kept=needs.files_kept,
        history_kept=needs.history_kept,
        clock=needs.clock,
    )
    broadcasting = Broadcasting(
        bot=application.bot,
        broadcasts=needs.desk.broadcasts,
        speech=speech,
        came=needs.broadcast_begun,
    )
    desk = desk_rooms(
        needs.desk,
        ordering=needs.ordering,
        tasks=needs.tasks,
        chats=needs.chats,
        books=needs.books,
        showing=showing,
        broadcasting=broadcasting,
        speech=speech,
    )
    greeting = Greeting(groups=needs.chats, speech=speech, clock=needs.clock)
    studio = StudioRoom(speech, needs.studio_address)
    commands = Commands(
        speech,
        studio=needs.studio_address,
        links={
            "show": showing.from_link,
            "studio": studio.on_link,
            "help": helping.on_link,
            "settings": settling.on_link,
            "balance": balance.on_link,
            "buy": selling.buying.on_link,
            "payments": selling.payments.on_link,
            "style": StyleLinks(speech, needs.ordering.presets).on_link,
            "privacy": privacy.on_privacy_link,
            "forget": privacy.on_forget_link,
        },
    )
    add_handlers(
        application,
        [
            *(membership, browsing, showing, inline),
            Guests(
                ordering=needs.ordering,
                history=needs.tasks,
                placeholders=placeholders,
                objections=objections,
                speech=speech,
            ),
            *(
                commands,
                studio,
                helping,
                settling,
                group_desk,
                balance,
                privacy,
                offers,
                cancelling,
            ),
            *selling.rooms(),
            *desk,
            *buttons,
            *(batches, collecting, styles, confirming, choosing),
            *(asking, StrangePresses()),
        ],
        first=[membership, Silence(access)],
        last=[offers, greeting],
    )
    return Conversation(
        collecting=collecting, broadcasting=broadcasting, speech=speech, selling=selling
    )
