"""What was opened for the house, and how it is to behave."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.nanobanana.client import NanoBanana
from bot.nanobanana.posting import Poster
from bot.neighbours import Doors
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.engines import Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    settings: Settings
    doors: Doors
    clock: Callable[[], datetime]
    album_pause: timedelta
    rounds: timedelta
    database: Database
    keep: Keep
    generator: NanoBanana
    poster: Poster
