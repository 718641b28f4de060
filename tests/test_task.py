"""The tables of what may happen to a task, and what follows from a move."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Reason
from bot.life import (
    PICTURE_MOVES,
    TASK_MOVES,
    OddMove,
    PictureEvent,
    PictureState,
    TaskEvent,
    TaskState,
)
from bot.task import ELSEWHERE, Picture, StoredFile, Task, new_task
from tests.stage import ORIGIN, START, a_task, an_order

SOON = START + timedelta(seconds=10)
LATER = START + timedelta(seconds=60)
IN_PICTURES = [
    pytest.param(s, e, PICTURE_MOVES[s][e], id=f"{s} {e}")
    for s, e in product(PictureState, PictureEvent)
    if e in PICTURE_MOVES[s]
]
NOT_IN_PICTURES = [
    pytest.param(s, e, id=f"{s} {e}")
    for s, e in product(PictureState, PictureEvent)
    if e not in PICTURE_MOVES[s]
]
IN_TASKS = [
    pytest.param(s, e, TASK_MOVES[s][e], id=f"{s} {e}")
    for s, e in product(TaskState, TaskEvent)
    if e in TASK_MOVES[s]
]
NOT_IN_TASKS = [
    pytest.param(s, e, id=f"{s} {e}")
    for s, e in product(TaskState, TaskEvent)
    if e not in TASK_MOVES[s]
]


def a_picture(state: PictureState = PictureState.CREATED, **fields) -> Picture:
    return Picture(id="p", number=1, state=state, **fields)


def task_of(*states: PictureState, state: TaskState = TaskState.WORKING, **fields) -> Task:
    pictures = tuple(
        Picture(id=f"p{number}", number=number, state=one) for number, one in enumerate(states, 1)
    )
    return replace(a_task(), pictures=pictures, state=state, **fields)


# --- the tables ---------------------------------------------------------------------------


def test_every_state_stands_in_its_table():
    assert set(PICTURE_MOVES) == set(PictureState)
    assert set(TASK_MOVES) == set(TaskState)


def test_every_event_has_its_use():
    assert {event for moves in PICTURE_MOVES.values() for event in moves} == set(PictureEvent)
    assert {event for moves in TASK_MOVES.values() for event in moves} == set(TaskEvent)


@pytest.mark.parametrize("table", [PICTURE_MOVES, TASK_MOVES], ids=["picture", "task"])
def test_every_state_can_be_reached_from_the_first(table):
    first = next(iter(table))
    reached, ahead = {first}, [first]
    while ahead:
        found = set(table[ahead.pop()].values()) - reached
        reached |= found
        ahead += found
    assert reached == set(table)


@pytest.mark.parametrize("state", [s for s in PictureState if s is not PictureState.FAILED])
def test_a_picture_can_fail_in_every_state(state):
    assert PICTURE_MOVES[state][PictureEvent.FAIL] is PictureState.FAILED


@pytest.mark.parametrize(("state", "event", "ahead"), IN_PICTURES)
def test_a_picture_moves_as_its_table_says(state, event, ahead):
    moved = a_picture(state).move(event, tries=3)
    assert moved == a_picture(ahead, tries=3)


@pytest.mark.parametrize(("state", "event"), NOT_IN_PICTURES)
def test_a_picture_makes_no_other_move(state, event):
    with pytest.raises(OddMove, match=f"picture p: {event} while {state}"):
        a_picture(state).move(event)


@pytest.mark.parametrize(("state", "event", "ahead"), IN_TASKS)
def test_a_task_moves_as_its_table_says(state, event, ahead):
    task = replace(a_task(), state=state)
    assert task.move(event, tries=3) == replace(task, state=ahead, tries=3)


@pytest.mark.parametrize(("state", "event"), NOT_IN_TASKS)
def test_a_task_makes_no_other_move(state, event):
    task = replace(a_task(), state=state)
    with pytest.raises(OddMove, match=f"task {task.id}: {event} while {state}"):
        task.move(event)


def test_the_only_way_back_from_the_ends_is_to_come_late():
    assert set(PICTURE_MOVES[PictureState.FAILED]) == {PictureEvent.COME_LATE}
    assert set(TASK_MOVES[TaskState.DELIVERED]) == {TaskEvent.REVIVE}
    assert set(TASK_MOVES[TaskState.REPORTED]) == {TaskEvent.REVIVE}


# --- a new task ---------------------------------------------------------------------------


def test_a_task_that_goes_on_elsewhere_takes_no_numbers_along_and_gets_a_card_there():
    task = replace(a_task(count=2), card=8)
    first, second = task.pictures
    there = replace(task, pictures=(replace(first, message=7), second)).elsewhere(-1_000_200)
    assert (there.origin.chat, there.origin.message, there.origin.topic) == (-1_000_200, 0, None)
    assert [one.message for one in there.pictures] == [ELSEWHERE, None]
    assert (there.card, there.card_at) == (None, task.card_at)


def test_a_new_task_has_a_picture_for_each_that_was_ordered():
    task = a_task(4, sources=("file-a", "file-b"))
    assert [picture.number for picture in task.pictures] == [1, 2, 3, 4]
    assert len({picture.id for picture in task.pictures}) == 4
    assert all(picture.queued for picture in task.pictures)
    assert [reference.source for reference in task.references] == ["file-a", "file-b"]
    assert task.next_due == START


def test_no_two_tasks_share_an_id():
    assert len({a_task().id for _ in range(50)}) == 50


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        new_task(key="k", origin=ORIGIN, order=an_order(), now=START.replace(tzinfo=None))


# --- what follows from a picture's move ---------------------------------------------------


@pytest.mark.parametrize("state", PictureState)
def test_the_first_picture_on_its_way_starts_the_task(state):
    task = a_task(2)
    moved = task.with_picture(replace(task.pictures[1], state=state))
    started = state is not PictureState.CREATED
    assert moved.state is (TaskState.WORKING if started else TaskState.CREATED)
    assert moved.pictures == (task.pictures[0], replace(task.pictures[1], state=state))


@pytest.mark.parametrize("end", [TaskState.DELIVERED, TaskState.REPORTED])
def test_a_picture_that_comes_late_revives_its_task(end):
    task = task_of(PictureState.FAILED, state=end, reason=Reason.TIMEOUT, tries=2)
    late = task.pictures[0].move(PictureEvent.COME_LATE)
    revived = task.with_picture(late)
    assert (revived.state, revived.reason, revived.tries) == (TaskState.WORKING, None, 0)
    assert not revived.settled


@pytest.mark.parametrize("end", [TaskState.DELIVERED, TaskState.REPORTED])
def test_a_note_on_a_picture_revives_nothing(end):
    task = task_of(PictureState.FAILED, state=end, reason=Reason.TIMEOUT)
    noted = task.with_picture(replace(task.pictures[0], heard=True))
    assert (noted.state, noted.reason) == (end, Reason.TIMEOUT)


def test_a_picture_is_deliverable_once():
    file = StoredFile(name="f.png", media_type="image/png", size=1, width=1, height=1)
    stored = a_picture(PictureState.STORED, file=file)
    assert stored.deliverable
    assert not replace(stored, message=5).deliverable
    assert not replace(stored, state=PictureState.FAILED).deliverable


@pytest.mark.parametrize("state", PictureState)
def test_a_task_is_settled_when_all_its_pictures_have_ended(state):
    ended = state in (PictureState.STORED, PictureState.FAILED)
    assert a_picture(state).ended is ended
    assert task_of(PictureState.STORED, state).settled is ended


def test_a_picture_is_found_by_its_id():
    task = a_task(3)
    assert task.picture(task.pictures[2].id) is task.pictures[2]


# --- when it is due -----------------------------------------------------------------------

WAY, DONE = PictureState.SUBMITTED, PictureState.STORED
ENDED = TaskState.DELIVERED


@pytest.mark.parametrize(
    ("state", "fields", "picture", "due"),
    [
        # On its way: the picture's own time, or that of its card.
        (TaskState.WORKING, {"card_at": None}, (WAY, LATER), LATER),
        (TaskState.WORKING, {"card_at": SOON}, (WAY, LATER), SOON),
        (TaskState.WORKING, {"card_at": LATER}, (WAY, SOON), SOON),
        (TaskState.WORKING, {"card": 1, "card_at": None}, (WAY, LATER), LATER),
        # Cancelled: its card is closed once, and never looked after again.
        (TaskState.WORKING, {"cancelled": "ann", "card_at": SOON}, (WAY, LATER), LATER),
        (TaskState.WORKING, {"cancelled": "ann", "card": 1, "due_at": SOON}, (WAY, LATER), SOON),
        # All pictures have ended: the task's own time. Its card only has to go.
        (TaskState.WORKING, {"due_at": SOON}, (DONE, None), SOON),
        (TaskState.WORKING, {"due_at": LATER, "card_at": SOON}, (DONE, None), LATER),
        (TaskState.WORKING, {"due_at": LATER}, (PictureState.FAILED, SOON), SOON),
        # Ended: while a card is to be taken away, or a given-up job to be looked at.
        (ENDED, {"due_at": SOON}, (DONE, None), None),
        (ENDED, {"due_at": SOON, "card": 1}, (DONE, None), SOON),
        (ENDED, {"due_at": SOON}, (PictureState.FAILED, LATER), LATER),
        (ENDED, {"due_at": SOON, "card_at": SOON}, (DONE, None), None),
    ],
)
def test_a_task_is_due_when_something_is_to_be_done(state, fields, picture, due):
    task = task_of(picture[0], state=state, **fields)
    task = replace(task, pictures=(replace(task.pictures[0], due_at=picture[1]),))
    assert task.next_due == due


@pytest.mark.parametrize(
    ("state", "pictures", "status"),
    [
        (TaskState.CREATED, (PictureState.CREATED,), "pending"),
        (TaskState.WORKING, (PictureState.CREATED,), "pending"),
        (TaskState.WORKING, (PictureState.CREATED, PictureState.SUBMITTING), "processing"),
        (TaskState.WORKING, (PictureState.STORED, PictureState.FAILED), "processing"),
        (TaskState.DELIVERED, (PictureState.STORED,), "completed"),
        (TaskState.REPORTED, (PictureState.FAILED,), "failed"),
    ],
)
def test_the_status_is_in_the_words_of_the_api(state, pictures, status):
    assert task_of(*pictures, state=state).status == status


# --- any sequence of events ---------------------------------------------------------------

MOVES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([*PictureEvent, *TaskEvent])), max_size=40
)


@settings(deadline=None)
@given(moves=MOVES)
def test_no_sequence_of_events_leads_anywhere_odd(moves):
    task = a_task(3)
    ids = [picture.id for picture in task.pictures]
    for index, event in moves:
        before = task
        try:
            if isinstance(event, TaskEvent):
                # The pipeline ends a task only when its pictures have ended.
                if event in (TaskEvent.DELIVER, TaskEvent.REPORT) and not task.settled:
                    continue
                if event in (TaskEvent.START, TaskEvent.REVIVE):
                    continue
                task = task.move(event)
            else:
                task = task.with_picture(task.pictures[index].move(event))
        except OddMove:
            assert task is before
        assert [picture.id for picture in task.pictures] == ids
        if task.ended:
            assert task.settled
        if task.state is TaskState.CREATED:
            assert all(one.state is PictureState.CREATED for one in task.pictures)
        if any(one.state is PictureState.GENERATED for one in task.pictures):
            assert task.state is TaskState.WORKING
        if before.state is not TaskState.CREATED:
            assert task.state is not TaskState.CREATED
