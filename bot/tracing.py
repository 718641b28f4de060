"""The log as OpenTelemetry spans: one trace for each task, one span for each of its steps.

A record about a task is a step of it, as long as its `seconds`. All ids come from the task's
own, so its steps are one trace even where the process was killed in between.
https://opentelemetry.io/docs/specs/otel/trace/api/
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags

from bot.extras import Plain, number, told
from bot.listening import listening
from bot.logs import Redact

# Its span holds all others.
_WHOLE = "ended"
# A process has ten seconds to end, most of which the bot needs itself.
_SECONDS_MAX = 2


@contextmanager
def tracing(endpoint: str, redact: Redact) -> Iterator[None]:
    """Send spans to the collector at this address while this is open."""
    ids = _Ids()
    provider = TracerProvider(
        resource=Resource.create({"service.name": "nano-banana-bot"}),
        id_generator=ids,
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_SECONDS_MAX)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        with listening(Spans(provider.get_tracer("bot"), ids, redact)):
            yield
    finally:
        provider.shutdown()


class _Ids(IdGenerator):
    """Random ids, but for the one span that has to have a known one."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self.known: SpanContext | None = None

    def generate_trace_id(self) -> int:
        return self.known.trace_id if self.known else self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        return self.known.span_id if self.known else self._random.generate_span_id()


class Spans(logging.Handler):
    """A log handler that makes a span of each record about a task."""

    def __init__(self, tracer: trace.Tracer, ids: _Ids, redact: Redact) -> None:
        super().__init__(logging.INFO)
        self._tracer = tracer
        self._ids = ids
        self._redact = redact

    def emit(self, record: logging.LogRecord) -> None:
        task = getattr(record, "task", None)
        if not isinstance(task, str):
            return
        whole = _whole(task)
        above = trace.set_span_in_context(NonRecordingSpan(whole))
        is_whole = record.msg == _WHOLE
        end = int(record.created * 1e9)
        # Whoever handles a record holds this handler's lock.
        self._ids.known = whole if is_whole else None
        try:
            span = self._tracer.start_span(
                "task" if is_whole else str(record.msg),
                context=trace.set_span_in_context(trace.INVALID_SPAN) if is_whole else above,
                start_time=end - int(number(record, "seconds") * 1e9),
                attributes={name: self._clean(value) for name, value in told(record).items()},
            )
        finally:
            self._ids.known = None
        if record.levelno >= logging.WARNING:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def _clean(self, value: Plain) -> Plain:
        return self._redact(None, "", value) if isinstance(value, str) else value


def _whole(task: str) -> SpanContext:
    """The span of a task as a whole; whoever knows the task's id knows where it is."""
    digest = hashlib.sha256(task.encode()).digest()
    return SpanContext(
        trace_id=int.from_bytes(digest[:16]),
        span_id=int.from_bytes(digest[16:24]),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
