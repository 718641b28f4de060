"""The bot, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.changes import Hearsay
from bot.line import Line
from bot.nanobanana.client import NanoBanana
from bot.neighbours import Pictures
from bot.notices import Notifying
from bot.pipeline import Pipeline
from bot.settings import Settings
from bot.storage.engines import Keep
from bot.storage.retention import Retention
from bot.storage.sweeping import SweepStore
from bot.telegram import application as telegram
from bot.telegram.albums import Collecting
from bot.telegram.broadcasting import Broadcasting
from bot.telegram.inbox import Inbox
from bot.telegram.reconciling import Reconciling
from bot.watching import Watch
from bot.watchman import Watchman
from bot.wiring.means import Tempo
from bot.wiring.programs import Programs
from bot.worker import Worker

if TYPE_CHECKING:
    from bot.wiring.fleet import Joined


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
