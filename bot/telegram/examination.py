"""What the doctor asks Telegram: who the bot is, what it may hear, and how its webhook does."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.telegram import application
from bot.telegram.limiter import ChatLimiter
from bot.telegram.transport import NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`hears_all`: privacy mode is off. `webhook` is empty while nobody is called."""

    username: str
    inline: bool
    hears_all: bool
    webhook: str
    waiting: int
    error: str | None
    error_at: datetime | None


async def standing(*, token: str, api_url: str) -> Standing:
    """Raises PermissionError when Telegram does not know the token, OSError when it is away."""
    bot = application.build(token=token, api_url=api_url, limiter=ChatLimiter()).bot
    try:
        async with bot:
            me, hook = await bot.get_me(), await bot.get_webhook_info()
    except InvalidToken as error:
        raise PermissionError("Telegram does not know this bot") from error
    except NotSent as error:
        raise OSError(f"cannot be reached ({error.message})") from error
    except TelegramError as error:
        raise OSError(error.message) from error
    return Standing(
        username=str(me.username),
        inline=bool(me.supports_inline_queries),
        hears_all=bool(me.can_read_all_group_messages),
        webhook=hook.url,
        waiting=hook.pending_update_count,
        error=hook.last_error_message,
        error_at=hook.last_error_date,
    )


async def call(bot: Bot) -> None:
    """Call Telegram, to see whether it is there; what comes of it is told to the log."""
    with suppress(TelegramError):
        await bot.get_me()
