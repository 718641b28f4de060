"""Whether the attempt to bring a task is noted together with its last picture."""

from dataclasses import replace

import pytest

from bot.attempts import Attempts
from bot.errors import Reason
from bot.life import PictureState, TaskEvent, TaskState
from bot.task import Task
from tests.stage import a_task

STORED, FAILED, ON_ITS_WAY = PictureState.STORED, PictureState.FAILED, PictureState.GENERATED


def a_task_with(*states: PictureState, **changes) -> Task:
    task = a_task(len(states))
    pictures = [replace(one, state=to) for one, to in zip(task.pictures, states, strict=True)]
    return replace(task, pictures=tuple(pictures), **{"state": TaskState.WORKING} | changes)


@pytest.mark.parametrize(
    ("task", "sends"),
    [
        (a_task_with(STORED), 1),
        (a_task_with(STORED, STORED), 1),
        (a_task_with(STORED, FAILED), 1),
        # An album of it was sent before, and may have been twice.
        (a_task_with(STORED, sends=2), 3),
        (a_task_with(STORED, ON_ITS_WAY), 0),
        (a_task_with(FAILED), 0),
        (a_task_with(STORED, cancelled="press"), 0),
        (a_task_with(STORED, state=TaskState.DELIVERED), 0),
    ],
)
def test_it_is_where_it_follows_at_once(task: Task, sends: int) -> None:
    attempts = Attempts()
    written = attempts.ahead(task)
    assert written.sends == sends
    attempts.remember(written)
    assert attempts.noted(written) is (sends > 0)


def test_it_is_made_once() -> None:
    attempts = Attempts()
    written = attempts.ahead(a_task_with(STORED))
    attempts.remember(written)
    assert attempts.noted(written)
    assert not attempts.noted(written)


def test_what_others_have_tried_meanwhile_counts() -> None:
    attempts = Attempts()
    written = attempts.ahead(a_task_with(STORED))
    attempts.remember(written)
    assert not attempts.noted(replace(written, sends=2))


def test_what_was_brought_and_is_asked_for_again_is_another_attempt() -> None:
    attempts = Attempts()
    written = attempts.ahead(a_task_with(STORED))
    attempts.remember(written)
    ended = written.move(TaskEvent.REPORT, reason=Reason.UNDELIVERABLE)
    revived = ended.move(TaskEvent.REVIVE, reason=None, sends=0)
    assert not attempts.noted(revived)
