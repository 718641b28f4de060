"""What took how long, and how often what happened: read from the records of our log.

Every metric is made from the extras of records, by the name of the event; the rooms that tell
them know nothing of Prometheus. Names and labels are those of the dashboard and of the alerts.
"""

import logging
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.extras import number
from bot.models import CATALOGUE

_CALL = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STEP = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900)
_TASK = (1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 86400)
_STEPS = {"submitted": "submit", "generated": "generate", "stored": "fetch", "delivered": "deliver"}
_CALLBACKS = {
    "callback": "accepted",
    "callback repeated": "repeated",
    "callback for another job": "strange",
    "callback forged": "forged",
}


class Measures:
    """Metrics that grow with every record `read`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"nano_banana_{name}", what, labels, registry=registry)

        def seconds(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            full = f"nano_banana_{name}_seconds"
            return Histogram(full, what, labels, buckets=buckets, registry=registry)

        self._ended = counter("tasks_ended", "Tasks that ended, by how.", "ending")
        self._failed = counter("pictures_failed", "Pictures that failed, by reason.", "reason")
        self._task = seconds("task", "From asking to the pictures being there.", _TASK, "model")
        self._step = seconds("step", "The steps of a task.", _STEP, "step", "model")
        self._heard = counter("results", "Results, by how we heard of them.", "heard")
        self._credits = counter("credits_spent", "The generator's credits.", "model")
        self._callbacks = counter("callbacks", "Calls of the generator.", "result")
        self._calls = counter("telegram_calls", "Calls to Telegram.", "method", "result")
        self._call = seconds("telegram_call", "Calls to Telegram.", _CALL, "method")
        self._waits = counter("telegram_flood_wait_seconds", "Waits Telegram has named.")
        self._asked = counter("generator_calls", "Calls to the generator.", "call", "result")
        self._ask = seconds("generator_call", "Calls to the generator.", _CALL, "call")
        self._update = seconds("update", "Handling one update.", _CALL)
        self._move = seconds("move", "Carrying one task as far as it goes.", _STEP)
        for result in _CALLBACKS.values():
            self._callbacks.labels(result)
        for heard in ("callback", "lookup"):
            self._heard.labels(heard)
        self._readers: Mapping[str, Callable[[logging.LogRecord], None]] = {
            **dict.fromkeys(_STEPS, self._read_step),
            **dict.fromkeys(_CALLBACKS, self._read_callback),
            "ended": self._read_end,
            "failed": self._read_failure,
            "telegram call": self._read_call,
            "generator call": self._read_ask,
            "update handled": lambda record: self._update.observe(number(record, "seconds")),
            "moved": lambda record: self._move.observe(number(record, "seconds")),
        }

    def read(self, record: logging.LogRecord) -> None:
        if reader := self._readers.get(str(record.msg)):
            reader(record)

    def _read_step(self, record: logging.LogRecord) -> None:
        step, model = _STEPS[str(record.msg)], _word(record, "model")
        if step == "deliver" and not hasattr(record, "seconds"):
            return
        self._step.labels(step, model).observe(number(record, "seconds"))
        if step == "generate":
            self._heard.labels(
                "callback" if _word(record, "called_back") == "True" else "lookup"
            ).inc()
            known = CATALOGUE.get(model)
            price = known.credits.get(_word(record, "size"), 0) if known else 0
            self._credits.labels(model).inc(price)

    def _read_callback(self, record: logging.LogRecord) -> None:
        self._callbacks.labels(_CALLBACKS[str(record.msg)]).inc()

    def _read_end(self, record: logging.LogRecord) -> None:
        ending = _word(record, "ending")
        self._ended.labels(ending).inc()
        if ending == "delivered":
            self._task.labels(_word(record, "model")).observe(number(record, "seconds"))

    def _read_failure(self, record: logging.LogRecord) -> None:
        self._failed.labels(_word(record, "reason")).inc()

    def _read_call(self, record: logging.LogRecord) -> None:
        method = _word(record, "method")
        self._calls.labels(method, _word(record, "result")).inc()
        self._call.labels(method).observe(number(record, "seconds"))
        self._waits.inc(number(record, "wait"))

    def _read_ask(self, record: logging.LogRecord) -> None:
        call = _word(record, "call")
        self._asked.labels(call, _word(record, "result")).inc()
        self._ask.labels(call).observe(number(record, "seconds"))


def _word(record: logging.LogRecord, name: str) -> str:
    return str(getattr(record, name, "unknown"))
