"""Counting what happens: every event of ours, by the name it has in the log.

The log's events are few, literal and stable, so they are the one list of what is worth
counting: "submission unanswered", "delivering again", "callback", "refused", ...
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_OURS = ("bot", "webhooks")


class EventCounter(logging.Handler):
    """A log handler that counts. What Prometheus reads is `exposition`."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._events = Counter(
            "nano_banana_events",
            "What happened, by the name of the event in the log.",
            ("event", "level"),
            registry=self._registry,
        )

    def emit(self, record: logging.LogRecord) -> None:
        # `msg` is our literal text; what differs from one time to the next is in the extras.
        self._events.labels(str(record.msg), record.levelname.lower()).inc()

    def exposition(self) -> bytes:
        """The text format. https://prometheus.io/docs/instrumenting/exposition_formats/"""
        return generate_latest(self._registry)


@contextmanager
def counting() -> Iterator[EventCounter]:
    """Count our events while this is open, whatever of them the log shows."""
    counter = EventCounter()
    loggers = [logging.getLogger(name) for name in _OURS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(counter)
        logger.setLevel(min(logging.INFO, logger.getEffectiveLevel()))
    try:
        yield counter
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(counter)
            logger.setLevel(level)
