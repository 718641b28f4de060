"""python-telegram-bot put together: the bot, its requests, and which handler gets what."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from telegram.ext import Application, ApplicationBuilder, BaseHandler, BaseRateLimiter

from bot.certificates import certificates
from bot.telegram.calls import MeasuredRequest
from bot.telegram.traffic import Kind
from bot.telegram.transport import Transport

# What we ask Telegram for: exactly what the rooms can do something with.
ALLOWED_UPDATES = (
    *("message", "callback_query", "my_chat_member"),
    *("inline_query", "chosen_inline_result", "guest_message", "pre_checkout_query"),
)

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
AnyHandler = BaseHandler[Any, Any, Any]


class Room(Protocol):
    """One subject of the conversation."""

    def handlers(self) -> Iterable[AnyHandler]:
        """For which updates it speaks up. Only new messages count: whoever edits one has
        already had an answer to it.
        """


class Witness(Protocol):
    def witnesses(self) -> Iterable[AnyHandler]:
        """For which updates it listens, whoever answers them."""


def build(*, token: str, api_url: str, limiter: BaseRateLimiter[Kind]) -> AnyApplication:
    """The application without a network: nothing is connected yet. `limiter` sees every call.

    It has no Updater (our doors and our polling feed it), no JobQueue (due times are on disk)
    and no Defaults (they spoil empty strings in 22.8).
    """
    # From here on waits are timedeltas; the library warns about the old numbers.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    request = MeasuredRequest(certificates=certificates())
    return (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .request(request)
        # Nobody calls with it, but the library would make one of its own.
        .get_updates_request(Transport(certificates=certificates()))
        .rate_limiter(limiter)
        .updater(None)
        .job_queue(None)
        .build()
    )


def add_handlers(
    application: AnyApplication,
    rooms: Sequence[Room],
    *,
    first: Sequence[Witness] = (),
    last: Sequence[Witness] = (),
) -> None:
    """The first handler that wants an update gets it, in the order of the rooms.

    Witnesses hear of every update besides, before it is handled or after that.
    """
    for room in rooms:
        application.add_handlers(list(room.handlers()))
    for number, witness in enumerate(first):
        application.add_handlers(list(witness.witnesses()), number - len(first))
    for number, witness in enumerate(last):
        application.add_handlers(list(witness.witnesses()), number + 1)
