"""News for operators, in their private chats; and what Telegram says of our webhook."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from telegram import Bot
from telegram.error import TelegramError

from bot.errors import Reason, Transient
from bot.origin import Origin
from bot.telegram import words_alarms
from bot.telegram.answers import say
from bot.telegram.place import Place
from bot.telegram.speech import Speech
from bot.watchman import Hook, News

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsBell:
    """Fits `watchman.Bell`. Who has never opened the chat with us is not told."""

    bot: Bot
    operators: Collection[int]
    speech: Speech

    async def ring(self, one: News) -> None:
        failures: list[Transient] = []
        for person in self.operators:
            origin = Origin(chat=person, message=0, person=person)
            try:
                text = words_alarms.news(await self.speech.to_origin(origin), one)
                await say(self.bot, Place(person), text, patient=True)
            except TelegramError as error:
                log.warning("operator not told", extra={"detail": error.message})
            except Transient as failure:
                log.warning("operator not told", extra={"detail": str(failure)})
                failures.append(failure)
        if failures and len(failures) == len(self.operators):
            raise failures[0]


async def hook_of(bot: Bot) -> Hook:
    """https://core.telegram.org/bots/api#getwebhookinfo Raises Transient."""
    try:
        info = await bot.get_webhook_info()
    except TelegramError as error:
        raise Transient(Reason.INTERNAL, error.message) from error
    if not info.url:
        # Nobody is called: we ask by ourselves.
        return Hook()
    return Hook(error=info.last_error_message or "", at=info.last_error_date)
