"""Messages that announce what will not come any more, because whoever asked is forgotten."""

from collections.abc import Sequence

from telegram import Bot
from telegram.error import TelegramError

from bot.errors import Reason
from bot.forgetting import Card
from bot.telegram import application
from bot.telegram.limiter import ChatLimiter
from bot.telegram.texts import Texts, texts
from bot.telegram.words import refusal


async def take_away(bot: Bot, t: Texts, cards: Sequence[Card]) -> int:
    """Delete them, or say on them that it is cancelled; returns for how many that failed."""
    return sum([not await _take_away_one(bot, t, card) for card in cards])


async def take_away_beside(
    cards: Sequence[Card], *, language: str | None, token: str, api_url: str
) -> int:
    """The same from another process than that of the bot."""
    bot = application.build(token=token, api_url=api_url, limiter=ChatLimiter()).bot
    try:
        async with bot:
            return await take_away(bot, texts(language), cards)
    except TelegramError:
        return len(cards)


async def _take_away_one(bot: Bot, t: Texts, card: Card) -> bool:
    gone = True
    try:
        if card.message is not None:
            await bot.delete_message(card.chat, card.message)
    except TelegramError:
        gone = False
    try:
        if card.inline is not None:
            cancelled = refusal(t, Reason.CANCELLED)
            await bot.edit_message_text(cancelled, inline_message_id=card.inline)
    except TelegramError:
        gone = False
    return gone
