"""Those who watch over the bot while it runs, put together."""

from functools import partial

from bot.access import SwitchStore
from bot.telegram.bell import OperatorsBell, hook_of
from bot.telegram.examination import call
from bot.telegram.inbox import Inbox
from bot.telegram.speech import Speech
from bot.watching import Watch
from bot.watchman import Limits, Watchman
from bot.wiring.means import Means


def watch_over(means: Means, inbox: Inbox) -> Watch:
    return Watch(
        statistics=means.stores.statistics,
        books=means.stores.books,
        disk=means.stores.room,
        balance=means.generator.balance,
        call=partial(call, means.application.bot),
        put_off=lambda: inbox.put_off,
        clock=means.clock,
    )


def watchman_of(means: Means, watch: Watch, switches: SwitchStore, speech: Speech) -> Watchman:
    bot, operators = means.application.bot, means.settings.admin_ids
    return Watchman(
        limits=Limits(credits=means.settings.kie_credits_low),
        statistics=watch.statistics,
        look=watch.look,
        balance=means.generator.balance,
        hook=partial(hook_of, bot),
        switches=switches,
        alarms=means.stores.alarms,
        bell=OperatorsBell(bot=bot, operators=operators, speech=speech),
        clock=means.clock,
        every=means.tempo.rounds,
    )
