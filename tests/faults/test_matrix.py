"""Every fault at every step of a task's life: delivered once or told once, and paid at most once.

README shows the outcomes. After a change: `pytest tests/faults/test_matrix.py -n auto --matrix
README.md` writes what the run has found between the markers there.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.jobs import Fault as GeneratorFault
from tests.conftest import API_KEY, TOKEN
from tests.faults import table
from tests.faults.holding import held, process
from tests.faults.stand import Stand
from tests.faults.steps import DISK, NETWORK, PROCESS, STEPS, Fault, Hold, Step, expected, senseless
from tests.faults.troubles import PATIENCE, SHORT
from tests.keeping import Keeping, unbalanced

CASES = [(step, fault) for fault in Fault for step in STEPS if not senseless(step, fault)]
# Where another database could make another end; the rest meets it in the same places.
ON_SERVER = [
    (step, fault)
    for step, fault in CASES
    if (fault in DISK and step.name in ("update stored", "submitting", "sent, unnoted"))
    or (fault in PROCESS and step.name in ("callback", "sent, unnoted"))
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All of them on SQLite and some on PostgreSQL, or all where `--database` says."""
    if metafunc.function is not test_at:
        return
    asked = metafunc.config.getoption("--database")
    cases = [(asked or "sqlite", *case) for case in CASES]
    if not asked:
        cases += [("postgresql", *case) for case in ON_SERVER]
    metafunc.parametrize(("keeping", "step", "fault"), cases, indirect=["keeping"], ids=str)


@pytest.fixture
async def stand(tmp_path: Path, keeping: Keeping) -> AsyncIterator[Stand]:
    telegram = BotApiServer(
        token=TOKEN,
        username="nano_banana_bot",
        retry_seconds=0.05,
        answer_seconds=SHORT,
        # It takes seconds to load, and other tests have it.
        conformance=False,
    )
    generator = GeneratorServer(
        api_key=API_KEY,
        seconds_per_job=0.02,
        rate=None,
        callback_timeout=SHORT,
        callback_retry_seconds=(0.05,) * 200,
    )
    await telegram.start()
    await generator.start()
    stand = Stand(telegram, generator, tmp_path, keeping)
    await stand.open()
    try:
        yield stand
    finally:
        await stand.stop()
        await generator.close()
        await telegram.close()
        await stand.close()
    assert telegram.problems == []
    assert generator.problems == []


async def test_at(
    stand: Stand,
    keeping: Keeping,
    step: Step,
    fault: Fault,
    record_property,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if step.refused:
        stand.generator.faults.add(
            GeneratorFault(where="outcome", kind="fail", code="400", text="content policies")
        )
    if fault in PROCESS:
        await in_a_process(stand, step, fault)
    else:
        await in_here(stand, step, fault)
    await stand.at_rest()
    outcome = stand.outcome()
    record_property(table.PROPERTY, (step.name, fault.value, outcome))
    assert stand.paid == (0 if step.refused else 1)
    assert await unbalanced(keeping.url) == []
    assert stand.charged() == stand.owed()
    assert outcome == expected(step, fault)
    if outcome == "twice*" and fault is not Fault.UNREADABLE:
        assert "delivering again" in caplog.messages
    if not request.config.getoption("--matrix", None):
        assert outcome == table.in_readme()[step.name, fault.value]


async def in_a_process(stand: Stand, step: Step, fault: Fault) -> None:
    """The process ends at this step; what comes after it finds everything on the disk."""
    bot = process(stand, step)
    try:
        async with asyncio.timeout(PATIENCE), held(stand, bot, step) as release:
            if fault is Fault.KILL:
                await bot.kill()
            else:
                ending = asyncio.create_task(bot.terminate())
                if step.hold is not Hold.WRITE:
                    # A door waits for what is being written before it closes.
                    await bot.logged("stopping", within=PATIENCE)
                release()
                assert await ending == 0
    finally:
        await bot.kill()
    await stand.begin()


async def in_here(stand: Stand, step: Step, fault: Fault) -> None:
    """The fault passes and the process lives on."""
    trouble = stand.spoil(step, fault) if fault in NETWORK else None
    # A job that seems to have taken an hour is given up, and comes only then.
    seems_late = fault is Fault.CLOCK_ON and step.name == "submitted"
    if seems_late:
        stand.generator.hold()
    elif fault is Fault.CLOCK_ON and step.name == "card shown":
        # The card goes out beside the submission. Where that is quicker a job would seem to have
        # taken an hour here too, so its answer comes when the card is there.
        stand.generator.faults.add(
            GeneratorFault(where="create", kind="delay", until=stand.happened)
        )
    await stand.begin(step, fault)
    stand.ask(step)
    async with asyncio.timeout(PATIENCE):
        await (trouble.reached if trouble else stand.happened).wait()
        if seems_late:
            await stand.words(stand.chat(stand.ann), "⌛")
            stand.generator.release()


def test_readme_shows_each_step_with_each_fault() -> None:
    shown = table.in_readme()
    assert list(shown) == [(step.name, fault.value) for step in STEPS for fault in Fault]
    for step in STEPS:
        for fault in Fault:
            if why := senseless(step, fault):
                assert shown[step.name, fault.value] == f"– {why}"
