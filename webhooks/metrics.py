"""/metrics: every event of ours by its name in the log, what took how long, how things stand.

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

from bot.listening import listening
from bot.watching import Watch
from webhooks.gauges import Gauges
from webhooks.measures import Measures

CONTENT_TYPE = CONTENT_TYPE_LATEST


class EventCounter(logging.Handler):
    """A log handler that counts and measures. What Prometheus reads is `exposition`."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
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
        self._measures = Measures(self._registry)
        self._gauges = Gauges(self._registry)

    def emit(self, record: logging.LogRecord) -> None:
        # `msg` is our literal text; what differs from one time to the next is in the extras.
        if record.levelno >= logging.INFO:
            self._events.labels(str(record.msg), record.levelname.lower()).inc()
        self._measures.read(record)

    async def exposition(self, watch: Watch) -> bytes:
        """The text format. https://prometheus.io/docs/instrumenting/exposition_formats/"""
        look = await watch.look()
        self._gauges.show(look, balance=watch.credits_left, wrong=watch.wrong)
        return generate_latest(self._registry)


@contextmanager
def counting() -> Iterator[EventCounter]:
    """Count our events while this is open, whatever of them the log shows."""
    counter = EventCounter()
    with listening(counter):
        yield counter
