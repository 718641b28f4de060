"""What is in the extras of a log record, and what of it may leave this machine: ids, names and
numbers of ours.

Never `detail` and its like: a neighbour's answer may repeat what somebody wrote.
"""

import logging
from collections.abc import Mapping

Plain = str | int | float

_TOLD = (
    *("task", "picture", "pictures", "job", "update", "model", "size", "bytes", "seconds"),
    *("reason", "ending", "tries", "sends", "wait", "called_back", "status", "what"),
)


def told(record: logging.LogRecord) -> Mapping[str, Plain]:
    """Those extras of the record that are there, as plain words and numbers."""
    return {name: _plain(value) for name in _TOLD if (value := getattr(record, name, None))}


def _plain(value: object) -> Plain:
    # An enumeration of ours is a word, too.
    return value if type(value) in (bool, int, float) else str(value)  # type: ignore[return-value]


def number(record: logging.LogRecord, name: str) -> float:
    """This extra, 0.0 where there is none or where it is no number of something."""
    value = getattr(record, name, 0.0)
    return max(float(value), 0.0) if isinstance(value, int | float) else 0.0
