"""Errors of the log, told to Sentry: where it broke, which task it was about, and no more.

https://docs.sentry.io/platforms/python/configuration/options/
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

import sentry_sdk
from sentry_sdk.integrations.logging import EventHandler
from sentry_sdk.types import Event, Hint

from bot.extras import told
from bot.listening import listening
from bot.logs import Redact

_KEPT = (
    *("event_id", "timestamp", "level", "logger", "platform", "release", "environment"),
    *("server_name", "sdk", "modules"),
)
_FRAME = (
    *("filename", "abs_path", "function", "module", "lineno", "in_app"),
    *("pre_context", "context_line", "post_context"),
)


@contextmanager
def reporting(dsn: str, redact: Redact) -> Iterator[None]:
    """Tell Sentry at this address of every error of ours while this is open."""

    def before_send(event: Event, hint: Hint) -> Event | None:
        said = json.dumps(_ours(event, hint), default=str)
        # The type only names what JSON holds.
        return json.loads(redact(None, "", said))  # type: ignore[no-any-return]

    sentry_sdk.init(
        dsn=dsn,
        release=_release(),
        # Nothing is taken from the libraries (their requests hold the bot's token), and nothing
        # about people, which the library leaves out unless it is told to.
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=2,
        before_send=before_send,
    )
    try:
        with listening(EventHandler(logging.ERROR)):
            yield
    except Exception as error:
        sentry_sdk.capture_exception(error)
        raise
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


def _ours(event: Event, hint: Hint) -> dict[str, object]:
    """The event in our own words. What an error says may hold a prompt: its type has to do."""
    kept: dict[str, object] = {name: event[name] for name in _KEPT if name in event}  # type: ignore[literal-required]
    record = hint.get("log_record")
    if isinstance(record, logging.LogRecord):
        # Not `formatted`: the message is our literal text.
        kept["logentry"] = {"message": str(record.msg)}
        kept["extra"] = dict(told(record))
        kept["tags"] = {"task": record.task} if hasattr(record, "task") else {}
    if "exception" in event:
        kept["exception"] = {"values": [_error(one) for one in event["exception"]["values"]]}
    return kept


def _error(one: dict[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {name: one[name] for name in ("type", "module") if name in one}
    trace = one.get("stacktrace")
    if isinstance(trace, dict):
        frames = [{name: frame.get(name) for name in _FRAME} for frame in trace["frames"]]
        kept["stacktrace"] = {"frames": frames}
    return kept


def _release() -> str:
    try:
        return f"nano-banana-bot@{metadata.version('nano-banana-bot')}"
    except metadata.PackageNotFoundError:
        return "nano-banana-bot"
