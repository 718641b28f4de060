"""The two ways the outside world can fail us, and the reasons a person may hear.

    Failure
    ├── Transient     worth trying again, after `retry_after` if it names a time
    │   └── Unclear   worth trying again, but the first try may have taken effect
    └── Refused       the answer is no; the same again gets the same
        └── Gone      there is nothing at this address, or not any more

Every room translates the errors of its library into these at its border.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a picture or a whole task ended without a picture. The values are stored."""

    PROMPT_REFUSED = "prompt_refused"
    FILTERED = "filtered"
    BAD_REFERENCE = "bad_reference"
    REFERENCE_TOO_BIG = "reference_too_big"
    NOT_A_PICTURE = "not_a_picture"
    BAD_OPTIONS = "bad_options"
    OVERLOADED = "overloaded"
    MAINTENANCE = "maintenance"
    NO_CREDITS = "no_credits"
    NO_ACCESS = "no_access"
    GENERATOR_FAILED = "generator_failed"
    BAD_RESULT = "bad_result"
    TIMEOUT = "timeout"
    INTERNAL = "internal"
    CANCELLED = "cancelled"
    UNDELIVERABLE = "undeliverable"


class Failure(Exception):
    """Something outside failed us.

    `reason` is what a person hears if it stays that way; `detail` is for the log and never
    holds a secret.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class Transient(Failure):
    """It may work later; nothing has happened yet. `retry_after` is in seconds."""

    def __init__(
        self, reason: Reason, detail: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after


class Unclear(Transient):
    """No answer came, so nobody knows whether it happened."""


class Refused(Failure):
    """The answer is no, and trying the same again is pointless."""


class Gone(Refused):
    """There is nothing at this address, or not any more."""
