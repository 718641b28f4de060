"""Each call to the generator is told to the log with what came of it."""

import asyncio
import logging

import pytest

from bot.errors import Gone, Reason, Refused, Transient, Unclear
from bot.nanobanana.calls import told


class Line:
    """Something that calls the generator."""

    def __init__(self, *failures: BaseException | None) -> None:
        self.failures = list(failures)

    @told
    async def submit(self, number: int) -> int:
        failure = self.failures.pop(0)
        if failure:
            raise failure
        return number + 1


@pytest.mark.parametrize(
    ("failure", "result", "reason"),
    [
        (None, "ok", None),
        (Transient(Reason.OVERLOADED), "transient", Reason.OVERLOADED),
        (Unclear(Reason.OVERLOADED), "unclear", Reason.OVERLOADED),
        (Refused(Reason.FILTERED), "refused", Reason.FILTERED),
        (Gone(Reason.BAD_RESULT), "gone", Reason.BAD_RESULT),
        (ZeroDivisionError(), "broken", None),
        (asyncio.CancelledError(), "broken", None),
    ],
)
async def test_a_call_is_told_whatever_comes_of_it(
    failure, result, reason, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.nanobanana.calls")
    if failure is None:
        assert await Line(None).submit(41) == 42
    else:
        with pytest.raises(type(failure)):
            await Line(failure).submit(41)
    (record,) = caplog.records
    assert (record.msg, record.call) == ("generator call", "submit")
    assert (record.result, record.reason) == (result, reason)
    assert 0 <= record.seconds < 60
