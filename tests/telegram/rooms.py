"""Rooms of the conversation on a real database, in front of a pipeline that only takes notes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.access import Access, Terms
from bot.ordering import Ordering
from bot.presets import PRESETS
from bot.storage.group_rules import GroupRulesStore
from bot.storage.preferences import PreferenceStore
from bot.storage.questions import QuestionStore
from bot.storage.sqlite import SQLite
from bot.storage.standings import StandingStore, SwitchStore
from bot.storage.tasks import TaskStore
from bot.storage.told import ToldStore
from bot.telegram.asking import Asking
from bot.telegram.choosing import Choosing
from bot.telegram.confirming import Confirming
from bot.telegram.inquiries import Inquiries
from bot.telegram.objections import Objections
from bot.telegram.speech import Speech


class Equals:
    """Groups without an admin."""

    async def decides(self, _chat: int, _person: int) -> bool:
        return False


def speech_on(database: SQLite) -> Speech:
    return Speech(PreferenceStore(database))


def access_on(
    database: SQLite, clock: Callable[[], datetime], terms: Terms | None = None
) -> Access:
    """An open house in which nobody pays, unless `terms` say otherwise."""
    return Access(
        terms=terms or Terms(),
        standings=StandingStore(database),
        switches=SwitchStore(database),
        groups=GroupRulesStore(database),
        members=Equals(),
        requests=TaskStore(database),
        clock=clock,
    )


def asking_room(database: SQLite, pipeline: Any, clock: Callable[[], datetime]) -> Asking:
    preferences = PreferenceStore(database)
    ordering = Ordering(
        pipeline=pipeline,
        preferences=preferences,
        presets=PRESETS,
        access=access_on(database, clock),
        history=TaskStore(database),
        clock=clock,
    )
    inquiries = Inquiries(questions=QuestionStore(database), clock=clock)
    shared: dict[str, Any] = {
        "inquiries": inquiries,
        "objections": Objections(told=ToldStore(database), clock=clock),
        "speech": Speech(preferences),
    }
    return Asking(
        history=TaskStore(database),
        confirming=Confirming(ordering=ordering, **shared),
        choosing=Choosing(ordering=ordering, **shared),
        **shared,
    )
