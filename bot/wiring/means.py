"""What the house is built with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.nanobanana.client import NanoBanana
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors
from bot.settings import Settings
from bot.storage.engines import Keep
from bot.telegram.actions import Actions
from bot.telegram.application import AnyApplication
from bot.wiring.programs import News
from bot.wiring.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`album_pause` and `rounds` say how patient it is with albums, and how often the watchman
    goes round.
    """

    settings: Settings
    doors: Doors
    clock: Callable[[], datetime]
    album_pause: timedelta
    rounds: timedelta
    keep: Keep
    stores: Stores
    news: News
    generator: NanoBanana
    poster: Poster
    telegram_web: str | None
    application: AnyApplication
    actions: Actions
