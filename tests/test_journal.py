"""Compare and set: whoever loses the race reads again."""

from dataclasses import replace

import pytest

from bot.journal import Journal
from bot.life import OddMove, PictureEvent, PictureState, TaskState
from bot.task import Task
from tests.fakes import MemoryStore
from tests.stage import a_task


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def heard(task: Task) -> Task:
    """What somebody else writes meanwhile: the generator called about the first picture."""
    return task.with_picture(replace(task.pictures[0], heard=True))


def submitted(task: Task) -> Task:
    moved = task.pictures[0].move(PictureEvent.ACCEPT, job="theirs")
    return task.with_picture(moved)


async def test_a_change_lands_on_top_of_one_that_was_quicker(store):
    task = await store.add(a_task())
    store.intruders += [heard, lambda fresh: replace(fresh, sends=7)]
    changed = await Journal(store).change(task.id, lambda fresh: replace(fresh, card=5))
    assert (changed.card, changed.sends, changed.pictures[0].heard) == (5, 7, True)
    assert store.tasks[task.id] == changed
    assert (changed.version, store.refused) == (3, 2)


async def test_a_change_to_a_task_that_is_gone_is_an_odd_move(store):
    with pytest.raises(OddMove, match="gone"):
        await Journal(store).change("nobody", lambda fresh: fresh)


async def test_a_move_keeps_what_others_have_noted(store):
    task = await store.add(a_task(2))
    store.intruders.append(heard)
    journal = Journal(store)
    moved = await journal.move(task, task.pictures[0], PictureEvent.SUBMIT, submissions=1)
    moved = moved.pictures[0]
    assert (moved.state, moved.heard) == (PictureState.SUBMITTING, True)
    saved = store.tasks[task.id]
    assert saved.state is TaskState.WORKING
    assert saved.pictures == (moved, task.pictures[1])


async def test_a_move_that_is_no_longer_possible_is_odd_and_changes_nothing(store):
    task = await store.add(a_task())
    store.intruders.append(submitted)
    with pytest.raises(OddMove):
        await Journal(store).move(task, task.pictures[0], PictureEvent.SUBMIT)
    assert store.tasks[task.id].pictures[0].job == "theirs"


async def test_a_move_is_judged_by_what_is_written_not_by_what_we_have_read(store):
    task = await store.add(a_task())
    journal = Journal(store)
    (picture,) = (await journal.move(task, task.pictures[0], PictureEvent.SUBMIT)).pictures
    (moved,) = (await journal.move(task, picture, PictureEvent.TURN_AWAY, tries=1)).pictures
    assert (moved.state, moved.tries) == (PictureState.CREATED, 1)


async def test_a_note_is_written_when_nobody_else_was_there(store):
    task = await store.add(a_task())
    await Journal(store).note(task, task.pictures[0], tries=2)
    assert store.tasks[task.id].pictures[0] == replace(task.pictures[0], tries=2)


async def test_a_note_on_a_picture_that_has_changed_is_odd(store):
    task = await store.add(a_task())
    store.intruders.append(heard)
    with pytest.raises(OddMove, match="changed meanwhile"):
        await Journal(store).note(task, task.pictures[0], due_at=None)
    assert store.tasks[task.id].pictures[0] == replace(task.pictures[0], heard=True)


async def test_a_note_minds_its_own_picture_only(store):
    task = await store.add(a_task(2))
    store.intruders.append(heard)
    await Journal(store).note(task, task.pictures[1], due_at=None)
    first, second = store.tasks[task.id].pictures
    assert first.heard
    assert second.due_at is None


# --- what is remembered ------------------------------------------------------------------------


def counted(task: Task) -> Task:
    return replace(task, sends=task.sends + 1)


async def test_what_we_wrote_ourselves_is_not_read_again(store):
    task = await store.add(a_task())
    journal = Journal(store)
    for _ in range(5):
        await journal.change(task.id, counted)
    assert (await journal.latest(task.id)).sends == store.tasks[task.id].sends == 5
    assert (store.reads, store.refused) == (1, 0)


async def test_what_somebody_else_wrote_meanwhile_is_read_and_kept(store):
    task = await store.add(a_task())
    journal = Journal(store)
    await journal.change(task.id, counted)
    store._write(heard(store.tasks[task.id]))
    changed = await journal.change(task.id, counted)
    assert (changed.sends, changed.pictures[0].heard) == (2, True)
    assert (store.reads, store.refused) == (2, 1)


async def test_what_seems_odd_is_judged_by_what_is_written(store):
    """As we know it, it was not submitted; somebody has done that since."""
    task = await store.add(a_task())
    journal = Journal(store)
    await journal.change(task.id, counted)
    written = store.tasks[task.id]
    store._write(written.with_picture(written.pictures[0].move(PictureEvent.SUBMIT)))

    def turned_away(fresh: Task) -> Task:
        return fresh.with_picture(fresh.pictures[0].move(PictureEvent.TURN_AWAY))

    changed = await journal.change(task.id, turned_away)
    assert (changed.sends, changed.pictures[0].state) == (1, PictureState.CREATED)
    with pytest.raises(OddMove):
        await journal.change(task.id, turned_away)


async def test_what_has_come_to_rest_is_not_remembered(store):
    task = await store.add(a_task())
    journal = Journal(store)
    await journal.change(task.id, lambda fresh: replace(fresh, card_at=None))
    await journal.change(task.id, counted)
    assert store.reads == 2


async def test_a_task_that_is_gone_is_gone(store):
    task = await store.add(a_task())
    journal = Journal(store)
    await journal.change(task.id, counted)
    del store.tasks[task.id]
    with pytest.raises(OddMove, match="gone"):
        await journal.change(task.id, counted)
    assert await journal.catch_up(task.id) is None
    assert await journal.latest(task.id) is None


async def test_what_is_owed_goes_along_whatever_is_remembered(store):
    task = await store.add(a_task())
    journal = Journal(store)
    await journal.change(task.id, counted)
    journal._owed[task.id] = [heard]
    assert (await journal.latest(task.id)).pictures[0].heard
    assert not journal.owes(task.id)


async def test_only_so_many_are_remembered(store):
    journal = Journal(store)
    tasks = [await store.add(replace(a_task(), key=f"k{number}")) for number in range(1_001)]
    for task in tasks:
        journal.remember(task)
    assert len(journal._latest) == 1_000
    assert tasks[0].id not in journal._latest
