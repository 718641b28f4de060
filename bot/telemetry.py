"""What leaves this machine for whoever watches the bot, where the operator has asked for it.

Events are told in the words of the log and in a few of its extras, listed here: what people wrote
is in none of them, and neither is what others answered, which may repeat it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bot.logs import Redact
from bot.settings import Settings, WrongSettings


@contextmanager
def telling(settings: Settings, redact: Redact) -> Iterator[None]:
    """Tell Sentry of errors and OpenTelemetry of tasks while this is open, where that is set.

    Raises WrongSettings when what that needs is not installed.
    """
    with ExitStack() as stack:
        # These libraries are an extra: nobody else has to have them.
        if settings.sentry_dsn:
            with _installed("SENTRY_DSN"):
                from bot.sentry import reporting  # noqa: PLC0415
            stack.enter_context(reporting(settings.sentry_dsn.get_secret_value(), redact))
        if settings.otel_exporter_otlp_endpoint:
            with _installed("OTEL_EXPORTER_OTLP_ENDPOINT"):
                from bot.tracing import tracing  # noqa: PLC0415
            stack.enter_context(tracing(settings.otel_exporter_otlp_endpoint, redact))
        yield


@contextmanager
def _installed(variable: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise WrongSettings(
            f"{variable}: needs `.venv/bin/pip install '.[telemetry]'` ({error.name} is missing)"
        ) from error
