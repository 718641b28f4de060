"""The rooms of the house and what each of them needs, put together."""

from functools import partial

from bot.access import Access
from bot.discarding import Discarding
from bot.notices import Notifying, Seals
from bot.ordering import Ordering
from bot.telegram.admins import Admins
from bot.telegram.buying import shop_address
from bot.telegram.conversation import Conversation, Needs, furnish
from bot.telegram.desk_rooms import DeskNeeds
from bot.telegram.inbox import Inbox
from bot.telegram.reprints import Reprints
from bot.telegram.sharing import Sharing
from bot.telegram.urgent import Urgent
from bot.telegram.withdrawing import withdraw
from bot.waiting import Waiting
from bot.wiring.house import House
from bot.wiring.machine import Machine, assemble
from bot.wiring.means import Means
from bot.wiring.programs import Programs
from bot.wiring.watching import watch_over, watchman_of


def furnished(means: Means) -> House:
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
        shop_address=partial(shop_address, bot, needs.shop),
        people=needs.people,
        memory=stores.memory,
        proofs=stores.proofs,
        books=stores.books,
        hub=means.news.hub,
        seals=Seals(means.settings.telegram_bot_token.get_secret_value()),
        poster=means.poster,
    )
