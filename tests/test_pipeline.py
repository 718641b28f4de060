"""The story of a task: asked, drawn, delivered or reported, through races, crashes and refusals."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.bringing import reason_of
from bot.cards import TRIES_MAX
from bot.errors import Reason, Refused, Transient, Unclear
from bot.life import PictureState, TaskState
from bot.patience import Patience
from tests.fakes import FakeDoors
from tests.stage import NEVER, Stage, a_task, ids

FLOOD = Transient(Reason.OVERLOADED, "429", retry_after=40)
BROKEN_LINE = Transient(Reason.OVERLOADED, "502")
BLOCKED = Refused(Reason.UNDELIVERABLE, "bot was blocked by the user")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.generator.instant = True
    return stage


@pytest.fixture
def slow_stage() -> Stage:
    """After three minutes it is slow here."""
    stage = Stage(patience=Patience(card=NEVER, slow=180))
    stage.generator.instant = True
    return stage


# --- all goes well ------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
async def test_what_was_asked_for_is_delivered_once(stage, count):
    await stage.ask(count)
    await stage.go()
    task = stage.task
    assert (task.state, task.status, task.sends) == (TaskState.DELIVERED, "completed", 1)
    assert stage.people.sent == [ids(stage)]
    assert {picture.message for picture in task.pictures} == {1001}
    assert len(stage.generator.submissions) == count
    assert stage.pictures.files[task.pictures[0].file.name] == b"job-1"
    assert (stage.people.cards, stage.people.reports) == ([], [])


async def test_a_repeated_request_adds_nothing(stage):
    first = await stage.ask()
    again = await stage.pipeline.request(a_task())
    assert again.id == first.id
    assert list(stage.store.tasks) == [first.id]
    assert set(stage.woken) == {first.id}


async def test_a_task_that_is_gone_is_no_trouble(stage):
    await stage.pipeline.advance("nobody")
    assert stage.people.cards == []


async def test_what_is_not_due_is_left_alone(stage):
    stage.generator.instant = False
    before = await stage.ask()
    lookups = len(stage.generator.lookups)
    assert await stage.advance() == before
    assert len(stage.generator.lookups) == lookups


# --- references ---------------------------------------------------------------------------


async def test_references_are_kept_once_and_shown_at_our_own_door(stage):
    await stage.ask(2, sources=("file-a", "file-b"))
    names = [reference.name for reference in stage.task.references]
    assert [stage.pictures.files[name] for name in names] == [
        b"bytes of file-a",
        b"bytes of file-b",
    ]
    addresses = tuple(f"https://bot.test/1200/{name}" for name in names)
    assert [given for _, given, _ in stage.generator.submissions] == [addresses, addresses]


async def test_references_are_uploaded_where_nobody_can_reach_us():
    stage = Stage(doors=FakeDoors(public=False))
    stage.generator.trouble("submit", BROKEN_LINE)
    await stage.ask(sources=("file-a",))
    await stage.step()
    first, second = (given for _, given, _ in stage.generator.submissions)
    assert first == second
    assert first[0].startswith("https://uploads.test/1/")
    assert len(stage.generator.uploads) == 1


async def test_an_upload_that_has_expired_is_made_again():
    stage = Stage(doors=FakeDoors(public=False))
    stage.generator.trouble("submit", Transient(Reason.OVERLOADED, retry_after=21 * 3_600))
    await stage.ask(sources=("file-a",))
    await stage.step()
    (address,) = stage.generator.submissions[1][1]
    assert address.startswith("https://uploads.test/2/")


async def test_a_reference_that_does_not_come_is_fetched_again(stage):
    stage.people.trouble("fetch", BROKEN_LINE, FLOOD)
    await stage.ask(sources=("file-a",))
    assert stage.picture.state is PictureState.CREATED
    await stage.go()
    assert stage.people.sent == [ids(stage)]
    assert stage.people.cards == []


@pytest.mark.parametrize("reason", [Reason.NOT_A_PICTURE, Reason.REFERENCE_TOO_BIG])
async def test_a_bad_reference_ends_all_pictures_before_they_cost_anything(stage, reason):
    stage.pictures.trouble("keep_reference", Refused(reason))
    await stage.ask(3, sources=("file-a",))
    await stage.go()
    assert stage.people.reports == [reason]
    assert stage.generator.submissions == []
    assert {picture.reason for picture in stage.task.pictures} == {reason}


# --- courtesies ---------------------------------------------------------------------------


async def test_one_card_is_shown_however_long_the_start_takes(stage):
    stage.people.trouble("fetch", *[BROKEN_LINE] * 4)
    await stage.ask(sources=("file-a",))
    for _ in range(3):
        await stage.step()
    assert stage.task.state is TaskState.CREATED
    assert stage.people.cards == [stage.task.card]


async def test_that_it_takes_longer_is_said_on_the_card(slow_stage):
    slow_stage.generator.instant = False
    await slow_stage.ask()
    while slow_stage.clock.elapsed < 180:
        assert not any(one.slow for one in slow_stage.people.outlooks)
        await slow_stage.step()
    assert slow_stage.people.outlooks[-1].slow


async def test_that_it_takes_longer_is_said_when_it_has_not_even_begun(slow_stage):
    slow_stage.people.trouble("fetch", Transient(Reason.OVERLOADED, retry_after=300))
    await slow_stage.ask(sources=("file-a",))
    await slow_stage.step()
    assert (slow_stage.clock.elapsed, slow_stage.people.outlooks[-1].slow) == (180, True)
    assert slow_stage.task.next_due > slow_stage.clock()


async def test_a_result_that_waits_for_delivery_is_not_called_slow(slow_stage):
    slow_stage.people.trouble("deliver", Transient(Reason.OVERLOADED, retry_after=600))
    await slow_stage.ask()
    await slow_stage.step()
    assert slow_stage.task.next_due - slow_stage.clock() > timedelta(seconds=590)
    await slow_stage.go()
    assert not any(one.slow for one in slow_stage.people.outlooks)
    assert slow_stage.people.sent == [ids(slow_stage)]


@pytest.mark.parametrize("trouble", [BROKEN_LINE, BLOCKED])
async def test_a_card_that_cannot_be_shown_stops_nothing(stage, trouble):
    stage.people.trouble("show_card", trouble)
    await stage.ask()
    await stage.go()
    assert stage.people.sent == [ids(stage)]


@pytest.mark.parametrize(("troubles", "left"), [(TRIES_MAX, 0), (TRIES_MAX + 1, 1), (50, 1)])
async def test_taking_the_card_away_is_tried_a_few_times(stage, troubles, left):
    stage.people.trouble("remove_card", *[BROKEN_LINE] * troubles)
    await stage.ask()
    await stage.go()
    assert stage.task.card is None
    assert len(stage.people.cards) == left


async def test_a_card_that_may_not_be_taken_away_stays(stage):
    stage.people.trouble("remove_card", BLOCKED)
    await stage.ask()
    await stage.go()
    assert stage.task.card is None
    assert len(stage.people.cards) == 1


# --- delivering ---------------------------------------------------------------------------


async def test_only_a_delivery_that_may_have_arrived_is_counted(stage):
    stage.people.trouble("deliver", Unclear(Reason.UNDELIVERABLE, "502"), FLOOD)
    await stage.ask()
    await stage.step()
    assert (stage.task.sends, stage.task.tries) == (1, 1)
    await stage.step()
    assert stage.task.sends == 1
    assert 40 <= (stage.task.next_due - stage.clock()).total_seconds() <= 41
    await stage.go()
    assert (stage.task.sends, stage.task.state) == (2, TaskState.DELIVERED)
    assert stage.people.sent == [ids(stage)]


async def test_what_is_with_the_person_is_not_sent_again(stage):
    stage.people.album = 2
    stage.people.trouble("deliver", None, ValueError("crash between two albums"))
    await stage.ask(4)
    with pytest.raises(ValueError, match="crash"):
        await stage.step()
    await stage.go()
    assert stage.people.sent == [ids(stage)[:2], ids(stage)[2:]]
    assert stage.task.sends == 2


@pytest.mark.parametrize("failure", [BROKEN_LINE, Unclear(Reason.UNDELIVERABLE, "502"), BLOCKED])
async def test_a_courtesy_that_fails_after_the_last_picture_changes_nothing(stage, failure):
    stage.people.trouble("follow_up", failure)
    await stage.ask()
    await stage.step()
    assert (stage.task.state, stage.task.reason) == (TaskState.DELIVERED, None)
    assert (stage.task.sends, stage.task.tries) == (1, 0)
    await stage.go()
    assert stage.people.sent == [ids(stage)]


@pytest.mark.parametrize("already", [0, 1])
async def test_a_closed_chat_ends_the_task(stage, already):
    stage.people.album = 1
    stage.people.trouble("deliver", *[None] * already, BLOCKED)
    await stage.ask(3)
    await stage.go()
    assert (stage.task.state, stage.task.reason) == (TaskState.REPORTED, Reason.UNDELIVERABLE)
    assert len(stage.people.sent) == already
    assert stage.people.reports == []


async def test_a_delivery_that_fails_for_a_day_is_given_up(stage):
    stage.people.trouble("deliver", *[Transient(Reason.OVERLOADED, retry_after=3_600)] * 99)
    await stage.ask()
    await stage.go()
    assert stage.task.reason is Reason.UNDELIVERABLE
    assert timedelta(hours=24) < stage.clock() - stage.task.created_at < timedelta(hours=26)


async def test_a_report_that_fails_is_made_again(stage):
    stage.generator.trouble("submit", Refused(Reason.FILTERED))
    stage.people.trouble("report", BROKEN_LINE, FLOOD)
    await stage.ask()
    await stage.go()
    assert stage.people.reports == [Reason.FILTERED]
    assert (stage.task.state, stage.task.reason) == (TaskState.REPORTED, Reason.FILTERED)


async def test_a_report_nobody_can_hear_ends_the_task(stage):
    stage.generator.trouble("submit", Refused(Reason.FILTERED))
    stage.people.trouble("report", BLOCKED)
    await stage.ask()
    await stage.go()
    assert stage.task.reason is Reason.UNDELIVERABLE
    assert stage.task.next_due is None


async def test_a_late_picture_follows_the_others(stage):
    stage.generator.instant = False
    await stage.ask(2)
    stage.generator.finish("job-1")
    while not stage.task.ended:
        await stage.step()
    assert stage.people.sent == [ids(stage)[:1]]
    stage.generator.finish("job-2")
    await stage.go()
    assert stage.people.sent == [ids(stage)[:1], ids(stage)[1:]]
    assert stage.people.reports == []


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([Reason.FILTERED, Reason.TIMEOUT, Reason.TIMEOUT], Reason.TIMEOUT),
        ([Reason.FILTERED, Reason.TIMEOUT, None], Reason.FILTERED),
        ([None], Reason.INTERNAL),
    ],
)
def test_the_reason_told_is_that_of_most_pictures(reasons, told):
    task = a_task(len(reasons))
    pictures = zip(task.pictures, reasons, strict=True)
    failed = tuple(replace(picture, reason=reason) for picture, reason in pictures)
    assert reason_of(replace(task, pictures=failed)) is told
