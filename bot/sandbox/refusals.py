"""How the sandbox says no: the answers of the Bot API that are not ok.

The texts are those of the Bot API server (github.com/tdlib/telegram-bot-api); codes in
capitals come from Telegram's inner servers.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_IS_SET = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
    "webhook first"
)
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
BAD_FILE = "wrong file identifier/HTTP URL specified"


class ApiError(Exception):
    """One refused request: `status` is both the HTTP status and `error_code`."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters or {}

    @property
    def body(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(text: str, parameters: Json | None = None) -> ApiError:
    """A 400 with the server's usual prefix."""
    return ApiError(400, f"Bad Request: {text}", parameters)


def forbidden(text: str) -> ApiError:
    """A 403: the bot may not write there any more, or never might."""
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    """A 409: two consumers of the same updates."""
    return ApiError(409, f"Conflict: {text}")
