"""Rooms of the conversation on a real database, in front of a pipeline that only takes notes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.ordering import Ordering
from bot.presets import PRESETS
from bot.storage.preferences import PreferenceStore
from bot.storage.questions import QuestionStore
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.telegram.asking import Asking
from bot.telegram.choosing import Choosing
from bot.telegram.confirming import Confirming
from bot.telegram.inquiries import Inquiries
from bot.telegram.speech import Speech


def speech_on(database: SQLite) -> Speech:
    return Speech(PreferenceStore(database))


def asking_room(database: SQLite, pipeline: Any, clock: Callable[[], datetime]) -> Asking:
    preferences = PreferenceStore(database)
    ordering = Ordering(
        pipeline=pipeline,
        preferences=preferences,
        presets=PRESETS,
        clock=clock,
    )
    inquiries = Inquiries(questions=QuestionStore(database), clock=clock)
    shared: dict[str, Any] = {"inquiries": inquiries, "speech": Speech(preferences)}
    return Asking(
        history=TaskStore(database),
        confirming=Confirming(ordering=ordering, **shared),
        choosing=Choosing(ordering=ordering, **shared),
        **shared,
    )
