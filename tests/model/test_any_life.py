"""Whatever happens, in whatever order: nothing lost, nothing doubled, nothing left unsaid."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot import pipeline
from bot.errors import Reason, Refused, Unclear
from bot.life import PictureState, TaskState
from bot.setbacks import TRIES_MAX
from bot.task import Picture
from tests.model import chats, disk, kie
from tests.model.kie import DAY, Ending, Plan
from tests.model.leaping import START
from tests.model.world import PRICE, World

# People and their private chats have the same id; the others are groups.
PEOPLE = st.integers(1, 2)
CHATS = st.sampled_from([1, 2, -1, -2])
PICK = st.integers(0, 99)
WAITS = st.sampled_from([0.1, 1.0, 5.0, 15.0, 60.0, 200.0, 1_000.0])
DAYS = st.sampled_from([600.0, 4_000.0, 40_000.0, 100_000.0])
# In one story.
STUMBLES_MAX = 12

DONE = Plan()
PLANS = st.sampled_from(
    [
        DONE,
        Plan(calls=()),
        Plan(calls=(0.0, 0.0, 3.0, 400.0)),
        Plan(calls=(-12.0, 0.0)),
        Plan(calls=(-12.0,), delay=2.0),
        Plan(calls=(0.0,), delay=20.0),
        Plan(calls=(900.0,)),
        Plan(hidden=25.0),
        Plan(hidden=25.0, seconds=200.0, calls=()),
        Plan(seconds=0.0, delay=1.0),
        Plan(seconds=600.0, calls=()),
        Plan(seconds=2_000.0),
        Plan(seconds=2_000.0, calls=()),
        Plan(seconds=80_000.0),
        Plan(ending=Ending.BROKEN),
        Plan(ending=Ending.BROKEN, calls=(0.0, 1.0, 5.0, 60.0)),
        Plan(ending=Ending.BROKEN, calls=(-10.0, 90.0)),
        Plan(ending=Ending.REFUSED),
        Plan(ending=Ending.REFUSED, calls=(), seconds=300.0),
        Plan(ending=Ending.FORGOTTEN),
        Plan(ending=Ending.FORGOTTEN, calls=()),
        Plan(ending=Ending.NEVER),
    ]
)
# Jobs that break, and one whose answer is on its way when an older one calls again.
UNLUCKY = st.permutations(
    [
        Plan(ending=Ending.BROKEN, calls=(0.0, 25.0)),
        Plan(ending=Ending.BROKEN, calls=(0.0, 10.0)),
        Plan(delay=20.0, calls=()),
    ]
)
UNANSWERED = Unclear(Reason.OVERLOADED, "timed out")
KIE_TROUBLES = st.sampled_from(
    [
        *[("submit", one) for one in (kie.BUSY, kie.FLOOD, kie.FILTERED, UNANSWERED)],
        *[("look_up", one) for one in (kie.BUSY, kie.FLOOD)],
        *[("fetch", one) for one in (kie.BUSY, Refused(Reason.BAD_RESULT, "not an address"))],
        *[("upload", one) for one in (kie.BUSY, kie.FILTERED)],
        *[("renew", one) for one in (kie.BUSY, Refused(Reason.NO_ACCESS, "401"))],
        ("bytes", ValueError("broken")),
        ("expire", ValueError("expired")),
    ]
)
CHAT_TROUBLES = st.sampled_from(
    [
        *[("deliver", one) for one in (chats.AWAY, chats.FLOOD, chats.LOST)],
        *[("report", one) for one in (chats.AWAY, chats.FLOOD, chats.LOST)],
        *[("show_card", one) for one in (chats.AWAY, chats.LOST, chats.BLOCKED)],
        *[("remove_card", one) for one in (chats.AWAY, chats.BLOCKED)],
        *[("update_card", one) for one in (chats.AWAY, chats.BLOCKED, chats.LOST)],
        *[("close_card", one) for one in (chats.AWAY, chats.BLOCKED)],
        *[("fetch", one) for one in (chats.AWAY, Refused(Reason.BAD_REFERENCE, "gone"))],
    ]
)
UNFORESEEN = st.sampled_from(
    [("kie", one) for one in ("submit", "look_up", "fetch", "renew", "upload")]
    + [("chats", one) for one in ("deliver", "report", "show_card", "remove_card", "fetch")]
    + [("chats", one) for one in ("update_card", "close_card")]
    + [("files", "keep_result"), ("files", "keep_reference")]
)


class AnyLife(RuleBasedStateMachine):
    @initialize(
        seed=st.integers(0, 9_999), public=st.sampled_from([True, True, False]), at_once=PICK
    )
    def begin(self, seed: int, public: bool, at_once: int) -> None:
        self.world = World(seed=seed, public=public, concurrency=1 + at_once % 4)
        self.stumbles = 0
        self.rests = 0
        self.world.ask(chat=1, person=1, count=1 + at_once % 3, references=at_once % 2)

    # --- people --------------------------------------------------------------------------

    @rule(
        chat=CHATS,
        person=PEOPLE,
        count=st.sampled_from([1, 1, 1, 2, 3, 10]),
        references=st.sampled_from([0, 0, 1, 2]),
    )
    def ask(self, chat: int, person: int, count: int, references: int) -> None:
        person = chat if chat > 0 else person
        self.world.ask(chat=chat, person=person, count=count, references=references)

    @precondition(lambda self: self.world.requests)
    @rule(which=PICK)
    def ask_again(self, which: int) -> None:
        self.world.ask_again(self.world.requests[which % len(self.world.requests)])

    @precondition(lambda self: self.world.requests)
    @rule(which=PICK)
    def cancel(self, which: int) -> None:
        self.world.cancel(self.world.requests[which % len(self.world.requests)])

    @rule(chat=CHATS)
    def block(self, chat: int) -> None:
        self.world.chats.closed.add(chat)
        self.world.chats.ever_closed.add(chat)

    @rule(chat=CHATS)
    def unblock(self, chat: int) -> None:
        self.world.chats.closed.discard(chat)

    @rule(chat=CHATS)
    def come_back(self, chat: int) -> None:
        self.world.bring_what_waits(chat=chat)

    @rule(trouble=CHAT_TROUBLES, times=st.integers(1, 4), album=st.sampled_from([1, 2, 10]))
    def chat_trouble(self, trouble: tuple[str, Exception], times: int, album: int) -> None:
        self.world.chats.album = album
        self.world.chats.trouble(trouble[0], *[trouble[1]] * times)

    # --- the generator -------------------------------------------------------------------

    @rule(plans=st.lists(PLANS, min_size=1, max_size=4) | UNLUCKY)
    def plan(self, plans: list[Plan]) -> None:
        self.world.kie.plans.extend(plans)

    @rule(trouble=KIE_TROUBLES, times=st.sampled_from([1, 2, 8]))
    def generator_trouble(self, trouble: tuple[str, Exception], times: int) -> None:
        self.world.kie.trouble(trouble[0], *[trouble[1]] * times)

    @precondition(lambda self: self.world.doors.public and self.world.requests)
    @rule(job=PICK)
    def repeat_a_call(self, job: int) -> None:
        """A callback that is true: about a job and its own picture, at an odd time."""
        jobs = list(self.world.kie.jobs.values())
        if jobs:
            one = jobs[job % len(jobs)]
            self.world.lie(one.picture, one.id)

    @precondition(lambda self: self.world.doors.public and self.world.requests)
    @rule(which=PICK, job=PICK, known=st.booleans())
    def forge_a_call(self, which: int, job: int, known: bool) -> None:
        pictures = [one.id for task in self.world.requests for one in task.pictures]
        jobs = list(self.world.kie.jobs) if known else []
        forged = jobs[job % len(jobs)] if jobs else f"forged-{job}"
        self.world.lie([*pictures, "nobody"][which % (len(pictures) + 1)], forged)

    # --- the machine ---------------------------------------------------------------------

    @rule(seconds=WAITS)
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(seconds=DAYS)
    def sleep_through(self, seconds: float) -> None:
        self.world.loop.leap(seconds)
        self.world.wait(0.1)

    @rule(gates=st.integers(1, 60))
    def die_soon(self, gates: int) -> None:
        self.world.life.gates_left = gates

    @rule(within=st.sampled_from([None, 0.0, 0.01, 5.0]))
    def start_anew(self, within: float | None) -> None:
        if within is None:
            self.world.die()
        else:
            self.world.stop(within=within)

    @precondition(lambda self: self.stumbles < STUMBLES_MAX)
    @rule(what=UNFORESEEN)
    def stumble(self, what: tuple[str, str]) -> None:
        self.stumbles += 1
        getattr(self.world, what[0]).trouble(what[1], kie.UNFORESEEN)

    @precondition(lambda self: self.stumbles < STUMBLES_MAX)
    @rule(method=st.sampled_from(["save", "read", "due", "line"]), lucky=st.integers(0, 20))
    def disk_trouble(self, method: str, lucky: int) -> None:
        self.stumbles += 1
        self.world.disk.trouble(method, *[None] * lucky, disk.FULL)

    # --- what always holds ---------------------------------------------------------------

    @invariant()
    def no_promise_is_broken(self) -> None:
        assert self.world.ledger.wrong == []

    @invariant()
    def nothing_is_stuck(self) -> None:
        due = self.world.due_rows()
        for task in self.world.tasks():
            waits = task.next_due is not None
            queued = any(picture.queued for picture in task.pictures)
            assert waits or task.ended or queued, f"nobody will ever look at {task}"
            assert due[task.id] == (task.next_due.timestamp() if waits else None)

    @invariant()
    def whoever_waited_was_told(self) -> None:
        ledger, people = self.world.ledger, self.world.chats
        for task in self.world.tasks():
            if task.state is TaskState.DELIVERED:
                stored = [one for one in task.pictures if one.state is PictureState.STORED]
                assert stored
                assert all(one.id in ledger.noted and ledger.sends[one.id] for one in stored)
            elif task.state is TaskState.REPORTED and task.reason is Reason.UNDELIVERABLE:
                # Or it was tried in vain, time and again, for more than a day.
                in_vain = ledger.put_off[task.id] + ledger.stumbles[task.id]
                closed = task.origin.chat in people.ever_closed
                assert closed or in_vain > pipeline.STUMBLES_MAX, f"undeliverable: {task}"
            elif task.state is TaskState.REPORTED and task.reason is Reason.CANCELLED:
                assert task.key in self.world.cancelled, f"cancelled by nobody: {task}"
            elif task.state is TaskState.REPORTED:
                # Whoever stumbles over the very words of an apology ends without them.
                speechless = ledger.stumbles[task.id] > pipeline.STUMBLES_MAX
                assert ledger.reports[task.id] or speechless, f"never told: {task}"

    @invariant()
    def money_in_is_money_out(self) -> None:
        """Paid is what was brought and not late; reserved what may still be; nothing else."""
        wrong, accounts = self.world.books()
        assert wrong == []
        pictures = [one for task in self.world.tasks() for one in task.pictures]
        paid = [one for one in pictures if one.brought and not one.late]
        assert accounts.get("spent", 0) == PRICE * len(paid)
        failed = [one for one in pictures if one.state is PictureState.FAILED or one.late]
        waiting = len(pictures) - len(paid) - len(failed)
        assert accounts.get("held", 0) == PRICE * waiting

    @precondition(lambda self: self.rests < 2)
    @rule()
    def rest(self) -> None:
        self.rests += 1
        self.at_rest()

    def at_rest(self) -> None:
        world = self.world
        assert world.come_to_rest(), "no end"
        self.no_promise_is_broken()
        self.nothing_is_stuck()
        self.whoever_waited_was_told()
        self.money_in_is_money_out()
        tasks = world.tasks()
        assert {one.key for one in tasks} == {one.key for one in world.requests}
        assert [one for one in tasks if not one.ended] == []
        assert [one for one in tasks if one.next_due is not None] == []
        for picture in (one for task in tasks for one in task.pictures):
            self.a_late_picture_came(picture)
        kept = {one.name for task in tasks for one in task.references if one.name}
        kept |= {one.file.name for task in tasks for one in task.pictures if one.file}
        assert kept <= set(world.files.files)
        # What died, or was refused by the disk, between keeping a file and writing down its name.
        assert len(world.files.files) - len(kept) <= world.ledger.interruptions * 10
        unheard = sum(task.unheard for task in tasks)
        assert world.chats.cards() <= world.ledger.cards_lost + world.ledger.interruptions + unheard

    def a_late_picture_came(self, picture: Picture) -> None:
        """A job that ended within a day of its submission is not given up, unless the generator
        does not answer about it after that day either.
        """
        job = self.world.kie.jobs.get(picture.job or "")
        if picture.state is not PictureState.FAILED or picture.reason is not Reason.TIMEOUT:
            return
        if job is None or job.picture != picture.id or job.plan.ending is not Ending.DONE:
            return
        since = job.ends_at - (picture.submitted_at - START).total_seconds()
        assert since > DAY or job.asked_in_vain > TRIES_MAX, f"paid and forgotten: {picture}"

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if self.world.ledger.wrong == []:
                self.at_rest()
        finally:
            self.world.close()


AnyLife.TestCase.settings = (
    settings()
    if settings.get_current_profile_name() == "long"
    else settings(
        max_examples=40,
        stateful_step_count=30,
        # Finding the shortest story takes minutes; the long way round does it.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
)
TestAnyLife = pytest.mark.usefixtures("_no_logs")(AnyLife.TestCase)
