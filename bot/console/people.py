"""A person on paper and as plain values."""

from dataclasses import asdict
from typing import Any

from bot.console import lives, pages
from bot.storage.reports import Person, Portrait
from bot.task import Task

COLUMNS = ("person", "requests", "pictures", "failed", "first seen", "last seen")


def values(person: Person) -> dict[str, Any]:
    told = asdict(person)
    return told | {name: told[name].isoformat() for name in ("first_at", "last_at")}


def row(person: Person) -> tuple[object, ...]:
    return (
        person.person,
        person.tasks,
        person.pictures,
        person.failed,
        person.first_at,
        person.last_at,
    )


def portrait_values(number: int, portrait: Portrait, latest: list[Task]) -> dict[str, Any]:
    asked = values(portrait.asked) if portrait.asked else {}
    told = asdict(portrait) | {"latest": [lives.values(one) for one in latest]}
    del told["asked"]
    return {"person": number, **asked, **told}


def show(number: int, portrait: Portrait, latest: list[Task]) -> None:
    pages.fact("person", number)
    pages.fact("closed", portrait.closed)
    if portrait.asked:
        pages.fact("requests", _counted(portrait.by_state))
        pages.fact("pictures", portrait.asked.pictures)
        pages.fact("failed", _counted(portrait.by_reason))
        pages.fact("first seen", portrait.asked.first_at)
        pages.fact("last seen", portrait.asked.last_at)
    pages.fact("favourites", portrait.favourites or None)
    pages.fact("credits to keep", portrait.credits or None)
    pages.fact("payments", portrait.payments or None)
    pages.fact("chats", _counted(portrait.chats))
    pages.fact("settings", ", ".join(f"{name} {one}" for name, one in portrait.settings.items()))
    if latest:
        pages.title("latest requests")
        pages.table(lives.COLUMNS, [lives.row(one) for one in latest])


def _counted(counts: dict[Any, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())
