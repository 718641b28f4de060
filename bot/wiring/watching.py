"""Those who watch over the bot while it runs, put together."""

from functools import partial

from bot.access import SwitchStore
from bot.storage.alarms import AlarmStore
from bot.storage.ledger import Ledger
from bot.storage.room import DiskRoom
from bot.storage.statistics import StatisticsStore
from bot.telegram.application import AnyApplication
from bot.telegram.bell import OperatorsBell, hook_of
from bot.telegram.examination import call
from bot.telegram.inbox import Inbox
from bot.telegram.speech import Speech
from bot.watching import Watch
from bot.watchman import Limits, Watchman
from bot.wiring.means import Means


def watch_over(means: Means, application: AnyApplication, inbox: Inbox) -> Watch:
    return Watch(
        statistics=StatisticsStore(means.database),
        books=Ledger(means.database),
        disk=DiskRoom(means.database, means.settings.folder),
        balance=means.generator.balance,
        call=partial(call, application.bot),
        put_off=lambda: inbox.put_off,
        clock=means.clock,
    )


def watchman_of(
    means: Means, watch: Watch, application: AnyApplication, switches: SwitchStore, speech: Speech
) -> Watchman:
    operators = means.settings.admin_ids
    return Watchman(
        limits=Limits(credits=means.settings.kie_credits_low),
        statistics=watch.statistics,
        look=watch.look,
        balance=means.generator.balance,
        hook=partial(hook_of, application.bot),
        switches=switches,
        alarms=AlarmStore(means.database),
        bell=OperatorsBell(bot=application.bot, operators=operators, speech=speech),
        clock=means.clock,
        every=means.rounds,
    )
