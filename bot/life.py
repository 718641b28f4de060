"""Everything that may happen to a task and to its pictures.

The two tables are the whole truth about their lives: what is not in them cannot happen. README
shows them as a diagram, and a test compares the two.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PictureState(StrEnum):
    CREATED = "created"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    GENERATED = "generated"
    STORED = "stored"
    FAILED = "failed"


class TaskState(StrEnum):
    CREATED = "created"
    WORKING = "working"
    DELIVERED = "delivered"
    REPORTED = "reported"


class PictureEvent(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    TURN_AWAY = "turn away"
    LOSE = "lose"
    SUCCEED = "succeed"
    RENEW = "renew"
    STORE = "store"
    FAIL = "fail"
    COME_LATE = "come late"


class TaskEvent(StrEnum):
    START = "start"
    DELIVER = "deliver"
    REPORT = "report"
    REVIVE = "revive"


_P, _PE = PictureState, PictureEvent
PICTURE_MOVES: Mapping[PictureState, Mapping[PictureEvent, PictureState]] = MappingProxyType(
    {
        _P.CREATED: {
            _PE.SUBMIT: _P.SUBMITTING,
            # The generator seemed to refuse, and then called back about a job.
            _PE.ACCEPT: _P.SUBMITTED,
            _PE.FAIL: _P.FAILED,
        },
        _P.SUBMITTING: {
            _PE.ACCEPT: _P.SUBMITTED,
            # No answer came, we waited for the callback, none came: ask again.
            _PE.SUBMIT: _P.SUBMITTING,
            # The generator said "not now": nothing exists there and nothing was paid.
            _PE.TURN_AWAY: _P.CREATED,
            _PE.FAIL: _P.FAILED,
        },
        _P.SUBMITTED: {
            _PE.SUCCEED: _P.GENERATED,
            # The job broke without our fault (and cost nothing) or the generator forgot it.
            _PE.LOSE: _P.CREATED,
            _PE.FAIL: _P.FAILED,
        },
        _P.GENERATED: {
            # The address of the result had expired; the generator gave another.
            _PE.RENEW: _P.GENERATED,
            _PE.STORE: _P.STORED,
            _PE.FAIL: _P.FAILED,
        },
        # Telegram takes it in no form, or its file is gone: its person hears so.
        _P.STORED: {_PE.FAIL: _P.FAILED},
        # We had given up waiting, and then it came after all.
        _P.FAILED: {_PE.COME_LATE: _P.GENERATED},
    }
)

_T, _TE = TaskState, TaskEvent
TASK_MOVES: Mapping[TaskState, Mapping[TaskEvent, TaskState]] = MappingProxyType(
    {
        _T.CREATED: {_TE.START: _T.WORKING, _TE.REPORT: _T.REPORTED},
        _T.WORKING: {_TE.DELIVER: _T.DELIVERED, _TE.REPORT: _T.REPORTED},
        # A picture we had given up on came late: it is delivered all the same.
        _T.DELIVERED: {_TE.REVIVE: _T.WORKING},
        _T.REPORTED: {_TE.REVIVE: _T.WORKING},
    }
)


class OddMove(Exception):
    """Something was to happen that cannot happen in this state: somebody else was quicker."""


class Vanished(OddMove):
    """The task is no longer there: whoever asked for it is forgotten, or it had its time."""
