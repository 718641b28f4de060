"""Logging: one event per line, with the task it is about, and never a secret.

The bot's token is part of every Bot API address, so it would appear in the log of any HTTP
library, in tracebacks and in error texts. A processor at the very end replaces every secret we
know, wherever it stands.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# These write every request with its address at INFO.
_CHATTY = ("httpx", "httpcore", "aiohttp.access", "telegram", "pyrate_limiter")
# Whoever reads a presigned address may fetch what it leads to.
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
_SIGNED = r"(?i:(?<=X-Amz-Signature=)|(?<=X-Amz-Security-Token=))[A-Za-z0-9%/+=_-]+"


class Redact:
    """A last processor that takes secrets out of the finished line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        parts = sorted(forms, key=len, reverse=True)
        self._secret = re.compile("|".join([*parts, _SIGNED]))

    def __call__(self, _logger: WrappedLogger, _name: str, line: str) -> str:
        return self._secret.sub("[secret]", line)


def _forms(secret: str) -> Iterator[str]:
    """How a secret may stand in a line, as regular expressions: plain, quoted, in an address."""
    for text in (secret, repr(secret)[1:-1]):
        yield re.escape(text)
        yield re.escape(json.dumps(text)[1:-1])
    address = re.escape(quote(secret, safe=""))
    yield re.sub("%[0-9A-F]{2}", lambda octet: f"(?i:{octet[0]})", address)


def set_up(*, level: str, form: str, secrets: Iterable[str]) -> None:
    """Send all logs to standard error as `console` or `json` lines."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        last += [
            # Without the values of variables: a long one is cut, and a secret in it too.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            _as_text,
            structlog.processors.JSONRenderer(),
        ]
    else:
        # Plain, because a traceback in a box breaks lines, and secrets, in the middle.
        last += [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            # The finished line is text; structlog's types only know the way there.
            processors=[*last, Redact(secrets)],  # type: ignore[list-item]
        )
    )
    # A record that cannot be formatted would be printed as it is, past the redaction.
    logging.raiseExceptions = False
    # Here too, because what is not shown may still be counted.
    handler.setLevel(level)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A server that is away is told of by our own rooms, and in one line.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def _as_text(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Enumerations and the like as the words they are."""
    return {key: str(value) if isinstance(value, str) else value for key, value in event.items()}
