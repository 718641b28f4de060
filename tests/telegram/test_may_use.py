"""Who may go on from a picture, and where."""

from dataclasses import replace

import pytest

from bot.telegram.results import may_use
from tests.telegram.test_words import task_for

ANN, BOB, GROUP, OTHER, MOVED = 5, 6, -100, -200, -300


@pytest.mark.parametrize(
    ("private", "person", "chat", "home", "may"),
    [
        (True, ANN, ANN, ANN, True),
        (True, ANN, GROUP, ANN, True),  # she shows it to others
        (True, BOB, BOB, ANN, False),
        (True, BOB, GROUP, ANN, False),  # where she shows it
        (True, BOB, ANN, ANN, False),
        (False, ANN, GROUP, GROUP, True),
        (False, BOB, GROUP, GROUP, True),
        (False, BOB, OTHER, GROUP, False),
        (False, BOB, BOB, GROUP, False),
        (False, ANN, ANN, GROUP, True),
        (False, BOB, MOVED, MOVED, True),
        (False, BOB, GROUP, MOVED, False),
    ],
)
def test_who_may_use_a_picture(private, person, chat, home, may):
    task = task_for("a fox")
    origin = replace(task.origin, person=ANN, chat=ANN if private else GROUP, private=private)
    task = replace(task, origin=origin)
    assert may_use(task, person=person, chat=chat, home=home) is may
