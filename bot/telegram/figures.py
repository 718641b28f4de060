"""Numbers, times and amounts as a language writes them (CLDR, through Babel).

Each function takes the texts of a language, like the words it goes into.
"""

import math
from datetime import UTC, datetime, timedelta

from babel import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent

from bot.telegram.texts import Texts, language_of

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def number(t: Texts, value: float) -> str:
    return format_decimal(value, locale=language_of(t))


def percent(t: Texts, part: float, whole: float) -> str:
    """A share of something; of nothing it is none."""
    return format_percent(part / whole if whole else 0, locale=language_of(t))


def moment(t: Texts, when: datetime) -> str:
    """A date and the time of day. Telegram does not say where people are, so it is UTC."""
    language, there = language_of(t), when.astimezone(UTC)
    day, time = (format_skeleton(one, there, locale=language) for one in ("yMMMd", "Hm"))
    return f"{day} {time} UTC"


def duration(t: Texts, length: timedelta) -> str:
    """In one unit, the largest that says it well: `47 seconds`, `2 minutes`, `36 hours`."""
    seconds = length.total_seconds()
    unit = next((name for name, size in _UNITS if seconds >= 1.5 * size), "second")
    return in_units(t, length, unit)


def hours_or_days(t: Texts, length: timedelta) -> str:
    """A time limit, as its owner would say it: `24 hours`, `36 hours`, `30 days`."""
    whole_days = length >= timedelta(days=2) and length % timedelta(days=1) == timedelta()
    if length < timedelta(hours=1):
        return in_units(t, length, "minute")
    return in_units(t, length, "day" if whole_days else "hour")


def in_units(t: Texts, length: timedelta, unit: str) -> str:
    # A threshold nothing reaches keeps Babel from choosing a larger unit.
    return format_timedelta(
        length,
        granularity=unit,  # type: ignore[arg-type] # a name from above
        threshold=math.inf,
        locale=language_of(t),
    )


def credits(t: Texts, amount: float) -> str:  # noqa: A001 - what it says
    # Which form follows 1.5 no gettext knows; the one for many is right more often.
    count = int(amount) if amount == int(amount) else 2
    return t.ngettext("{count} credit", "{count} credits", count).format(count=number(t, amount))


def language_name(language: str) -> str:
    """A language of ours in its own words: `English`, `简体中文`."""
    locale = Locale.parse(language)
    scripted = f"{locale.language}_{locale.script}"
    name = locale.languages.get(scripted) or locale.languages.get(locale.language) or language
    return str(name)
