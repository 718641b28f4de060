"""Listening to what the rooms tell the log, whatever of it is shown.

The log is the one place where every room tells what it does, in few and stable words: whoever
counts, watches or traces listens there, and no room has to know of them. A record that carries
`seconds` is about something that took so long; one that carries `task` is about that task.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_OURS = ("bot", "webhooks")


@contextmanager
def listening(listener: logging.Handler) -> Iterator[None]:
    """Hand all our records to `listener` while this is open, from its own level on."""
    loggers = [logging.getLogger(name) for name in _OURS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(listener)
        logger.setLevel(min(listener.level, logger.getEffectiveLevel()))
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(listener)
            logger.setLevel(level)
