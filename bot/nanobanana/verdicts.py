"""What kie.ai's error codes and messages mean for us: try again, or say why not. No I/O.

Codes: https://docs.kie.ai/market/common/get-task-detail. The same code stands for different
things ("400" and "422" for policy and for unreachable files, 500 for wrong parameters and for
trouble), so the text is looked at first.
"""

from bot.errors import Failure, Reason, Refused, Transient

# The first words found decide. Lower case.
_WORDS: tuple[tuple[str, Reason], ...] = (
    ("input or output was flagged", Reason.FILTERED),
    ("content_policy", Reason.FILTERED),
    ("content policies", Reason.PROMPT_REFUSED),
    ("content policy", Reason.PROMPT_REFUSED),
    ("prohibited", Reason.PROMPT_REFUSED),
    ("sensitive", Reason.PROMPT_REFUSED),
    ("content could not be processed", Reason.PROMPT_REFUSED),
    ("image fetch failed", Reason.BAD_REFERENCE),
    ("media file is unavailable", Reason.BAD_REFERENCE),
    ("file type not supported", Reason.BAD_REFERENCE),
    ("credits insufficient", Reason.NO_CREDITS),
    ("insufficient", Reason.NO_CREDITS),
    ("temporarily paused", Reason.MAINTENANCE),
    ("being maintained", Reason.MAINTENANCE),
    ("frequency is too high", Reason.OVERLOADED),
)
_CODES: dict[int, Reason] = {
    401: Reason.NO_ACCESS,
    402: Reason.NO_CREDITS,
    403: Reason.NO_ACCESS,
    408: Reason.OVERLOADED,
    429: Reason.OVERLOADED,
    430: Reason.OVERLOADED,
    433: Reason.NO_CREDITS,
    451: Reason.BAD_REFERENCE,
    455: Reason.MAINTENANCE,
    502: Reason.OVERLOADED,
    503: Reason.OVERLOADED,
    504: Reason.OVERLOADED,
    505: Reason.MAINTENANCE,
}
_PASSING = frozenset({Reason.OVERLOADED, Reason.MAINTENANCE})
_TROUBLE = ("try again", "exception", "internal", "timed out", "timeout")


def verdict_on_request(code: int, message: str, retry_after: float | None) -> Failure:
    """A request that was answered, and not with success: nothing was made and nothing paid."""
    detail = f"{code} {message}"
    reason = _named(message) or _CODES.get(code)
    if reason is None and code >= 500 and _is_trouble(message):
        reason = Reason.OVERLOADED
    if reason in _PASSING:
        return Transient(reason, detail, retry_after=retry_after)
    return Refused(reason or Reason.BAD_OPTIONS, detail)


def verdict_on_job(code: str, message: str) -> Failure:
    """A job that failed; it was not charged. Transient: a new job may do better."""
    detail = f"{code} {message}"[:200]
    reason = _named(message)
    if reason is None and code.isdecimal() and len(code) <= 3:
        reason = _CODES.get(int(code))
    if reason in _PASSING or reason is Reason.NO_ACCESS:
        return Transient(Reason.GENERATOR_FAILED, detail)
    if reason is not None:
        return Refused(reason, detail)
    if code in ("400", "422") and message and not _is_trouble(message) and "blank" not in message:
        return Refused(Reason.GENERATOR_FAILED, detail)
    return Transient(Reason.GENERATOR_FAILED, detail)


def _named(message: str) -> Reason | None:
    text = message.casefold()
    return next((reason for words, reason in _WORDS if words in text), None)


def _is_trouble(message: str) -> bool:
    text = message.casefold()
    return any(word in text for word in _TROUBLE)
