"""What leaves this machine: errors to Sentry, the steps of tasks to a collector, and no secret."""

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import SecretStr

from bot.logs import Redact
from bot.sandbox.jobs import Fault
from bot.telemetry import telling
from tests.conftest import API_KEY, TOKEN, Studio

ROOT = Path(__file__).parent.parent
PROMPT = "a purple walrus in a teacup"
REDACT = Redact([TOKEN, API_KEY])


class Collector:
    """An HTTP server that keeps what it is sent, as Sentry and OpenTelemetry's collector do."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.received.append((self.path, body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def dsn(self) -> SecretStr:
        return SecretStr(f"http://public@{self.host}/7")

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def event(self) -> dict[str, Any]:
        """The only one; Sentry's thread may send it later than it is waited for at the end."""
        for _ in range(3_000):
            if self.events():
                break
            time.sleep(0.01)
        (event,) = self.events()
        return event

    def events(self) -> list[dict[str, Any]]:
        """What Sentry was told. https://develop.sentry.dev/sdk/data-model/envelopes/"""
        found = []
        for path, body in self.received:
            assert path == "/api/7/envelope/"
            lines = body.split(b"\n")
            found += [
                json.loads(lines[n + 1])
                for n in range(1, len(lines) - 1)
                if lines[n].startswith(b'{"type":"event"')
            ]
        return found

    def spans(self) -> list[Any]:
        found = []
        for path, body in self.received:
            assert path == "/v1/traces"
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found

    def everything(self) -> bytes:
        return b"\n".join(body for _, body in self.received)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def values(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


async def test_each_task_is_one_trace_with_a_span_for_every_step(
    studio: Studio, collector: Collector
) -> None:
    settings = studio.settings(webhook=True, otel_exporter_otlp_endpoint=f"http://{collector.host}")
    with telling(settings, REDACT):
        await studio.start()
        studio.telegram.say(studio.ann, PROMPT)
        await studio.picture(studio.chat(studio.ann), "walrus")
        await studio.quiet(studio.chat(studio.ann))
        await studio.stop()
    spans = collector.spans()
    by_name = {span.name: span for span in spans}
    assert {"requested", "submitted", "generated", "stored", "delivered", "task"} <= set(by_name)
    assert len({span.trace_id for span in spans}) == 1
    whole = by_name.pop("task")
    assert not whole.parent_span_id
    assert {span.parent_span_id for span in by_name.values()} == {whole.span_id}
    (task,) = {values(span)["task"] for span in spans}
    assert len(task) == 12
    generated = by_name["generated"]
    assert values(generated)["model"] == "banana"
    took = (generated.end_time_unix_nano - generated.start_time_unix_nano) / 1e9
    assert took == pytest.approx(values(generated)["seconds"], abs=0.001)
    assert took > 0
    assert values(whole)["ending"] == "delivered"
    for secret in ("walrus", TOKEN, API_KEY):
        assert secret.encode() not in collector.everything()


async def test_a_step_that_failed_is_marked_and_says_why_in_a_word(
    studio: Studio, collector: Collector
) -> None:
    studio.generator.faults.add(
        Fault(where="outcome", kind="fail", code=400, text=f"not allowed: {PROMPT}")
    )
    settings = studio.settings(webhook=True, otel_exporter_otlp_endpoint=f"http://{collector.host}")
    with telling(settings, REDACT):
        await studio.start()
        studio.telegram.say(studio.ann, PROMPT)
        await studio.telegram.wait_for(
            lambda message: "reply_to_message" in message and message["from"]["is_bot"],
            chat=studio.chat(studio.ann),
        )
        await studio.quiet(studio.chat(studio.ann))
        await studio.stop()
    (failed,) = [span for span in collector.spans() if span.name == "failed"]
    assert failed.status.code == 2
    assert values(failed)["reason"]
    assert b"walrus" not in collector.everything()


def test_an_error_is_told_to_sentry_without_what_it_says(
    studio: Studio, collector: Collector
) -> None:
    def break_(prompt: str) -> None:
        raise ValueError(f"cannot draw {prompt} with {TOKEN}")

    with telling(studio.settings(webhook=True, sentry_dsn=collector.dsn), REDACT):
        log = logging.getLogger("bot.worker")
        try:
            break_(PROMPT)
        except ValueError:
            log.exception("stumbled", extra={"task": "abc123", "detail": PROMPT, "tries": 2})
        log.warning("put off", extra={"task": "abc123"})
    event = collector.event()
    assert event["logentry"]["message"] == "stumbled"
    assert event["extra"] == {"task": "abc123", "tries": 2}
    assert event["tags"] == {"task": "abc123"}
    (error,) = event["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["stacktrace"]["frames"][-1]["function"] == "break_"
    for secret in (PROMPT, TOKEN, API_KEY, '"vars":'):
        assert secret.encode() not in collector.everything()


def test_a_secret_in_an_extra_is_hidden(studio: Studio, collector: Collector) -> None:
    with telling(studio.settings(webhook=True, sentry_dsn=collector.dsn), REDACT):
        logging.getLogger("bot.run").error("broken", extra={"job": f"x{TOKEN}x"})
    event = collector.event()
    assert event["extra"] == {"job": "x[secret]x"}


def test_what_ends_the_process_is_told_to_sentry(studio: Studio, collector: Collector) -> None:
    with (
        pytest.raises(RuntimeError),
        telling(studio.settings(webhook=True, sentry_dsn=collector.dsn), REDACT),
    ):
        raise RuntimeError(PROMPT)
    event = collector.event()
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert PROMPT.encode() not in collector.everything()


def test_other_libraries_are_not_listened_to(studio: Studio, collector: Collector) -> None:
    with telling(studio.settings(webhook=True, sentry_dsn=collector.dsn), REDACT):
        logging.getLogger("httpx").error("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    assert collector.received == []


def test_nothing_is_told_where_nobody_asked_for_it(studio: Studio, collector: Collector) -> None:
    before = list(logging.getLogger("bot").handlers)
    with telling(studio.settings(webhook=True), REDACT):
        assert logging.getLogger("bot").handlers == before
        logging.getLogger("bot.run").error("broken", extra={"task": "abc123"})
    assert collector.received == []


@pytest.mark.parametrize(
    ("variable", "value", "library"),
    [
        ("SENTRY_DSN", "https://key@sentry.example.org/1", "sentry_sdk"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", "opentelemetry"),
    ],
)
def test_what_is_set_and_not_installed_ends_the_start_with_one_line(
    tmp_path: Path, variable: str, value: str, library: str
) -> None:
    story = (
        f"import sys; sys.modules['{library}'] = None; from bot.__main__ import main; main(['run'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", story],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "NANO_BANANA_API_KEY": API_KEY,
            variable: value,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"{variable}: needs `.venv/bin/pip install '.[telemetry]'`")
    assert list(tmp_path.iterdir()) == []
