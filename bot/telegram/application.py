"""python-telegram-bot put together: the bot, its requests, and which handler gets what."""

import os
from typing import Any

from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseRateLimiter,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot.telegram import commands, offers
from bot.telegram.asking import Asking
from bot.telegram.membership import Membership
from bot.telegram.offers import Offers
from bot.telegram.traffic import Kind

# What we ask Telegram for: exactly what the handlers below can do something with.
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")

# Before and after the handlers that answer: each of these groups hears of every update.
_FIRST, _LAST = -1, 1

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


def build(*, token: str, api_url: str, limiter: BaseRateLimiter[Kind]) -> AnyApplication:
    """The application without a network: nothing is connected yet. `limiter` sees every call.

    It has no Updater (our doors and our polling feed it), no JobQueue (due times are on disk)
    and no Defaults (they spoil empty strings in 22.8).
    """
    # From here on waits are timedeltas; the library warns about the old numbers.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    request = HTTPXRequest(
        connection_pool_size=128,
        # sendPhoto answers only after Telegram has processed the picture.
        read_timeout=30,
        write_timeout=20,
        media_write_timeout=60,
        connect_timeout=10,
        pool_timeout=10,
    )
    return (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .request(request)
        .rate_limiter(limiter)
        .updater(None)
        .job_queue(None)
        .build()
    )


def add_handlers(
    application: AnyApplication, *, asking: Asking, membership: Membership, waiting: Offers
) -> None:
    """Only new messages count: whoever edits one has already had an answer to it."""
    new = filters.UpdateType.MESSAGE
    application.add_handler(MessageHandler(new, membership.on_message), _FIRST)
    application.add_handler(CallbackQueryHandler(membership.on_press), _FIRST)
    application.add_handler(
        ChatMemberHandler(membership.on_change, ChatMemberHandler.MY_CHAT_MEMBER)
    )
    application.add_handler(CommandHandler("start", commands.start, filters=new))
    application.add_handler(CommandHandler("help", commands.help_, filters=new))
    application.add_handler(MessageHandler(new, asking.on_message))
    application.add_handler(CallbackQueryHandler(waiting.on_press, pattern=r"^bring:"))
    application.add_handler(CallbackQueryHandler(offers.on_strange_press))
    application.add_handler(CommandHandler("start", waiting.on_start, filters=new), _LAST)
    application.add_handler(MessageHandler(new, waiting.on_message), _LAST)
