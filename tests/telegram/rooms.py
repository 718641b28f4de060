"""Rooms of the conversation on a real database, in front of a pipeline that only takes notes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.ordering import Ordering
from bot.presets import PRESETS
from bot.storage.preferences import PreferenceStore
from bot.storage.questions import QuestionStore
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.telegram.asking import Asking
from bot.telegram.inquiries import Inquiries
from bot.telegram.speech import Speech


def speech_on(database: SQLite) -> Speech:
    return Speech(PreferenceStore(database))


def asking_room(database: SQLite, pipeline: Any, clock: Callable[[], datetime]) -> Asking:
    preferences = PreferenceStore(database)
    return Asking(
        ordering=Ordering(
            pipeline=pipeline,
            preferences=preferences,
            presets=PRESETS,
            clock=clock,
            slow_after=timedelta(seconds=180),
        ),
        history=TaskStore(database),
        inquiries=Inquiries(questions=QuestionStore(database), clock=clock),
        speech=Speech(preferences),
    )
