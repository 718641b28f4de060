"""What the house is built with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.albums import PAUSE
from bot.nanobanana.client import NanoBanana
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors, Wake
from bot.settings import Settings
from bot.storage.engines import Keep
from bot.telegram.application import AnyApplication
from bot.telegram.traffic import TELEGRAMS, Pace
from bot.watchman import EVERY
from bot.wiring.programs import News
from bot.wiring.stores import Stores

if TYPE_CHECKING:
    # Not even loaded where there is one process.
    from bot.fleet.errands import Rhythm
    from bot.wiring.fleet import Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Whom to tell that something is to be done, where any of many processes may do it: for a
    task, a queue of the inbox, an album at a moment, a person who waits for notices, and for the
    line and the broadcasts as a whole.
    """

    task: Wake
    inbox: Callable[[str], None]
    album: Callable[[str, datetime], None]
    notices: Callable[[int], None]
    line: Callable[[], None]
    broadcast: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How patient it is with albums, how often the watchman goes round, how much Telegram takes,
    and how often the processes of a fleet look at each other.
    """

    album_pause: timedelta = PAUSE
    rounds: timedelta = EVERY
    pace: Pace = TELEGRAMS
    rhythm: "Rhythm | None" = None


USUAL = Tempo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    settings: Settings
    doors: Doors
    clock: Callable[[], datetime]
    tempo: Tempo
    keep: Keep
    joined: "Joined | None"
    stores: Stores
    news: News
    generator: NanoBanana
    poster: Poster
    telegram_web: str | None
    application: AnyApplication

    @property
    def calls(self) -> Calls | None:
        return self.joined.calls if self.joined else None
