"""The log of one task can be picked out of all the others, through every step."""

import logging

import pytest

from bot.sandbox.faults import Fault as TelegramFault
from bot.sandbox.jobs import Fault
from tests.conftest import Studio, eventually

STEPS = (
    *("bot.pipeline", "bot.drawing", "bot.setbacks", "bot.bringing", "bot.cards", "bot.carrying"),
    *("bot.telegram.delivery", "bot.telegram.cards"),
)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "bot")
    return caplog


async def test_a_task_is_told_from_asking_to_its_end_under_its_id(studio: Studio, told) -> None:
    # It is called back before anybody looks it up.
    await studio.start(task_poll_seconds=30)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))
    (task,) = {one.task for one in told.records if one.msg == "requested"}
    story = [one.msg for one in told.records if getattr(one, "task", None) == task]
    steps = ["requested", "submitted", "generated", "stored", "delivered", "ended"]
    assert [one for one in story if one in steps] == steps
    assert "callback" in story


async def test_every_line_about_a_step_names_its_task(studio: Studio, told) -> None:
    studio.generator.faults.add(
        Fault(where="create", kind="lost"),
        Fault(where="record", kind="status", code=500),
        Fault(where="result", kind="status", code=404),
        Fault(where="callback", kind="doubled"),
        Fault(where="outcome", kind="fail", code="400", text="content policies", match="walrus"),
    )
    await studio.start()
    studio.telegram.faults.add(TelegramFault(method="sendPhoto", status=502, body="<html>"))
    studio.telegram.say(studio.ann, "a red fox")
    studio.telegram.say(studio.bob, "a walrus")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))
    await studio.quiet(studio.chat(studio.bob))
    await eventually(lambda: "reported" in [one.msg for one in told.records])
    about_steps = [one for one in told.records if one.name in STEPS]
    assert {"put off", "failed", "submission unanswered", "delivery put off", "moved"} <= {
        one.msg for one in about_steps
    }
    assert [one.msg for one in about_steps if not getattr(one, "task", None)] == []
